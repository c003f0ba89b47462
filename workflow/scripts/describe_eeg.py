from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.describe import run

    run(
        job.input.continuous,
        job.output,
        dataset=job.wildcards["dataset"],
        recording_name=job.params.recording,
    )
