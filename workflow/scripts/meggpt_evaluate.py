from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.analyses.meggpt.run_evaluation import Inputs, run
    from neuro.config.meggpt import MEGGPT

    names = ("tokens", "tokenizer", "model", "generated", "baselines")
    run(
        job.params.paths,
        job.params.recordings,
        Inputs(**{name: getattr(job.input, name) for name in names}),
        job.output,
        dataset=job.wildcards["dataset"],
        settings=MEGGPT.model_validate(job.params.settings),
        seed=job.params.seed,
        rng=job.rng,
        truth=job.params.truth,
    )
