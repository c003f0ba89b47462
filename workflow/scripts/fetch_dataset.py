from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.source import parse_source
    from neuro.datasets.fetch import run

    run(
        source=parse_source(job.params.fetch["source"]),
        name=job.wildcards["dataset"],
        seed=job.params.fetch["seed"],
        output=job.output.manifest,
        modality=job.params.fetch["modality"],
    )
