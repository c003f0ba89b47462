"""One job: the methods of a family on one split of one task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from neuro.analyses.eegbench import predictions
from neuro.analyses.eegbench.evaluate import Evaluation, Variant, evaluate
from neuro.analyses.eegbench.registry import methods_of
from neuro.analyses.eegbench.scores import score_table
from neuro.analyses.eegbench.splits import make_folds
from neuro.analyses.eegbench.tasks import across, from_epochs, from_files
from neuro.analyses.eegbench.trials import Trials
from neuro.io.atomic import write_json
from neuro.io.bids import Recording
from neuro.io.tables import write_tsv

if TYPE_CHECKING:
    from neuro.config.eegbench import DatasetTasks, EEGBench


class Outputs(Protocol):
    """Files of a job: `scores` (`.tsv`), `predictions` (`.h5`), `refused` (`.json`)."""

    scores: Path
    predictions: Path
    refused: Path


def run(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    outputs: Outputs,
    *,
    dataset: str,
    task: str,
    split: str,
    family: str,
    section: "DatasetTasks",
    settings: "EEGBench",
    pretrained: str | Path | None = None,
    source: "Source | None" = None,
) -> Evaluation:
    """Train and test the methods of a family.

    Parameters
    ----------
    paths : sequence of str | Path
        Epochs (`.fif`) or trials (`.h5`) of each recording.
    recordings : sequence of mapping
        Fields of each :class:`~neuro.io.bids.Recording`.
    outputs : Outputs
        Where everything goes.
    dataset, task, split, family : str
        Names.
    section : DatasetTasks
        `datasets.<name>.eegbench`.
    settings : EEGBench
        The section `eegbench`.
    pretrained : str | Path | None
        Weights that :mod:`~neuro.analyses.eegbench.run_pretraining` has written for this split.
    source : Source | None
        What is trained on, where that is another dataset.

    Returns
    -------
    evaluation : Evaluation
        What the methods said.

    Raises
    ------
    ValueError
        If the trials do not allow for the split, or a method does not exist.
    """
    trials = read_both(paths, recordings, task, section, dataset, source)
    folds = make_folds(trials, split, settings.splits)
    methods = methods_of(family, settings, pretrained)
    found = evaluate(
        trials,
        folds,
        methods,
        variants_of(settings),
        device_of(settings),
        settings.tuning.n_trials,
    )
    write_tsv(outputs.scores, score_table(trials, found.outcomes, dataset, task, split))
    predictions.write(outputs.predictions, trials, folds, found, settings.model_dump(mode="json"))
    write_json(outputs.refused, found.refused)
    return found


@dataclass(frozen=True)
class Source:
    """A dataset that is trained on to test on another.

    Parameters
    ----------
    dataset : str
        Its name.
    paths, recordings, section
        As for :func:`run`.
    """

    dataset: str
    paths: Sequence[str | Path]
    recordings: Sequence[Mapping[str, str]]
    section: "DatasetTasks"


def read_both(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    task: str,
    section: "DatasetTasks",
    dataset: str,
    source: Source | None,
) -> Trials:
    """Read the trials of a task, and before them those of the dataset that is trained on."""
    trials, _ = read_task(paths, recordings, task, section)
    if source is None:
        return trials
    others, _ = read_task(source.paths, source.recordings, task, source.section)
    return across(others, trials, (source.dataset, dataset))


def read_task(
    paths: Sequence[str | Path],
    recordings: Sequence[Mapping[str, str]],
    task: str,
    section: "DatasetTasks",
) -> tuple[Trials, list[str]]:
    """Read the trials of a task, whatever they are kept in.

    Returns
    -------
    trials : Trials
    notes : list of str
        What whoever uses the trials must know.
    """
    who = [Recording(**fields) for fields in recordings]
    classes = section.tasks[task].classes
    if Path(paths[0]).suffix == ".fif":
        return from_epochs(paths, who, classes, section.tmin, section.tmax), []
    return from_files(paths, who, classes)


def variants_of(settings: "EEGBench") -> list[Variant]:
    """Every alignment with every normalization, class weights and seed."""
    axes: tuple[Sequence[Any], ...] = (
        settings.alignment,
        settings.normalization,
        settings.class_weights,
        settings.seeds,
    )
    return [Variant(*values) for values in product(*axes)]


def device_of(settings: "EEGBench") -> str:
    """Name of the device; torch is imported only where it has to be asked."""
    if settings.device == "cpu":
        return "cpu"
    from neuro.torchkit.device import pick_device

    return str(pick_device(settings.device))
