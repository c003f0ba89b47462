rule inspect_recording:
    input:
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    output:
        page="results/{dataset}/preprocessed/{recording}_report.html",
    log:
        "results/logs/inspect_recording/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/inspect_recording/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording="|".join(PREFIX[m] for m in PREFIX if m != "eeg"),
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        numeric_threads=1,
        code=code_digest("neuro.preprocess.recording_page"),
    message:
        "Writing the quality page of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/inspect_recording.py"
