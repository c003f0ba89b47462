rule clean_fmri:
    input:
        raw=raw_files,
    output:
        voxels="results/{dataset}/preprocessed/{recording}_voxels.h5",
        maps=directory("results/{dataset}/preprocessed/{recording}_maps"),
    log:
        "results/logs/clean_fmri/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/clean_fmri/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
        recording=PREFIX["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        events=lambda wildcards: PLAN.dataset(wildcards.dataset).events,
        cleaning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "cleaning"
        ),
        numeric_threads=1,
        code=code_digest("neuro.preprocess.fmri.clean"),
    message:
        "Cleaning {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/clean_fmri.py"


rule parcellate_fmri:
    input:
        raw=raw_files,
        voxels="results/{dataset}/preprocessed/{recording}_voxels.h5",
        maps="results/{dataset}/preprocessed/{recording}_maps",
    output:
        parcels="results/{dataset}/preprocessed/{recording}_parcels.h5",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/parcellate_fmri.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/parcellate_fmri/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/parcellate_fmri/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
        recording=PREFIX["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        preprocess=lambda wildcards: PLAN.section(wildcards.dataset, "preprocess"),
        numeric_threads=1,
        code=code_digest("neuro.preprocess.fmri.parcellate"),
    message:
        "Parcels and connectivity of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/parcellate_fmri.py"


rule summarise_fmri:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        parcels=of_recordings("results/{dataset}/preprocessed/{recording}_parcels.h5"),
    output:
        quality="results/{dataset}/preprocessed/quality.tsv",
        connectivity="results/{dataset}/preprocessed/connectivity.h5",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        figures=report(
            directory("results/{dataset}/preprocessed/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_fmri.rst",
            category="{dataset}",
            subcategory="all recordings",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_fmri/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_fmri/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        numeric_threads=1,
        code=code_digest("neuro.preprocess.fmri.summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_fmri.py"
