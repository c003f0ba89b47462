rule clean_calcium:
    input:
        raw=raw_files,
    output:
        traces="results/{dataset}/preprocessed/{recording}_traces.h5",
    log:
        "results/logs/clean_calcium/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/clean_calcium/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["calcium"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        cleaning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "cleaning"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.calcium.clean"),
    message:
        "Computing the traces of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/clean_calcium.py"


rule describe_calcium:
    input:
        traces="results/{dataset}/preprocessed/{recording}_traces.h5",
    output:
        neurons="results/{dataset}/preprocessed/{recording}_neurons.tsv",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/describe_calcium.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/describe_calcium/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/describe_calcium/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["calcium"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(15),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        describing=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "describing"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.calcium.describe"),
    message:
        "Describing the traces of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/describe_calcium.py"


rule align_calcium:
    input:
        recordings="data/{dataset}/recordings.tsv",
        traces=of_recordings("results/{dataset}/preprocessed/{recording}_traces.h5"),
    output:
        aligned="results/{dataset}/preprocessed/aligned.h5",
    log:
        "results/logs/align_calcium/{dataset}.log",
    benchmark:
        "results/benchmarks/align_calcium/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["calcium"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(15),
    params:
        aligning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "aligning"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.calcium.align"),
    message:
        "Aligning the neurons of {wildcards.dataset}"
    script:
        "../workflow/scripts/align_calcium.py"


rule summarise_calcium:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        traces=of_recordings("results/{dataset}/preprocessed/{recording}_traces.h5"),
        neurons=of_recordings("results/{dataset}/preprocessed/{recording}_neurons.tsv"),
        aligned="results/{dataset}/preprocessed/aligned.h5",
    output:
        table="results/{dataset}/preprocessed/recordings.tsv",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        figures=report(
            directory("results/{dataset}/preprocessed/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_calcium.rst",
            category="{dataset}",
            subcategory="all recordings",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_calcium/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_calcium/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["calcium"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.calcium.summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_calcium.py"
