from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.calcium.summary import run

    run(
        job.input.manifests,
        job.input.traces,
        job.input.neurons,
        job.input.aligned,
        job.output,
        dataset=job.wildcards["dataset"],
        source=job.input.source,
    )
