from neuro.workflow.task import task

with task(snakemake) as job:
    from pathlib import Path

    from neuro.analyses.screening.run import run
    from neuro.config.screening import Screening
    from neuro.io.bids import Recording

    recording = Recording.from_path(job.params.recording)
    run(
        Path(job.params.root) / recording.path,
        job.output,
        dataset=job.wildcards["dataset"],
        recording=recording.name,
        params=Screening.model_validate(job.params.screening),
        rng=job.rng,
        source=job.input.source,
    )
