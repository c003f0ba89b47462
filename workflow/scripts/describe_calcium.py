from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.calcium import CalciumDescribing
    from neuro.preprocess.calcium.describe import run

    run(
        job.input.traces,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=CalciumDescribing.model_validate(job.params.describing),
        rng=job.rng,
    )
