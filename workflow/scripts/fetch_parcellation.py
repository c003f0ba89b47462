from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.meg_source import Parcellation
    from neuro.datasets.parcellation import fetch

    given = {k: v for k, v in job.params.parcellation.items() if k != "stat"}
    fetch(
        Parcellation.model_validate(given),
        job.wildcards["dataset"],
        job.output.parcellation,
        job.output.parcellation.parents[1] / "packages",
    )
