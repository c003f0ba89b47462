rule fusion:
    input:
        manifests_of("fusion"),
    message:
        "Fusions of modalities are in results/<dataset>/fusion"


rule fuse:
    input:
        raw=lambda wildcards: list(
            dict.fromkeys(
                path
                for r in recordings(wildcards.dataset)
                for path in PLAN.raw_files(wildcards.dataset, r)
            )
        ),
        source="data/{dataset}/fetch.json",
    output:
        fusion="results/{dataset}/fusion/fusion.h5",
        encoders="results/{dataset}/fusion/encoders.safetensors",
        scores="results/{dataset}/fusion/scores.tsv",
        tables=directory("results/{dataset}/fusion/tables"),
        figures=report(
            directory("results/{dataset}/fusion/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/fuse.rst",
            category="{dataset}",
            subcategory="fusion",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/fusion/manifest.json",
    log:
        "results/logs/fuse/{dataset}.log",
    benchmark:
        "results/benchmarks/fuse/{dataset}.jsonl"
    wildcard_constraints:
        dataset="|".join((NAMES["multimodal"], NAMES["features"])),
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        # A table of features holds everybody's maps; a tree of derivatives has a file per person.
        table=lambda wildcards: (
            table(wildcards).path
            if PLAN.dataset(wildcards.dataset).modality == "features"
            else None
        ),
        truth=planted,
        cohort=lambda wildcards: PLAN.section(wildcards.dataset, "fusion"),
        chosen=lambda wildcards: PLAN.section(wildcards.dataset, "recordings"),
        settings=PLAN.config.fusion.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.fusion.run"),
    message:
        "Fusion of the modalities of {wildcards.dataset}"
    script:
        "../workflow/scripts/fusion_cohort.py"


rule pair_modalities:
    input:
        parcels=lambda wildcards: [
            f"results/{name}/preprocessed/{r.prefix}_parcels.h5"
            for name in matched(wildcards)
            for r in recordings(name)
        ],
        sources=lambda wildcards: [
            f"data/{name}/fetch.json" for name in matched(wildcards)
        ],
    output:
        pairs="results/{dataset}/fusion/pairs.tsv",
        figures=report(
            directory("results/{dataset}/fusion/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/fuse.rst",
            category="{dataset}",
            subcategory="fusion",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/fusion/manifest.json",
    log:
        "results/logs/pair_modalities/{dataset}.log",
    benchmark:
        "results/benchmarks/pair_modalities/{dataset}.jsonl"
    wildcard_constraints:
        dataset=NAMES["fmri"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        root=lambda wildcards: str(PLAN.root(wildcards.dataset)),
        datasets=lambda wildcards: [
            name for name in matched(wildcards) for _ in recordings(name)
        ],
        settings=PLAN.config.fusion.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.fusion.pairs_run"),
    message:
        "Functional and structural matrices of {wildcards.dataset}, matched"
    script:
        "../workflow/scripts/fusion_pairs.py"
