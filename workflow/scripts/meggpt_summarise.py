from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.meggpt.summarise import run
    from neuro.config.meggpt import MEGGPT

    run(
        job.input,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=MEGGPT.model_validate(job.params.settings),
    )
