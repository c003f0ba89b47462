from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.eeg import EEGCleaning
    from neuro.datasets.fetched import check_files
    from neuro.io.bids import Recording
    from neuro.preprocess.eeg import run

    recording = Recording.from_path(job.params.recording)
    if job.input.raw[0].name == "fetch.json":
        check_files(job.input.raw[0], recording.path)
    run(
        root=job.params.root,
        recording=recording,
        epochs_path=getattr(job.output, "epochs", None),
        continuous_path=job.output.continuous,
        events=job.params.events,
        params=EEGCleaning.model_validate(job.params.cleaning),
        rng=job.rng,
    )
