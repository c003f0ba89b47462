from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.spectra import Spectra
    from neuro.preprocess.spectra import run

    run(
        job.input.continuous,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=Spectra.model_validate(job.params.spectra),
        rng=job.rng,
    )
