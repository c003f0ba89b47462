from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.braindive.judge import run
    from neuro.config.braindive import BrainDive, Driven

    run(
        {**vars(job.input), "scores": job.input.encoder_scores},
        job.input.weights,
        job.output,
        dataset=job.wildcards["dataset"],
        settings=BrainDive.model_validate(job.params.settings),
        driven=Driven.model_validate(job.params.driven),
        rng=job.rng,
        seed=job.params.seed,
        source=job.input.source,
    )
