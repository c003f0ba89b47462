rule graphs:
    input:
        manifests_of("graphs"),
    message:
        "Brain networks are in results/<dataset>/graphs"


rule map_graphs:
    input:
        parcels=of_recordings("results/{dataset}/preprocessed/{recording}_parcels.h5"),
        voxels=of_recordings("results/{dataset}/preprocessed/{recording}_voxels.h5"),
        source="data/{dataset}/fetch.json",
    output:
        graphs="results/{dataset}/graphs/graphs.h5",
        nodes="results/{dataset}/graphs/nodes.tsv",
        scores="results/{dataset}/graphs/scores.tsv",
        maps=directory("results/{dataset}/graphs/maps"),
        tables=directory("results/{dataset}/graphs/tables"),
        figures=report(
            directory("results/{dataset}/graphs/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/map_graphs.rst",
            category="{dataset}",
            subcategory="graphs",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/graphs/manifest.json",
    log:
        "results/logs/map_graphs/{dataset}.log",
    benchmark:
        "results/benchmarks/map_graphs/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        settings=PLAN.config.graphs.model_dump(mode="json"),
        diagnosis=diagnosis,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.graphs.run"),
    message:
        "Brain networks of {wildcards.dataset}"
    script:
        "../workflow/scripts/graphs_map.py"


rule map_tables:
    input:
        raw=lambda wildcards: PLAN.raw_files(wildcards.dataset, table(wildcards)),
        source="data/{dataset}/fetch.json",
    output:
        graphs="results/{dataset}/graphs/graphs.h5",
        nodes="results/{dataset}/graphs/nodes.tsv",
        scores="results/{dataset}/graphs/scores.tsv",
        maps=directory("results/{dataset}/graphs/maps"),
        tables=directory("results/{dataset}/graphs/tables"),
        figures=report(
            directory("results/{dataset}/graphs/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/map_graphs.rst",
            category="{dataset}",
            subcategory="graphs",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/graphs/manifest.json",
    log:
        "results/logs/map_tables/{dataset}.log",
    benchmark:
        "results/benchmarks/map_tables/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["features"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        table=lambda wildcards: table(wildcards).path,
        settings=PLAN.config.graphs.model_dump(mode="json"),
        diagnosis=diagnosis,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.graphs.run"),
    message:
        "Brain networks in the table of {wildcards.dataset}"
    script:
        "../workflow/scripts/graphs_table.py"
