from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.connectomes.run import run
    from neuro.config.connectomes import Connectomes

    run(
        job.input.recordings,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=Connectomes.model_validate(job.params.settings),
        rng=job.rng,
        aligned=getattr(job.input, "aligned", None),
        truth=job.params.truth,
    )
