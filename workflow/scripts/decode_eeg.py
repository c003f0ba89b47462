from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.eeg import EEGDecoding
    from neuro.preprocess.decoding import run

    run(
        job.input.epochs,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=EEGDecoding.model_validate(job.params.decoding),
        seed=job.params.seed,
        rng=job.rng,
    )
