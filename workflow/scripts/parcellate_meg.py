from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.meg import MEGPreprocess
    from neuro.io.bids import Recording
    from neuro.preprocess.meg.parcellate import run

    run(
        job.input.continuous,
        job.input.parcellation,
        job.output.parcels,
        job.input.epochs or None,
        root=job.params.root,
        recording=Recording.from_path(job.params.recording),
        params=MEGPreprocess.model_validate(job.params.preprocess),
    )
