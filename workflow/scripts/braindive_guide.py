from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.braindive.guide import run
    from neuro.config.braindive import BrainDive, Driven

    run(
        vars(job.input),
        job.input.weights,
        job.output.images,
        settings=BrainDive.model_validate(job.params.settings),
        driven=Driven.model_validate(job.params.driven),
        seed=job.params.seed,
    )
