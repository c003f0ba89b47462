from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.datasets.fetch import run

    run(
        source=job.params.fetch["source"],
        name=job.wildcards["dataset"],
        seed=job.params.fetch["seed"],
        output=job.output.manifest,
    )
