"""Figures of a dataset's benchmark, with captions and alternative texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from neuro.analyses.eegbench.audit import TOLERANCE
from neuro.analyses.eegbench.collect import Board
from neuro.analyses.eegbench.resample import mean_over_folds
from neuro.analyses.eegbench.scores import N_BINS
from neuro.analyses.eegbench.trials import Floats
from neuro.io.manifest import Figure
from neuro.viz.eegbench import (
    audit_figure,
    cost_figure,
    diagnostics_figure,
    learning_figure,
    scores_figure,
)
from neuro.viz.style import save_svg

PANELS = {"balanced_accuracy": "Balanced accuracy", "auroc": "Area under the ROC curve"}
LEAKS = {"windows": "overlapping windows", "neighbors": "random trials"}
MOST_CURVES = 12


def draw(
    boards: Sequence[Board], audit: pd.DataFrame, folder: Path, relative: str, confidence: float
) -> list[Figure]:
    """Draw everything.

    Parameters
    ----------
    boards : sequence of Board
        All tasks and splits.
    audit : DataFrame
        Findings of all tasks; may be empty.
    folder : Path
        Where figures are written.
    relative : str
        The same, as the manifest calls it.
    confidence : float
        Of the intervals.

    Returns
    -------
    figures : list of Figure
        What the manifest tells of them.
    """
    figures = []
    for board in boards:
        figures.append(_scores(board, folder, confidence))
        figures.append(_diagnostics(board, folder))
        if board.split == "few-shot":
            figures.append(_learning(board, folder))
    figures.append(_cost(boards, folder))
    if len(audit):
        figures.append(_audit(audit, folder))
    return [figure.model_copy(update={"path": f"{relative}/{figure.path}"}) for figure in figures]


def _scores(board: Board, folder: Path, confidence: float) -> Figure:
    order = board.ranked()
    chances = {"balanced_accuracy": 1 / len(board.labels.classes), "auroc": 0.5}
    panels = {}
    for metric, title in PANELS.items():
        made = [board.found[entry][metric] for entry in order]
        columns = (
            np.array([getattr(one, key) for one in made]) for key in ("value", "low", "high")
        )
        values, low, high = columns
        panels[title] = (values, low, high, chances[metric])
    name = f"scores_{board.task}_{board.split}.svg"
    save_svg(scores_figure(order, [board.family(e) for e in order], panels), folder / name)
    best = board.found[order[0]]["balanced_accuracy"]
    return Figure(
        path=name,
        title=f"Scores: {board.name}",
        caption=f"Mean over {len({f.name for f in board.folds})} folds; bars are "
        f"{confidence:.0%} bootstrap intervals over {board.units.kind}; the dashed line is chance.",
        alt=f"Methods by balanced accuracy. The best is {order[0]} with {best.value:.3f}, "
        f"the last {order[-1]} with {board.found[order[-1]]['balanced_accuracy'].value:.3f}.",
    )


def _diagnostics(board: Board, folder: Path) -> Figure:
    order = board.ranked()
    best = order[0]
    families: dict[str, str] = {}
    for entry in order:  # the best of each family
        families.setdefault(board.family(entry), entry)
    truth = np.concatenate([board.labels.y[fold.test] for fold in board.folds])
    said = np.concatenate(board.said[best]).argmax(axis=1)
    n = len(board.labels.classes)
    confusion = np.bincount(truth * n + said, minlength=n * n).reshape(n, n)
    curves = {
        entry: (*_reliability(truth, np.concatenate(board.said[entry])), family)
        for family, entry in families.items()
        if family != "baseline" or len(families) == 1
    }
    name = f"diagnostics_{board.task}_{board.split}.svg"
    figure = diagnostics_figure(best, confusion, board.labels.classes, curves)
    save_svg(figure, folder / name)
    return Figure(
        path=name,
        title=f"Errors and calibration: {board.name}",
        caption="Left: trials by true and predicted class, of the method with the best balanced "
        "accuracy, in shares of the true class. Right: how often the predicted class is right, by "
        "how probable it was said to be, of the best method of each family.",
        alt=f"Confusion matrix of {best}, with {np.trace(confusion)} of {confusion.sum()} trials "
        "on the diagonal, and calibration curves.",
    )


def _reliability(truth: "np.ndarray", probability: Floats) -> tuple[Floats, Floats]:
    """Confidence and accuracy in bins of equal numbers of trials."""
    sure = probability.max(axis=1)
    right = (probability.argmax(axis=1) == truth).astype(float)
    parts = np.array_split(np.argsort(sure, kind="stable"), min(N_BINS, max(1, len(sure) // 15)))
    return (
        np.array([sure[part].mean() for part in parts]),
        np.array([right[part].mean() for part in parts]),
    )


def _learning(board: Board, folder: Path) -> Figure:
    shares = sorted({float(f.name.rpartition(", ")[2].rstrip("%")) / 100 for f in board.folds})
    ones = np.ones((1, len(board.units.stratum)))
    curves = {}
    for entry in board.ranked()[:MOST_CURVES]:
        columns: list[list[float]] = []
        for share in shares:
            chosen = [k for k, f in enumerate(board.folds) if f.name.endswith(f", {share:.0%}")]
            each = [
                float(
                    mean_over_folds(
                        board.labels, [board.folds[k]], [board.said[entry][k]], board.units, ones
                    )["balanced_accuracy"][0]
                )
                for k in chosen
            ]
            columns.append([float(np.mean(each)), min(each), max(each)])
        values, low, high = np.array(columns).T
        curves[entry] = (np.array(shares), values, low, high, board.family(entry))
    name = f"learning_{board.task}.svg"
    save_svg(learning_figure(curves, 1 / len(board.labels.classes)), folder / name)
    return Figure(
        path=name,
        title=f"Learning curves: {board.task}",
        caption="Balanced accuracy on what comes later, by the share of each class's first trials "
        "that is trained on: mean over subjects, bars from the worst to the best of them.",
        alt="Balanced accuracy against the share of trials that is trained on, a line per method.",
    )


def _cost(boards: Sequence[Board], folder: Path) -> Figure:
    panels, chances = {}, {}
    for board in boards:
        seconds = board.scores.drop_duplicates(["entry", "fold", "seed"]).groupby("entry")
        total = seconds["seconds"].sum()
        panels[board.name] = [
            (e, board.family(e), max(float(total[e]), 1e-3),
             board.found[e]["balanced_accuracy"].value)
            for e in board.ranked()
        ]  # fmt: skip
        chances[board.name] = 1 / len(board.labels.classes)
    save_svg(cost_figure(panels, chances), folder / "cost.svg")
    return Figure(
        path="cost.svg",
        title="Cost and score",
        caption="CPU seconds of preparation, training and prediction of all folds on one thread, "
        "against balanced accuracy. The step joins methods that no other beats in both.",
        alt="Balanced accuracy against CPU seconds, a panel per task and split.",
    )


def _audit(audit: pd.DataFrame, folder: Path) -> Figure:
    shuffled = audit[audit["test"] == "shuffled"]
    leaks = audit[audit["test"].isin(list(LEAKS))]
    rows = [
        (f"{task}: {method}", value, low, high, chance)
        for task, method, value, low, high, chance in zip(
            *(shuffled[key] for key in ("task", "method", "value", "low", "high", "chance")),
            strict=True,
        )
    ]
    pairs = [
        (f"{task}: {LEAKS[test]}, {method}", value, clean)
        for task, test, method, value, clean in zip(
            *(leaks[key] for key in ("task", "test", "method", "value", "clean")), strict=True
        )
    ]
    save_svg(audit_figure(rows, pairs, TOLERANCE), folder / "audit.svg")
    failed = int((shuffled["verdict"] == "failed").sum())
    return Figure(
        path="audit.svg",
        title="Audit",
        caption="Left: mean score of shuffled labels less chance, with intervals that hold for all "
        f"tests of the benchmark at once; the band is ±{TOLERANCE:g}. Right: what leaky splits "
        "would have made of the same trials, beside the clean ones.",
        alt=f"{len(shuffled)} tests with shuffled labels, {failed} of them off chance; "
        f"{len(pairs)} leaky splits against clean ones.",
    )
