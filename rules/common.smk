# The only .smk file with functions: the plan of the configuration, and input functions.
from dataclasses import asdict

from snakemake.exceptions import WorkflowError

from neuro.analyses.eegbench.families import MODULES
from neuro.config import ConfigError
from neuro.workflow.changed import put_right
from neuro.workflow.digest import code_digest, keep, recall
from neuro.workflow.failures import clear_failures, report_failures
from neuro.workflow.made import gather
from neuro.workflow.orphans import hold, sweep
from neuro.workflow.plan import Plan
from neuro.workflow.timers import keep_one_timer

try:
    PLAN = Plan.from_raw(
        config,
        where=" + ".join(
            map(str, workflow.overwrite_configfiles or workflow.configfiles)
        ),
    )
except ConfigError as error:
    raise WorkflowError(str(error))

DIGESTS = ".snakemake/neuro-digests.json"
recall(DIGESTS)

MODALITIES = {
    "eeg": "eeg",
    "meg": "meg",
    "fmri": "func",
    "calcium": "ophys",
    "spikes": "ecephys",
    "features": "features",
    "trials": "trials",
    "multimodal": "func",
}
# Priority of jobs that others wait for, one after another: begun first, they do not end alone.
CHAIN = 1
UNCLEANED = ("features", "trials", "multimodal")  # others have cleaned them
# Entities alone: else `sub-1_spectra_manifest.json` is also the manifest of a recording `sub-1_spectra`.
RECORDING = r"sub-[A-Za-z0-9]+(_[a-z]+-[A-Za-z0-9]+)*"


wildcard_constraints:
    dataset=r"[a-z][a-z0-9_-]*",
    recording=rf"sub-[A-Za-z0-9]+/(ses-[A-Za-z0-9]+/)?[a-z]+/{RECORDING}",


# Rules of one modality speak of recordings in its folder, and of datasets of its kind; a modality
# without datasets matches nothing.
PREFIX = {
    modality: rf"sub-[A-Za-z0-9]+/(ses-[A-Za-z0-9]+/)?{folder}/{RECORDING}"
    for modality, folder in MODALITIES.items()
}
NAMES = {
    modality: "|".join(
        name for name, d in PLAN.config.datasets.items() if d.modality == modality
    )
    or "(?!)"
    for modality in MODALITIES
}
# Of the datasets of a modality, those without events, and those with.
RESTING = {
    modality: {
        rests: "|".join(
            name
            for name, d in PLAN.config.datasets.items()
            if d.modality == modality and rests == (not getattr(d, "events", None))
        )
        or "(?!)"
        for rests in (True, False)
    }
    for modality in MODALITIES
}


def growing(amount):
    """Resource that a job has once more of at each attempt, as retries of a cluster's profile."""
    return lambda wildcards, attempt: amount * attempt


def gpus(device, processes=1):
    """Number of GPUs that a job needs whose section of the configuration says `device`."""
    return processes if device.startswith("cuda") else 0


def indexed(dataset):
    """Table of recordings of a dataset that cannot be listed before it is fetched."""
    return checkpoints.index_dataset.get(dataset=dataset).output.table


def listings(wildcards):
    """Tables of recordings; one that is lost is made again, also where no job reads it."""
    return [indexed(name) for name in PLAN.config.datasets if PLAN.is_indexed(name)]


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


def kept_for_spectra(path):
    """The continuous recording is large: it stays where something else is made of it, else goes."""
    asked = any(
        getattr(getattr(d, "preprocess", None), "spectra", None)
        or (d.modality == "eeg" and "meggpt" in d.analyses)
        for d in PLAN.config.datasets.values()
    )
    return path if asked else temp(path)


def quality_pages(wildcards):
    """A page per recording that tells what cleaning did."""
    return [
        f"results/{dataset}/preprocessed/{r.prefix}_report.html"
        for dataset, section in PLAN.config.datasets.items()
        if section.modality not in UNCLEANED
        for r in recordings(dataset)
    ]


def manifests_of(word):
    """Input function: manifests of the datasets that list an analysis."""

    def paths(wildcards):
        try:
            return [
                f"results/{name}/{word}/manifest.json" for name in PLAN.feeding(word)
            ]
        except ValueError as error:
            raise WorkflowError(str(error))

    return paths


def table(wildcards):
    """The one table of a dataset of features."""
    found = recordings(wildcards.dataset)
    if len(found) != 1:
        raise WorkflowError(
            f"datasets.{wildcards.dataset}: {len(found)} tables, {[r.subject for r in found]}; a "
            "dataset of features is one table: choose it with `recordings: {subjects: [...]}`"
        )
    return found[0]


