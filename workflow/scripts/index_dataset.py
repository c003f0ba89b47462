from neuro.workflow.task import task

with task(snakemake) as job:
    from neuro.config.dataset import Recordings
    from neuro.config.source import parse_source
    from neuro.datasets.index import run_fetched

    run_fetched(
        source=parse_source(job.params.source),
        recordings=Recordings.model_validate(job.params.recordings),
        name=job.wildcards["dataset"],
        fetched=job.input.manifest,
        output=job.output.table,
        modality=job.params.modality,
    )
