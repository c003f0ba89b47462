from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.meg import MEGPreprocess
    from neuro.preprocess.meg.finish import run

    run(
        job.input.parcels,
        job.input.signs,
        job.input.continuous,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=MEGPreprocess.model_validate(job.params.preprocess),
        rng=job.rng,
    )
