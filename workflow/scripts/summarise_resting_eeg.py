from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.rest_summary import run

    run(
        job.input.manifests,
        job.input.continuous,
        job.output,
        dataset=job.wildcards["dataset"],
        source=job.input.source,
    )
