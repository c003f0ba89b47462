from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.run import run
    from neuro.config.eegbench import DatasetTasks, EEGBench

    run(
        job.params.paths,
        job.params.recordings,
        job.output,
        **job.wildcards,
        section=DatasetTasks.model_validate(job.params.section),
        settings=EEGBench.model_validate(job.params.settings),
        pretrained=job.input.pretrained or None,
    )
