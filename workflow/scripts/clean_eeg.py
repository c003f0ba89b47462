from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config import EEGPreprocess
    from neuro.io.bids import Recording
    from neuro.preprocess.eeg import run

    run(
        root=job.params.root,
        recording=Recording.from_path(job.params.recording),
        epochs_path=job.output.epochs,
        events=job.params.events,
        params=EEGPreprocess.model_validate(job.params.preprocess),
        rng=job.rng,
    )
