rule decode_eeg:
    input:
        epochs="results/{dataset}/preprocessed/{recording}_proc-clean_epo.fif",
    output:
        decoding="results/{dataset}/preprocessed/{recording}_decoding.h5",
        scores="results/{dataset}/preprocessed/{recording}_scores.tsv",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_decoding_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/decode_eeg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_decoding_manifest.json",
    log:
        "results/logs/decode_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/decode_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["eeg"],
        recording=PREFIX["eeg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        decoding=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "decoded"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.decoding"),
    message:
        "Decoding {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/decode_eeg.py"
