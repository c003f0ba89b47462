rule states:
    input:
        manifests_of("states"),
    message:
        "States are in results/<dataset>/states"


rule fit_states:
    input:
        recordings=of_recordings("results/{dataset}/preprocessed/{recording}_spikes.h5"),
        source="data/{dataset}/fetch.json",
    output:
        states="results/{dataset}/states/states.h5",
        models="results/{dataset}/states/models.tsv",
        scores="results/{dataset}/states/scores.tsv",
        figures=report(
            directory("results/{dataset}/states/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/fit_states.rst",
            category="{dataset}",
            subcategory="states",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/states/manifest.json",
    log:
        "results/logs/fit_states/{dataset}.log",
    benchmark:
        "results/benchmarks/fit_states/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["spikes"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
        gpu=gpus(PLAN.config.states.device),
    params:
        settings=PLAN.config.states.model_dump(mode="json"),
        truth=planted,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.states.run"),
    message:
        "States of {wildcards.dataset}"
    script:
        "../workflow/scripts/states_fit.py"
