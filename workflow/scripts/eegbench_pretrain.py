from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.run_pretraining import run
    from neuro.config.eegbench import DatasetTasks, EEGBench

    run(
        job.params.paths,
        job.params.recordings,
        job.output,
        task=job.wildcards["task"],
        split=job.wildcards["split"],
        section=DatasetTasks.model_validate(job.params.section),
        settings=EEGBench.model_validate(job.params.settings),
    )
