rule screen_features:
    input:
        raw=raw_files,
        source="data/{dataset}/fetch.json",
    output:
        ranking="results/{dataset}/screening/{recording}_ranking.parquet",
        best="results/{dataset}/screening/{recording}_best.tsv",
        scores="results/{dataset}/screening/{recording}_scores.tsv",
        figures=report(
            directory("results/{dataset}/screening/{recording}_figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/screening.rst",
            category="{dataset}",
            subcategory="{recording}",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/screening/{recording}_manifest.json",
    log:
        "results/logs/screen_features/{dataset}/{recording}.log",
    benchmark:
        "results/benchmarks/screen_features/{dataset}/{recording}.jsonl"
    wildcard_constraints:
        dataset=NAMES["features"],
        recording=PREFIX["features"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        recording=lambda wildcards: recording(wildcards).path,
        screening=lambda wildcards: PLAN.section(wildcards.dataset, "screening"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.screening.run"),
    message:
        "Screening {wildcards.recording} of {wildcards.dataset}"
    script:
        "../workflow/scripts/screening_features.py"


rule screening:
    input:
        manifests_of("screening"),