def diagnosis(wildcards):
    """The two groups of a dataset that `graphs` tells apart; None for none."""
    asked = getattr(PLAN.dataset(wildcards.dataset), "diagnosis", None)
    return None if asked is None else asked.model_dump(mode="json")


def matched(wildcards):
    """A dataset of fMRI, and those whose people are matched together with its own."""
    return [
        wildcards.dataset,
        *getattr(PLAN.dataset(wildcards.dataset), "matched_with", ()),
    ]


def planted(wildcards):
    """What was planted in a simulated dataset; None for others."""
    kind = PLAN.dataset(wildcards.dataset).source.type
    return (
        f"data/{wildcards.dataset}/bids/truth.h5"
        if kind in {"people", "rhythms", "switching", "worms"}
        else None
    )


# Datasets of the benchmark with their tasks, and what wildcards of its jobs may be.
TASKS = {
    name: section.eegbench.tasks
    for name, section in PLAN.config.datasets.items()
    if "eegbench" in section.analyses
}
N_TASKS = sum(map(len, TASKS.values()))
BENCH = {
    "dataset": "|".join(TASKS) or "(?!)",
    "task": "|".join({task for tasks in TASKS.values() for task in tasks}) or "(?!)",
    "split": "published|blocks|leave-one-subject-out|subjects|few-shot|cross-dataset",
    "family": "|".join(MODULES),
}
EPOCHS = {"eeg": "_proc-clean_epo.fif", "meg": "_epo.fif"}


def bench_paths(wildcards):
    """Epochs, or files of trials, of each recording of a dataset of the benchmark."""
    return trial_paths(wildcards.dataset)


def trial_paths(name):
    """Epochs, or files of trials, of each recording of a dataset."""
    modality = PLAN.dataset(name).modality
    if modality == "trials":
        return [str(PLAN.root(name) / r.path) for r in recordings(name)]
    folder = f"results/{name}/preprocessed"
    return [f"{folder}/{r.prefix}{EPOCHS[modality]}" for r in recordings(name)]


def bench_files(wildcards):
    """Files whose change makes a benchmark's jobs stale."""
    return trial_files(wildcards.dataset)


def trial_files(name):
    """Files whose change makes the trials of a dataset others."""
    if PLAN.dataset(name).modality == "trials":
        files = [f for r in recordings(name) for f in PLAN.raw_files(name, r)]
        return list(dict.fromkeys([f"data/{name}/fetch.json", *files]))
    return trial_paths(name)


def trained_on(wildcards):
    """The dataset whose trials are trained on, where that is another one; else None."""
    if wildcards.split != "cross-dataset":
        return None
    return TASKS[wildcards.dataset][wildcards.task].train_on


def bench_source_files(wildcards):
    """Files of the trials of another dataset that is trained on."""
    name = trained_on(wildcards)
    return [] if name is None else trial_files(name)


def bench_source(wildcards):
    """What a job must know of another dataset that is trained on; None where there is none."""
    name = trained_on(wildcards)
    if name is None:
        return None
    return {
        "dataset": name,
        "paths": trial_paths(name),
        "recordings": [asdict(r) for r in recordings(name)],
        "section": PLAN.section(name, "eegbench"),
    }


def bench_recordings(wildcards):
    """Fields of each recording of a dataset of the benchmark."""
    return [asdict(r) for r in recordings(wildcards.dataset)]


def bench_jobs(file):
    """Input function: a file of each of a dataset's jobs."""

    def paths(wildcards):
        return [
            f"results/{wildcards.dataset}/eegbench/{task}_{split}_{family}/{file}"
            for task, section in TASKS[wildcards.dataset].items()
            for split in section.splits
            for family in PLAN.config.eegbench.methods.families
        ]

    return paths


def bench_pretrained(wildcards):
    """Weights pretrained on the folds of a split, for the family that uses them."""
    if wildcards.family != "foundation" or not PLAN.config.eegbench.pretrains:
        return []
    folder = f"results/{wildcards.dataset}/eegbench"
    return f"{folder}/{wildcards.task}_{wildcards.split}_pretrained"


def bench_audits(wildcards):
    """Audit of each task of a dataset, if audits are asked for."""
    if PLAN.config.eegbench.audit is None:
        return []
    folder = f"results/{wildcards.dataset}/eegbench"
    return [f"{folder}/{task}_audit/audit.tsv" for task in TASKS[wildcards.dataset]]


