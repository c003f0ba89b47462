from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.spikes import SpikesPreprocess
    from neuro.preprocess.spikes.profiling import run

    run(
        job.input.spikes,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
        params=SpikesPreprocess.model_validate(job.params.preprocess),
    )
