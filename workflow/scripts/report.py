from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.report import build, facts

    build(
        job.input.manifests,
        job.output.index,
        title=job.params.title,
        facts={**facts(), "seed": str(job.params.seed)},
    )