# Datasets whose tokens are modelled.
MODELLED = (
    "|".join(name for name, d in PLAN.config.datasets.items() if "meggpt" in d.analyses)
    or "(?!)"
)
CONTINUOUS = {"parcels": "_parcels.h5", "sensors": "_proc-clean_raw.fif"}


def continuous_paths(wildcards):
    """Parcels or sensors of each recording of a dataset, or its files of trials."""
    name = wildcards.dataset
    section = PLAN.dataset(name)
    if section.modality == "trials":
        return [str(PLAN.root(name) / r.path) for r in recordings(name)]
    signals = section.meggpt.signals if section.modality == "meg" else "sensors"
    folder = f"results/{name}/preprocessed"
    return [f"{folder}/{r.prefix}{CONTINUOUS[signals]}" for r in recordings(name)]


def continuous_files(wildcards):
    """Files whose change makes a dataset's tokens stale."""
    if PLAN.dataset(wildcards.dataset).modality == "trials":
        return bench_files(wildcards)
    return continuous_paths(wildcards)


def decoded_tasks(name):
    """What is decoded of a dataset's tokens: its own tasks, or those of the benchmark."""
    section = PLAN.dataset(name)
    benchmark = section.eegbench.tasks if section.eegbench is not None else {}
    return benchmark if section.meggpt.tasks is None else section.meggpt.tasks


DECODED = {
    name: decoded_tasks(name)
    for name, section in PLAN.config.datasets.items()
    if "meggpt" in section.analyses
}


def event_files(wildcards):
    """Epochs and continuous sensors of each recording of a dataset with events."""
    name = wildcards.dataset
    modality = PLAN.dataset(name).modality
    if modality == "trials":
        return []
    folder = f"results/{name}/preprocessed"
    return [
        [
            f"{folder}/{r.prefix}{EPOCHS[modality]}",
            f"{folder}/{r.prefix}_proc-clean_raw.fif",
        ]
        for r in recordings(name)
    ]


def decoding_files(wildcards):
    """Table of each task that is decoded of a dataset's tokens."""
    folder = f"results/{wildcards.dataset}/meggpt"
    return [f"{folder}/decoding_{task}.tsv" for task in DECODED[wildcards.dataset]]


def braindive_settings(*parts):
    """The parts of section `braindive` that a job depends on."""
    return PLAN.config.braindive.model_dump(mode="json", include=set(parts))


def feature_weights(wildcards):
    """Weights of image features, where they are fetched."""
    kind = PLAN.config.braindive.features.kind
    return [f"data/weights/{kind}.safetensors"] if kind == "efficientnet-lite0" else []


def image_list(wildcards):
    """The table of a folder of images, where there is one."""
    folder = PLAN.config.braindive.images.folder
    return [] if folder is None else [f"{folder}/images.tsv"]


def leaderboard(wildcards):
    """The benchmark's page, if there is a benchmark."""
    return ["results/report/eegbench.html"] if TASKS else []


def looked_into(wildcards):
    """Data that the report's interactive views read; of evoked responses the first recordings."""
    files = []
    for name, section in PLAN.config.datasets.items():
        folder = f"results/{name}/preprocessed"
        if "states" in section.analyses:
            files.append(f"results/{name}/states/states.h5")
        if section.modality == "fmri":
            files.append(f"{folder}/connectivity.h5")
        if section.modality == "eeg" and section.events:
            for r in recordings(name)[:8]:
                files += [f"{folder}/{r.prefix}_erp.h5", f"{folder}/{r.prefix}_ave.fif"]
    return files


def all_manifests(wildcards):
    """Everything that the report renders: preprocessing, then the analyses, by dataset."""
    words = [
        f"results/{dataset}/{word}/manifest.json"
        for dataset, section in PLAN.config.datasets.items()
        for word in section.analyses
    ]
    return preprocess_manifests(wildcards) + words


def preprocess_manifests(wildcards):
    """Per dataset, first the whole, then the recordings."""
    paths = []
    for dataset, section in PLAN.config.datasets.items():
        if section.modality in UNCLEANED:
            continue
        folder = f"results/{dataset}/preprocessed"
        paths += [f"{folder}/manifest.json"]
        endings = ["_manifest.json"]
        for word in ("spectra", "decoding"):  # EEG has them, when they are asked for
            if getattr(section.preprocess, word, None) is not None:
                endings.append(f"_{word}_manifest.json")
        paths += [
            f"{folder}/{r.prefix}{ending}"
            for ending in endings
            for r in recordings(dataset)
        ]
    return paths
