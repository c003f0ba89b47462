from neuro.workflow.task import task

with task(snakemake) as job:
    from pathlib import Path

    from neuro.analyses.screening.run import run
    from neuro.config.screening import Screening

    run(
        Path(job.params.root) / job.params.table,
        job.output,
        dataset=job.wildcards["dataset"],
        params=Screening.model_validate(job.params.screening),
        rng=job.rng,
        source=job.input.source,
    )
