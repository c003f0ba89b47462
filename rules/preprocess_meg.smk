from neuro.datasets.parcellation import stamp


rule fetch_parcellation:
    output:
        parcellation="data/parcellations/{dataset}.nii.gz",
    log:
        "results/logs/fetch_parcellation/{dataset}.log",
    benchmark:
        "results/benchmarks/fetch_parcellation/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["meg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        parcellation=lambda wildcards: stamp(
            PLAN.dataset(wildcards.dataset).preprocess.parcellation
        ),
        numeric_threads=1,
        code=code_digest("neuro.datasets.parcellation"),
    message:
        "Fetching the parcellation of {wildcards.dataset}"
    script:
        "../workflow/scripts/fetch_parcellation.py"


rule clean_meg:
    input:
        raw=raw_files,
    output:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    log:
        "results/logs/clean_meg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/clean_meg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["meg"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        cleaning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "cleaning"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.clean"),
    message:
        "Cleaning {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/clean_meg.py"


rule epoch_meg:
    input:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    output:
        epochs="results/{dataset}/preprocessed/{recording}_epo.fif",
    log:
        "results/logs/epoch_meg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/epoch_meg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["meg"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(15),
    params:
        events=lambda wildcards: PLAN.dataset(wildcards.dataset).events,
        epochs=lambda wildcards: PLAN.section(wildcards.dataset, "preprocess", "epochs"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.epochs"),
    message:
        "Cutting {wildcards.recording} of {wildcards.dataset} into epochs"
    script:
        "../workflow/scripts/epoch_meg.py"


rule parcellate_meg:
    input:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
        parcellation="data/parcellations/{dataset}.nii.gz",
        epochs=branch(
            lambda wildcards: bool(PLAN.dataset(wildcards.dataset).events),
            then="results/{dataset}/preprocessed/{recording}_epo.fif",
            otherwise=[],
        ),
    output:
        parcels=temp("results/{dataset}/preprocessed/{recording}_unflipped.h5"),
    log:
        "results/logs/parcellate_meg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/parcellate_meg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["meg"],
    priority: CHAIN
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        preprocess=lambda wildcards: PLAN.section(wildcards.dataset, "preprocess"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.parcellate"),
    message:
        "Reconstructing the sources of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/parcellate_meg.py"


rule align_meg:
    input:
        recordings="data/{dataset}/recordings.tsv",
        parcels=of_recordings("results/{dataset}/preprocessed/{recording}_unflipped.h5"),
    output:
        signs="results/{dataset}/preprocessed/signs.tsv",
    log:
        "results/logs/align_meg/{dataset}.log",
    benchmark:
        "results/benchmarks/align_meg/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["meg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        recordings=lambda wildcards: [r.name for r in recordings(wildcards.dataset)],
        aligned=lambda wildcards: PLAN.dataset(wildcards.dataset).preprocess.signs
        is not None,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.align"),
    message:
        "Aligning the signs of the parcels of {wildcards.dataset}"
    script:
        "../workflow/scripts/align_meg.py"


rule finish_meg:
    input:
        parcels="results/{dataset}/preprocessed/{recording}_unflipped.h5",
        signs="results/{dataset}/preprocessed/signs.tsv",
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    output:
        parcels="results/{dataset}/preprocessed/{recording}_parcels.h5",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/finish_meg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/finish_meg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/finish_meg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["meg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        preprocess=lambda wildcards: PLAN.section(wildcards.dataset, "preprocess"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.finish"),
    message:
        "Describing the sources of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/finish_meg.py"


rule spectra_meg:
    input:
        parcels="results/{dataset}/preprocessed/{recording}_parcels.h5",
    output:
        spectra="results/{dataset}/preprocessed/{recording}_spectra.h5",
        channels="results/{dataset}/preprocessed/{recording}_spectra.tsv",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_spectra_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/spectra_meg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_spectra_manifest.json",
    log:
        "results/logs/spectra_meg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/spectra_meg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        recording=PREFIX["meg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(30),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        spectra=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "spectra"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.spectra"),
    message:
        "Estimating the spectra of the parcels of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/spectra_meg.py"


rule summarise_meg:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        signs="results/{dataset}/preprocessed/signs.tsv",
    output:
        table="results/{dataset}/preprocessed/recordings.tsv",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        figures=report(
            directory("results/{dataset}/preprocessed/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_meg.rst",
            category="{dataset}",
            subcategory="all recordings",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_meg/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_meg/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["meg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        numeric_threads=1,
        code=code_digest("neuro.preprocess.meg.summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_meg.py"
