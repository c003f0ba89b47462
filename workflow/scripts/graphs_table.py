from neuro.workflow.task import task

with task(snakemake) as job:
    from pathlib import Path

    from neuro.analyses.graphs.run import run_table
    from neuro.config.diagnosis import Diagnosis
    from neuro.config.graphs import Graphs

    run_table(
        Path(job.params.root) / job.params.table,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=Graphs.model_validate(job.params.settings),
        diagnosis=Diagnosis.model_validate(job.params.diagnosis),
        rng=job.rng,
        source=job.input.source,
    )
