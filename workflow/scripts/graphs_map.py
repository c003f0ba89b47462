from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.graphs.run import run
    from neuro.config.diagnosis import Diagnosis
    from neuro.config.graphs import Graphs

    asked = job.params.diagnosis
    run(
        job.input.parcels,
        job.input.voxels,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=Graphs.model_validate(job.params.settings),
        rng=job.rng,
        diagnosis=None if asked is None else Diagnosis.model_validate(asked),
        root=job.params.root,
        source=job.input.source,
        n_threads=job.params.numeric_threads,
    )
