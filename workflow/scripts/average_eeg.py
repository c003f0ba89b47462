from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.eeg import EEGPreprocess
    from neuro.preprocess.erp import run

    run(
        job.input.epochs,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=EEGPreprocess.model_validate(job.params.preprocess),
        rng=job.rng,
    )
