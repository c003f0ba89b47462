from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.calcium import CalciumAligning
    from neuro.preprocess.calcium.align import run

    params = CalciumAligning.model_validate(job.params.aligning)
    run(job.input.traces, job.output.aligned, params.alignment)
