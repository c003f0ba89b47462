rule bin_spikes:
    input:
        raw=raw_files,
    output:
        spikes="results/{dataset}/preprocessed/{recording}_spikes.h5",
    log:
        "results/logs/bin_spikes/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/bin_spikes/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["spikes"],
        recording=PREFIX["spikes"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        binning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "binning"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.spikes.binning"),
    message:
        "Binning {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/bin_spikes.py"


rule profile_spikes:
    input:
        spikes="results/{dataset}/preprocessed/{recording}_spikes.h5",
    output:
        tuning="results/{dataset}/preprocessed/{recording}_tuning.h5",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/profile_spikes.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/profile_spikes/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/profile_spikes/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["spikes"],
        recording=PREFIX["spikes"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        preprocess=lambda wildcards: PLAN.section(wildcards.dataset, "preprocess"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.spikes.profiling"),
    message:
        "Tuning and figures of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/profile_spikes.py"


rule summarise_spikes:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        spikes=of_recordings("results/{dataset}/preprocessed/{recording}_spikes.h5"),
        tuning=of_recordings("results/{dataset}/preprocessed/{recording}_tuning.h5"),
    output:
        units="results/{dataset}/preprocessed/units.tsv",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        figures=report(
            directory("results/{dataset}/preprocessed/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_spikes.rst",
            category="{dataset}",
            subcategory="all recordings",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_spikes/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_spikes/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["spikes"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        numeric_threads=1,
        code=code_digest("neuro.preprocess.spikes.summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_spikes.py"
