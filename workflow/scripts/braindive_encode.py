from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.braindive.encode import run
    from neuro.config.braindive import BrainDive, Driven

    run(
        job.input.recordings,
        job.input.weights,
        job.output,
        settings=BrainDive.model_validate(job.params.settings),
        driven=Driven.model_validate(job.params.driven),
        rng=job.rng,
        seed=job.params.seed,
    )
