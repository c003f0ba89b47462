from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.eegbench.run import Source, run
    from neuro.config.eegbench import DatasetTasks, EEGBench

    source = job.params.source
    if source is not None:
        section = DatasetTasks.model_validate(source["section"])
        source = Source(**{**source, "section": section})
    run(
        job.params.paths,
        job.params.recordings,
        job.output,
        **job.wildcards,
        section=DatasetTasks.model_validate(job.params.section),
        settings=EEGBench.model_validate(job.params.settings),
        source=source,
        pretrained=job.input.pretrained or None,
    )
