from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.meggpt.run_training import run
    from neuro.config.meggpt import MEGGPT

    run(
        job.input.tokens,
        job.input.tokenizer,
        job.output,
        settings=MEGGPT.model_validate(job.params.settings),
        seed=job.params.seed,
    )
