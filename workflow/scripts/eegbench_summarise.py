from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.summarise import run
    from neuro.config.eegbench import DatasetTasks, EEGBench

    run(
        [path.parent for path in job.input.scores],
        job.input.audits,
        job.output,
        dataset=job.wildcards["dataset"],
        section=DatasetTasks.model_validate(job.params.section),
        settings=EEGBench.model_validate(job.params.settings),
        seed=job.params.seed,
        trials=job.params.trials,
        source=job.input.source,
    )
