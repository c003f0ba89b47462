"""From the jobs of a dataset to one table: every method on every task and split, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neuro.analyses.eegbench import predictions
from neuro.analyses.eegbench.predictions import Labels
from neuro.analyses.eegbench.resample import (
    Estimate,
    Units,
    choose_units,
    estimates,
    pairwise,
)
from neuro.analyses.eegbench.scores import METRICS, subject_auroc
from neuro.analyses.eegbench.splits import Fold
from neuro.analyses.eegbench.trials import Floats
from neuro.io.atomic import read_json
from neuro.io.tables import read_tsv
from neuro.io.trials import UNKNOWN

if TYPE_CHECKING:
    from neuro.config.eegbench import EEGBench

AXES = ("alignment", "normalization", "class_weights")


@dataclass(frozen=True)
class Board:
    """A task and split with all that was said of it.

    Parameters
    ----------
    task, split : str
        Names.
    labels : Labels
        Of the task.
    folds : list of Fold
        Of the split.
    units : Units
        What intervals resample.
    said : mapping of str to list of ndarray
        Probabilities by entry (a method, with alignment and normalization where there are
        several), one per fold and seed, fold by fold.
    found : mapping of str to mapping of str to Estimate
        Scores with intervals, by entry and metric.
    scores : DataFrame
        Rows of the score table, with a column `entry`.
    """

    task: str
    split: str
    labels: Labels
    folds: list[Fold]
    units: Units
    said: Mapping[str, list[Floats]]
    found: Mapping[str, Mapping[str, Estimate]]
    scores: pd.DataFrame

    @property
    def name(self) -> str:
        """For captions."""
        return f"{self.task}, {self.split}"

    def ranked(self, metric: str = "balanced_accuracy") -> list[str]:
        """Entries, the best first."""
        return sorted(self.found, key=lambda entry: -self.found[entry][metric].value)

    def family(self, entry: str) -> str:
        """Family of an entry."""
        return str(self.scores.loc[self.scores["entry"] == entry, "family"].iloc[0])


def gather(
    folders: Sequence[Path], settings: "EEGBench", seed: int
) -> tuple[list[Board], dict[str, str]]:
    """Read all jobs of a dataset.

    Parameters
    ----------
    folders : sequence of Path
        `<task>_<split>_<family>`, each with `scores.tsv`, `predictions.h5`, `refused.json`.
    settings : EEGBench
        The section `eegbench`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    boards : list of Board
        In order of first appearance.
    refused : dict of str to str
        Why a method could not be used, by task, split and method.
    """
    groups: dict[tuple[str, str], list[tuple[pd.DataFrame, predictions.Predictions]]] = {}
    refused: dict[str, str] = {}
    for folder in folders:
        task, split, _ = folder.name.rsplit("_", 2)
        table = read_tsv(folder / "scores.tsv", ("method", "metric", "value"))
        for name, why in read_json(folder / "refused.json").items():
            refused[f"{task}, {split}: {name}"] = why
        if len(table):
            said = predictions.read(folder / "predictions.h5")
            groups.setdefault((task, split), []).append((table, said))
    return [_board(*key, parts, settings, seed) for key, parts in groups.items()], refused


def _board(
    task: str,
    split: str,
    parts: Sequence[tuple[pd.DataFrame, predictions.Predictions]],
    settings: "EEGBench",
    seed: int,
) -> Board:
    scores = pd.concat([table for table, _ in parts], ignore_index=True)
    keys = zip(*(scores[column].tolist() for column in ("method", *AXES)), strict=True)
    scores["entry"] = [entry_name(method, values, settings) for method, *values in keys]
    first = parts[0][1]
    by_seed: dict[str, list[list[Floats]]] = {}
    for _, one in parts:
        for (method, variant), probabilities in one.said.items():
            values = [getattr(variant, axis) for axis in AXES]
            entry = entry_name(method, values, settings)
            by_seed.setdefault(entry, []).append(probabilities)
    units = choose_units(first.labels, first.folds)
    # Each seed is one more look at the same folds; in the order in which the table has methods.
    said = {
        entry: [one for seeds in zip(*by_seed[entry], strict=True) for one in seeds]
        for entry in dict.fromkeys(scores["entry"])
    }
    folds = [fold for fold in first.folds for _ in settings.seeds]
    found = estimates(
        first.labels, folds, said, units, settings.n_bootstraps, settings.confidence, seed
    )
    return Board(task, split, first.labels, folds, units, said, found, scores)


def entry_name(method: str, values: Sequence[str], settings: "EEGBench") -> str:
    """Name of a method with its alignment and so on, where there are several of them."""
    named = [
        {"class_weights": "weights "}.get(axis, "") + value
        for axis, value in zip(AXES, values, strict=True)
        if len(getattr(settings, axis)) > 1
    ]
    return " · ".join([method, *named])


def summary_table(dataset: str, boards: Sequence[Board]) -> pd.DataFrame:
    """One row per task, split, entry and metric: means over folds, with intervals.

    Parameters
    ----------
    dataset : str
        Its name.
    boards : sequence of Board
        All tasks and splits.

    Returns
    -------
    table : DataFrame
    """
    rows = []
    for board in boards:
        tested = np.unique(np.concatenate([fold.test for fold in board.folds]))
        n_subjects = len(set(board.labels.subject[tested].tolist()) - {UNKNOWN}) or None
        for entry, own in board.scores.groupby("entry", sort=False):
            about = own.iloc[0]
            once = own.drop_duplicates(["fold", "seed"])
            common = {
                "dataset": dataset, "task": board.task, "split": board.split, "entry": entry,
                "method": about["method"], "family": about["family"], "note": about["note"],
                "n_subjects": n_subjects, "n_test": len(tested),
                "n_classes": len(board.labels.classes), "resampled": board.units.kind,
                "seconds": float(once["seconds"].sum()) / once["seed"].nunique(),
                "n_parameters": about["n_parameters"], "flops_per_trial": about["flops_per_trial"],
            }  # fmt: skip
            for metric in METRICS:
                same = own[own["metric"] == metric]
                made = board.found[str(entry)].get(metric)
                rows.append({
                    **common, "metric": metric,
                    "value": float(same["value"].mean()) if made is None else made.value,
                    "low": None if made is None else made.low,
                    "high": None if made is None else made.high,
                    "chance": float(same["chance"].mean()),
                })  # fmt: skip
            area = _of_subjects(board, str(entry))
            if np.isfinite(area):
                rows.append({**common, "metric": "subject_auroc", "value": area, "chance": 0.5})
    return pd.DataFrame(rows)


def _of_subjects(board: Board, entry: str) -> float:
    """Mean over folds of the area of subjects, where there are two classes of them."""
    if len(board.labels.classes) != 2:
        return float("nan")
    areas = [
        subject_auroc(board.labels.subject[fold.test].tolist(), board.labels.y[fold.test], said)
        for fold, said in zip(board.folds, board.said[entry], strict=True)
    ]
    return float(np.mean(areas))


def comparison_table(dataset: str, boards: Sequence[Board], confidence: float) -> pd.DataFrame:
    """All pairs of entries on each task and split, with paired intervals and p after Holm."""
    columns = ["dataset", "task", "split", "metric", "first", "second", "difference", "low", "high"]
    rows = [
        (dataset, board.task, board.split, "auroc", *pair)
        for board in boards
        for pair in pairwise(board.found, "auroc", confidence)
    ]
    return pd.DataFrame(rows, columns=[*columns, "p", "p_holm"])
