from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.datasets.index import run

    run(
        source=job.params.source,
        name=job.wildcards["dataset"],
        fetched=job.input.manifest,
        output=job.output.table,
    )
