from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.recording_page import run

    run(job.input.manifest, job.output.page)
