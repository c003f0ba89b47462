from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.meggpt.run_tokens import run
    from neuro.config.meggpt import MEGGPT

    run(
        job.params.paths,
        job.params.recordings,
        job.output,
        settings=MEGGPT.model_validate(job.params.settings),
        rng=job.rng,
    )
