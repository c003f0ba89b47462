from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.fusion.run import run
    from neuro.config.fusion import Fusion, FusionCohort, FusionTable

    kind = FusionCohort if job.params.table is None else FusionTable
    run(
        job.params.root,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=Fusion.model_validate(job.params.settings),
        asked=kind.model_validate(job.params.cohort),
        rng=job.rng,
        subjects=job.params.chosen["subjects"],
        table=job.params.table,
        truth=job.params.truth,
        source=job.input.source,
    )
