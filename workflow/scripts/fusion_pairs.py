from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.fusion.pairs_run import run
    from neuro.config.fusion import Fusion

    run(
        job.input.parcels,
        job.output,
        root=job.params.root,
        dataset=job.wildcards["dataset"],
        settings=Fusion.model_validate(job.params.settings),
        rng=job.rng,
        datasets=job.params.datasets,
        sources=job.input.sources,
    )
