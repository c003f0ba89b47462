from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.summary import run

    run(
        job.input.manifests,
        job.input.erps,
        job.output,
        dataset=job.wildcards["dataset"],
        source=job.input.source,
        rng=job.rng,
    )
