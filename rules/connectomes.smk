rule connectomes:
    input:
        manifests_of("connectomes"),
    message:
        "Dynamic connectomes are in results/<dataset>/connectomes"


rule fit_connectomes_calcium:
    input:
        recordings=of_recordings("results/{dataset}/preprocessed/{recording}_traces.h5"),
        aligned="results/{dataset}/preprocessed/aligned.h5",
        source="data/{dataset}/fetch.json",
    output:
        connectomes="results/{dataset}/connectomes/connectomes.h5",
        communities="results/{dataset}/connectomes/communities.tsv",
        figures=report(
            directory("results/{dataset}/connectomes/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/fit_connectomes.rst",
            category="{dataset}",
            subcategory="connectomes",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/connectomes/manifest.json",
    log:
        "results/logs/fit_connectomes_calcium/{dataset}.log",
    benchmark:
        "results/benchmarks/fit_connectomes_calcium/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["calcium"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
        gpu=gpus(PLAN.config.connectomes.device),
    params:
        settings=PLAN.config.connectomes.model_dump(mode="json"),
        truth=planted,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.connectomes.run"),
    message:
        "Dynamic connectomes of {wildcards.dataset}"
    script:
        "../workflow/scripts/connectomes_fit.py"


rule fit_connectomes_spikes:
    input:
        recordings=of_recordings("results/{dataset}/preprocessed/{recording}_spikes.h5"),
    output:
        connectomes="results/{dataset}/connectomes/connectomes.h5",
        communities="results/{dataset}/connectomes/communities.tsv",
        figures=report(
            directory("results/{dataset}/connectomes/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/fit_connectomes.rst",
            category="{dataset}",
            subcategory="connectomes",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/connectomes/manifest.json",
    log:
        "results/logs/fit_connectomes_spikes/{dataset}.log",
    benchmark:
        "results/benchmarks/fit_connectomes_spikes/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["spikes"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
        gpu=gpus(PLAN.config.connectomes.device),
    params:
        settings=PLAN.config.connectomes.model_dump(mode="json"),
        truth=None,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.connectomes.run"),
    message:
        "Dynamic connectomes of {wildcards.dataset}"
    script:
        "../workflow/scripts/connectomes_fit.py"
