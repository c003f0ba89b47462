from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.spikes.summary import run

    run(
        job.input.manifests,
        job.input.spikes,
        job.input.tuning,
        job.output,
        dataset=job.wildcards["dataset"],
        source=job.input.source,
    )
