# The only .smk file with functions: the plan of the configuration, and input functions.
from snakemake.exceptions import WorkflowError

from neuro.config import ConfigError
from neuro.workflow.digest import code_digest
from neuro.workflow.failures import clear_failures, report_failures
from neuro.workflow.orphans import sweep
from neuro.workflow.plan import Plan

try:
    PLAN = Plan.from_raw(
        config,
        where=" + ".join(
            map(str, workflow.overwrite_configfiles or workflow.configfiles)
        ),
    )
except ConfigError as error:
    raise WorkflowError(str(error))


def indexed(dataset):
    """Table of recordings of a dataset that cannot be listed before it is fetched."""
    return checkpoints.index_dataset.get(dataset=dataset).output.table


def recordings(dataset):
    """Recordings of a dataset that are used."""
    try:
        return PLAN.recordings(dataset, indexed)
    except (ValueError, OSError) as error:
        raise WorkflowError(str(error))


def recording(wildcards):
    """The recording that a job is about."""
    return PLAN.recording(wildcards.dataset, wildcards.recording, indexed)


def raw_files(wildcards):
    """Files whose change makes a recording's jobs stale."""
    return PLAN.raw_files(wildcards.dataset, recording(wildcards))


def of_recordings(pattern):
    """Input function: a path for each recording of the job's dataset."""

    def paths(wildcards):
        return [
            pattern.format(dataset=wildcards.dataset, recording=r.prefix)
            for r in recordings(wildcards.dataset)
        ]

    return paths


def all_manifests(wildcards):
    """Everything that the report renders: per dataset, first the whole, then the recordings."""
    paths = []
    for dataset in PLAN.config.datasets:
        folder = f"results/{dataset}/preprocessed"
        paths += [f"{folder}/manifest.json"]
        paths += [f"{folder}/{r.prefix}_manifest.json" for r in recordings(dataset)]
    return paths
