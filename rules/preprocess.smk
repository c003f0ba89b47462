rule preprocess:
    input:
        preprocess_manifests,


rule quality:
    input:
        quality_pages,


rule clean_eeg:
    input:
        raw=raw_files,
    output:
        epochs="results/{dataset}/preprocessed/{recording}_proc-clean_epo.fif",
        continuous=kept_for_spectra(
            "results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif"
        ),
    log:
        "results/logs/clean_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/clean_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][False],
        recording=PREFIX["eeg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        events=lambda wildcards: PLAN.dataset(wildcards.dataset).events,
        cleaning=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "cleaning"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.eeg"),
    message:
        "Cleaning {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/clean_eeg.py"


use rule clean_eeg as clean_resting_eeg with:
    output:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    log:
        "results/logs/clean_resting_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/clean_resting_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][True],
        recording=PREFIX["eeg"],


rule average_eeg:
    input:
        epochs="results/{dataset}/preprocessed/{recording}_proc-clean_epo.fif",
    output:
        erp="results/{dataset}/preprocessed/{recording}_erp.h5",
        evoked="results/{dataset}/preprocessed/{recording}_ave.fif",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/average_eeg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/average_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/average_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][False],
        recording=PREFIX["eeg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        preprocess=lambda wildcards: PLAN.section(
            wildcards.dataset, "preprocess", "averaging"
        ),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.erp"),
    message:
        "Averaging and testing {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/average_eeg.py"


rule describe_eeg:
    input:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    output:
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/describe_eeg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_manifest.json",
    log:
        "results/logs/describe_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/describe_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][True],
        recording=PREFIX["eeg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(15),
    params:
        recording=lambda wildcards: recording(wildcards).name,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.describe"),
    message:
        "Describing {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/describe_eeg.py"


rule inspect_eeg:
    input:
        raw=raw_files,
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
        epochs="results/{dataset}/preprocessed/{recording}_proc-clean_epo.fif",
    output:
        page="results/{dataset}/preprocessed/{recording}_report.html",
    log:
        "results/logs/inspect_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/inspect_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][False],
        recording=PREFIX["eeg"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.quality_page"),
    message:
        "Writing the quality page of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/inspect_eeg.py"


use rule inspect_eeg as inspect_resting_eeg with:
    input:
        raw=raw_files,
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    log:
        "results/logs/inspect_resting_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/inspect_resting_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][True],
        recording=PREFIX["eeg"],


rule spectra_eeg:
    input:
        continuous="results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif",
    output:
        spectra="results/{dataset}/preprocessed/{recording}_spectra.h5",
        channels="results/{dataset}/preprocessed/{recording}_spectra.tsv",
        figures=report(
            directory("results/{dataset}/preprocessed/{recording}_spectra_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/spectra_eeg.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/{recording}_spectra_manifest.json",
    log:
        "results/logs/spectra_eeg/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/spectra_eeg/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["eeg"],
        recording=PREFIX["eeg"],
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
        code=code_digest("neuro.preprocess.spectra"),
    message:
        "Estimating the spectra of {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/spectra_eeg.py"


rule summarise_eeg:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        erps=of_recordings("results/{dataset}/preprocessed/{recording}_erp.h5"),
    output:
        components="results/{dataset}/preprocessed/components.tsv",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        figures=report(
            directory("results/{dataset}/preprocessed/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_eeg.rst",
            category="{dataset}",
            subcategory="all recordings",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_eeg/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_eeg/{dataset}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][False],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.preprocess.summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_eeg.py"


rule summarise_resting_eeg:
    input:
        source="data/{dataset}/fetch.json",
        recordings="data/{dataset}/recordings.tsv",
        manifests=of_recordings(
            "results/{dataset}/preprocessed/{recording}_manifest.json"
        ),
        continuous=of_recordings(
            "results/{dataset}/preprocessed/{recording}_proc-clean_raw.fif"
        ),
    output:
        quality="results/{dataset}/preprocessed/quality.tsv",
        description="results/{dataset}/preprocessed/dataset_description.json",
        readme="results/{dataset}/preprocessed/README.md",
        ignored="results/{dataset}/preprocessed/.bidsignore",
        manifest="results/{dataset}/preprocessed/manifest.json",
    log:
        "results/logs/summarise_resting_eeg/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_resting_eeg/{dataset}.jsonl"
    wildcard_constraints:
        dataset=RESTING["eeg"][True],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        numeric_threads=1,
        code=code_digest("neuro.preprocess.rest_summary"),
    message:
        "Summarising {wildcards.dataset}"
    script:
        "../workflow/scripts/summarise_resting_eeg.py"
