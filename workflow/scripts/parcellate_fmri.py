from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.fmri import FMRIPreprocess
    from neuro.io.bids import Recording
    from neuro.preprocess.fmri.parcellate import run

    run(
        job.input.voxels,
        job.input.maps,
        job.output,
        dataset=job.wildcards["dataset"],
        root=job.params.root,
        recording=Recording.from_path(job.params.recording),
        params=FMRIPreprocess.model_validate(job.params.preprocess),
    )
