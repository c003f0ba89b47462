from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.meggpt.run_decoding import run
    from neuro.config.eegbench import Task
    from neuro.config.meggpt import MEGGPT

    run(
        job.params.paths,
        job.params.events,
        job.params.recordings,
        job.output.scores,
        task=job.wildcards["task"],
        section=Task.model_validate(job.params.section),
        span=job.params.span,
        settings=MEGGPT.model_validate(job.params.settings),
        rng=job.rng,
        seed=job.params.seed,
    )
