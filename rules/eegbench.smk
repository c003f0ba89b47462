rule eegbench:
    input:
        manifests_of("eegbench"),
        "results/report/eegbench.html",
    message:
        "The benchmark is in results/report/eegbench.html"


rule pretrain_eegbench:
    input:
        trials=bench_files,
        source=bench_source_files,
    output:
        weights=directory("results/{dataset}/eegbench/{task}_{split}_pretrained"),
        table="results/{dataset}/eegbench/{task}_{split}_pretraining.tsv",
    log:
        "results/logs/pretrain_eegbench/{dataset}/{task}_{split}.log",
    benchmark:
        "results/benchmarks/pretrain_eegbench/{dataset}/{task}_{split}.jsonl"
    wildcard_constraints:
        dataset=BENCH["dataset"],
        task=BENCH["task"],
        split=BENCH["split"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
        gpu=gpus(PLAN.config.eegbench.device),
    params:
        paths=bench_paths,
        recordings=bench_recordings,
        source=bench_source,
        section=lambda wildcards: PLAN.section(wildcards.dataset, "eegbench"),
        settings=PLAN.config.eegbench.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.eegbench.run_pretraining"),
    message:
        "Pretraining without labels: {wildcards.task} of {wildcards.dataset}, {wildcards.split}"
    script:
        "../workflow/scripts/eegbench_pretrain.py"


rule run_eegbench:
    input:
        trials=bench_files,
        source=bench_source_files,
        pretrained=bench_pretrained,
    output:
        scores="results/{dataset}/eegbench/{task}_{split}_{family}/scores.tsv",
        predictions="results/{dataset}/eegbench/{task}_{split}_{family}/predictions.h5",
        refused="results/{dataset}/eegbench/{task}_{split}_{family}/refused.json",
    log:
        "results/logs/run_eegbench/{dataset}/{task}_{split}_{family}.log",
    benchmark:
        "results/benchmarks/run_eegbench/{dataset}/{task}_{split}_{family}.jsonl"
    wildcard_constraints:
        **BENCH,
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(240),
        gpu=lambda wildcards: gpus(PLAN.config.eegbench.device)
        * (wildcards.family != "classical"),
    params:
        paths=bench_paths,
        recordings=bench_recordings,
        source=bench_source,
        section=lambda wildcards: PLAN.section(wildcards.dataset, "eegbench"),
        settings=PLAN.config.eegbench.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=lambda wildcards: code_digest(
            "neuro.analyses.eegbench.run", MODULES[wildcards.family]
        ),
    message:
        "{wildcards.family} methods on {wildcards.task} of {wildcards.dataset}, {wildcards.split}"
    script:
        "../workflow/scripts/eegbench_run.py"


rule audit_eegbench:
    input:
        trials=bench_files,
    output:
        audit="results/{dataset}/eegbench/{task}_audit/audit.tsv",
    log:
        "results/logs/audit_eegbench/{dataset}/{task}.log",
    benchmark:
        "results/benchmarks/audit_eegbench/{dataset}/{task}.jsonl"
    wildcard_constraints:
        dataset=BENCH["dataset"],
        task=BENCH["task"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(60),
    params:
        paths=bench_paths,
        recordings=bench_recordings,
        section=lambda wildcards: PLAN.section(wildcards.dataset, "eegbench"),
        settings=PLAN.config.eegbench.model_dump(mode="json"),
        n_tasks=N_TASKS,
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.eegbench.run_audit", MODULES["classical"]),
    message:
        "Looking for leaks in {wildcards.task} of {wildcards.dataset}"
    script:
        "../workflow/scripts/eegbench_audit.py"


rule summarise_eegbench:
    input:
        scores=bench_jobs("scores.tsv"),
        predictions=bench_jobs("predictions.h5"),
        refused=bench_jobs("refused.json"),
        audits=bench_audits,
        source="data/{dataset}/fetch.json",
    output:
        scores="results/{dataset}/eegbench/scores.tsv",
        summary="results/{dataset}/eegbench/summary.tsv",
        comparisons="results/{dataset}/eegbench/comparisons.tsv",
        audit="results/{dataset}/eegbench/audit.tsv",
        figures=report(
            directory("results/{dataset}/eegbench/figures"),
            patterns=["{figure}.svg"],
            caption="../workflow/report/summarise_eegbench.rst",
            category="{dataset}",
            subcategory="eegbench",
            labels={"figure": "{figure}"},
        ),
        manifest="results/{dataset}/eegbench/manifest.json",
    log:
        "results/logs/summarise_eegbench/{dataset}.log",
    benchmark:
        "results/benchmarks/summarise_eegbench/{dataset}.jsonl"
    wildcard_constraints:
        dataset=BENCH["dataset"],
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        trials=lambda wildcards: [
            path for path in bench_paths(wildcards) if not path.endswith(".fif")
        ],
        section=lambda wildcards: PLAN.section(wildcards.dataset, "eegbench"),
        settings=PLAN.config.eegbench.model_dump(mode="json"),
        seed=PLAN.config.seed,
        numeric_threads=1,
        code=code_digest("neuro.analyses.eegbench.summarise"),
    message:
        "Benchmark on {wildcards.dataset}"
    script:
        "../workflow/scripts/eegbench_summarise.py"


rule rank_eegbench:
    input:
        summaries=lambda wildcards: [
            f"results/{name}/eegbench/summary.tsv" for name in PLAN.feeding("eegbench")
        ],
    output:
        page="results/report/eegbench.html",
    log:
        "results/logs/rank_eegbench.log",
    benchmark:
        "results/benchmarks/rank_eegbench.jsonl"
    conda:
        "../envs/neuro.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        title=PLAN.config.report.title,
        confidence=PLAN.config.eegbench.confidence,
        published=lambda wildcards: {
            f"{name}, {task}": text
            for name in PLAN.feeding("eegbench")
            for task, text in PLAN.dataset(name).eegbench.published.items()
        },
        numeric_threads=1,
        code=code_digest(
            "neuro.analyses.eegbench.leaderboard",
            files="analyses/eegbench/templates",
        ),
    message:
        "Writing results/report/eegbench.html"
    script:
        "../workflow/scripts/eegbench_rank.py"
