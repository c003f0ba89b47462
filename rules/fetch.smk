rule fetch_dataset:
    output:
        manifest="data/{dataset}/fetch.json",
    log:
        "results/logs/fetch_dataset/{dataset}.log",
    benchmark:
        "results/benchmarks/fetch_dataset/{dataset}.jsonl"
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        fetch=lambda wildcards: PLAN.fetch_params(wildcards.dataset),
        numeric_threads=1,
    message:
        "Fetching and verifying {wildcards.dataset}"
    script:
        "../workflow/scripts/fetch_dataset.py"


checkpoint index_dataset:
    input:
        manifest="data/{dataset}/fetch.json",
    output:
        table="data/{dataset}/recordings.tsv",
    log:
        "results/logs/index_dataset/{dataset}.log",
    benchmark:
        "results/benchmarks/index_dataset/{dataset}.jsonl"
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        source=lambda wildcards: PLAN.section(wildcards.dataset, "source"),
        recordings=lambda wildcards: PLAN.section(wildcards.dataset, "recordings"),
        modality=lambda wildcards: PLAN.dataset(wildcards.dataset).modality,
        numeric_threads=1,
        code=code_digest("neuro.datasets.index"),
    message:
        "Listing the recordings of {wildcards.dataset}"
    script:
        "../workflow/scripts/index_dataset.py"
