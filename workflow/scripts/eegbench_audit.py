from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.run_audit import run
    from neuro.config.eegbench import DatasetTasks, EEGBench

    run(
        job.params.paths,
        job.params.recordings,
        job.output.audit,
        **job.wildcards,
        section=DatasetTasks.model_validate(job.params.section),
        settings=EEGBench.model_validate(job.params.settings),
        n_tasks=job.params.n_tasks,
        rng=job.rng,
    )
