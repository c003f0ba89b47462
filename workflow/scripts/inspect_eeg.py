from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.io.bids import Recording
    from neuro.preprocess.quality_page import run

    run(
        job.input.continuous,
        getattr(job.input, "epochs", None),
        job.output.page,
        root=job.params.root,
        recording=Recording.from_path(job.params.recording),
    )
