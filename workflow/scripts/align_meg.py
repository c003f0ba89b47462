from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.preprocess.meg.align import run

    run(
        job.input.parcels,
        job.output.signs,
        recordings=job.params.recordings,
        aligned=job.params.aligned,
    )
