from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.fmri import FMRIPreprocess
    from neuro.datasets.fetched import check_files
    from neuro.io.bids import Recording
    from neuro.preprocess.fmri.clean import run

    recording = Recording.from_path(job.params.recording)
    if job.input.raw[0].name == "fetch.json":
        check_files(job.input.raw[0], recording.path)
    run(
        job.output,
        root=job.params.root,
        recording=recording,
        events=job.params.events,
        params=FMRIPreprocess.model_validate(job.params.cleaning),
    )
