from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.io.atomic import write_json
    from neuro.report import build, facts
    from neuro.workflow import environment

    build(
        job.input.manifests,
        job.output.index,
        title=job.params.title,
        facts={**facts(), "seed": str(job.params.seed)},
        kinds=job.params.kinds,
        data=set(job.input.data),
        processes=job.threads,
    )
    environment.write(job.output.provenance, job.params.config)
    write_json(job.output.complete, {"manifests": [p.as_posix() for p in job.input.manifests]})
