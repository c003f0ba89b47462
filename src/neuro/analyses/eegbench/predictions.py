"""What methods said, kept in one file per job, so that everything else follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuro.analyses.eegbench.evaluate import Evaluation, Variant
from neuro.analyses.eegbench.splits import Fold
from neuro.analyses.eegbench.trials import Floats, Ints, Strings, Trials
from neuro.io import hdf5
from neuro.io.hdf5 import Array


@dataclass(frozen=True)
class Labels:
    """What is known of the trials of a task, without their data.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Index into `classes`.
    subject : ndarray of str, shape (n_trials,)
        Who was recorded.
    classes : tuple of str
        Names of the classes.
    """

    y: Ints
    subject: Strings
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Predictions:
    """What the methods of a family said.

    Parameters
    ----------
    labels : Labels
        Of the task.
    folds : list of Fold
        Of the split; their groups are not kept.
    said : mapping of (str, Variant) to list of ndarray
        Probabilities by method and variant, one array per fold.
    """

    labels: Labels
    folds: list[Fold]
    said: Mapping[tuple[str, Variant], list[Floats]]


def write(
    path: str | Path,
    trials: Trials,
    folds: Sequence[Fold],
    evaluation: Evaluation,
    params: Mapping[str, Any],
) -> None:
    """Write predictions.

    Parameters
    ----------
    path : str | Path
        The file.
    trials, folds, evaluation
        What was predicted, and by whom.
    params : mapping
        Parameters behind it.
    """
    arrays = {
        "y": Array(trials.y, ("trial",)),
        "subject": Array(trials.subject, ("trial",)),
        "classes": Array(np.array(trials.classes), ("class",)),
        "folds/name": Array(np.array([fold.name for fold in folds]), ("fold",)),
        "folds/subject": Array(np.array([fold.subject for fold in folds]), ("fold",)),
    }
    number = {fold.name: k for k, fold in enumerate(folds)}
    for k, fold in enumerate(folds):
        arrays[f"folds/{k}/train"] = Array(fold.train, ("trial",))
        arrays[f"folds/{k}/test"] = Array(fold.test, ("trial",))
    for one in evaluation.outcomes:
        key = f"{one.method.name}/{'/'.join(map(str, astuple(one.variant)))}"
        arrays[f"probability/{key}/{number[one.fold.name]}"] = Array(
            one.probability, ("trial", "class")
        )
    hdf5.write(path, arrays, params)


def read(path: str | Path) -> Predictions:
    """Read what :func:`write` wrote."""
    arrays = hdf5.read(path)
    classes = tuple(str(name) for name in arrays["classes"].values)
    subject = np.array([str(name) for name in arrays["subject"].values])
    names = [str(name) for name in arrays["folds/name"].values]
    subjects = [str(name) for name in arrays["folds/subject"].values]
    folds = []
    for k, (name, who) in enumerate(zip(names, subjects, strict=True)):
        train, test = (
            np.asarray(arrays[f"folds/{k}/{side}"].values, dtype=np.intp)
            for side in ("train", "test")
        )
        folds.append(Fold(name, who, train, test, np.array([], dtype=np.str_)))
    said: dict[tuple[str, Variant], list[Floats]] = {}
    for key in arrays:
        if key.startswith("probability/"):
            _, method, alignment, normalization, class_weights, seed, _ = key.split("/")
            said[method, Variant(alignment, normalization, class_weights, int(seed))] = []
    for (method, variant), parts in said.items():
        stem = f"probability/{method}/{'/'.join(map(str, astuple(variant)))}"
        parts += [np.asarray(arrays[f"{stem}/{k}"].values) for k in range(len(folds))]
    labels = Labels(np.asarray(arrays["y"].values, dtype=np.intp), subject, classes)
    return Predictions(labels, folds, said)
