from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.calcium import CalciumCleaning
    from neuro.datasets.fetched import check_files
    from neuro.io.bids import Recording
    from neuro.preprocess.calcium.clean import run

    recording = Recording.from_path(job.params.recording)
    if job.input.raw[0].name == "fetch.json":
        check_files(job.input.raw[0], recording.path)
    run(
        job.output.traces,
        root=job.params.root,
        recording=recording,
        params=CalciumCleaning.model_validate(job.params.cleaning),
    )
