from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.meg import MEGEpochs
    from neuro.preprocess.meg.epochs import run

    run(
        job.input.continuous,
        job.output.epochs,
        events=job.params.events,
        params=MEGEpochs.model_validate(job.params.epochs),
    )
