rule report:
    input:
        manifests=all_manifests,
        pages=quality_pages,
        leaderboard=leaderboard,
        data=looked_into,
    output:
        index="results/report/index.html",
        pages=directory("results/report/pages"),
        assets=directory("results/report/assets"),
        bibliography="results/report/references.bib",
        provenance="results/report/provenance.json",
        # Only a whole report has it: one that is written after a failure leaves the target unmet.
        complete="results/report/complete.json",
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.jsonl"
    conda:
        "../envs/neuro.yaml"
    threads: 4
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        title=PLAN.config.report.title,
        kinds={name: d.modality for name, d in PLAN.config.datasets.items()},
        seed=PLAN.config.seed,
        config=PLAN.config.model_dump(mode="json"),
        numeric_threads=1,
        code=code_digest(
            "neuro.report", "neuro.workflow.environment", files="report/templates"
        ),
    message:
        "Writing results/report/index.html"
    script:
        "../workflow/scripts/report.py"
