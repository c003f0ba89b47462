from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.meg.summary import run

    run(
        job.input.manifests,
        job.input.signs,
        job.output,
        dataset=job.wildcards["dataset"],
        source=job.input.source,
    )
