from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.states.run import run
    from neuro.config.states import States

    run(
        job.input.recordings,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=States.model_validate(job.params.settings),
        rng=job.rng,
        seed=job.params.seed,
        truth=job.params.truth,
    )
