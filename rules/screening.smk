rule screening:
    input:
        manifests_of("screening"),
    message:
        "Screenings are in results/<dataset>/screening"


rule screen_features:
    input:
        raw=lambda wildcards: PLAN.raw_files(wildcards.dataset, table(wildcards)),
        source="data/{dataset}/fetch.json",
    output:
        ranking="results/{dataset}/screening/ranking.parquet",
        best="results/{dataset}/screening/best.tsv",
        scores="results/{dataset}/screening/scores.tsv",
        figures=report(
            directory("results/{dataset}/screening/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/screening.rst",
            category="{dataset}",
            subcategory="screening",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/screening/manifest.json",
    log:
        "results/logs/screen_features/{dataset}.log",
    benchmark:
        "results/benchmarks/screen_features/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["features"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        table=lambda wildcards: table(wildcards).path,
        screening=lambda wildcards: PLAN.section(wildcards.dataset, "screening"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.screening.run"),
    message:
        "Screening {wildcards.dataset}"
    script:
        "../workflow/scripts/screening_features.py"
