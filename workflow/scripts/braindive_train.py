from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.braindive.train import run
    from neuro.config.braindive import BrainDive

    settings = BrainDive.model_validate(job.params.settings)
    run(job.output.denoiser, settings=settings, seed=job.params.seed)
