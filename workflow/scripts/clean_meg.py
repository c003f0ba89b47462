from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.meg import MEGCleaning
    from neuro.datasets.fetched import check_files
    from neuro.io.bids import Recording
    from neuro.preprocess.meg.clean import run

    recording = Recording.from_path(job.params.recording)
    if job.input.raw[0].name == "fetch.json":
        check_files(job.input.raw[0], recording.path)
    run(
        job.output.continuous,
        root=job.params.root,
        recording=recording,
        params=MEGCleaning.model_validate(job.params.cleaning),
        rng=job.rng,
    )
