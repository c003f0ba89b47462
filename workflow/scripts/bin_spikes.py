from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.spikes import SpikesBinning
    from neuro.datasets.fetched import check_files
    from neuro.io.bids import Recording
    from neuro.preprocess.spikes.binning import run

    recording = Recording.from_path(job.params.recording)
    if job.input.raw[0].name == "fetch.json":
        check_files(job.input.raw[0], recording.path)
    run(
        job.output.spikes,
        root=job.params.root,
        recording=recording,
        params=SpikesBinning.model_validate(job.params.binning),
    )
