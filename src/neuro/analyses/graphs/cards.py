"""Figures of a diagnosis: ROC, calibration, confusion, sites, and chance."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.judgement import Judged, by_site
from neuro.analyses.graphs.validation import Predicted
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure

Floats = NDArray[np.float64]

N_BINS = 5


def overview_figure(judged: Mapping[str, Judged], labels: Mapping[str, str]) -> Figure:
    """Area and balanced accuracy of all classifiers, with interval and chance.

    Parameters
    ----------
    judged : mapping of str to Judged
        By classifier.
    labels : mapping of str to str
        Their names.
    """
    figure = new_figure(height=0.42 * len(judged) + 1.3)
    left, right = figure.subplots(1, 2, sharey=True)
    for k, card in enumerate(judged.values()):
        for j, (axes, value, interval, p) in enumerate(
            (
                (left, card.auroc, card.auroc_interval, card.p),
                (right, card.balanced_accuracy, card.balanced_interval, card.balanced_p),
            )
        ):
            if len(card.null):
                low, high = np.quantile(card.null[:, j], (0.025, 0.975))
                axes.barh(k, high - low, left=low, height=0.55, color=PALE)
            axes.plot(interval, [k, k], color=BLUE)
            axes.plot(value, k, "o", color=BLUE)
            if p is not None:
                axes.text(1.16, k, f"p = {p:.2g}", va="center", ha="right", fontsize=8, color=INK)
    names = [labels[name] for name in judged]
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    for axes, label in ((left, "area under the ROC curve"), (right, "balanced accuracy")):
        axes.axvline(0.5, color=GREY, linewidth=0.8)
        axes.set_xlim(0.2, 1.17)
        axes.set_xlabel(label)
    return figure


def card_figure(cohort: Cohort, predicted: Predicted, judged: Judged) -> Figure:
    """One classifier's ROC, calibration, confusion and, where there are some, sites."""
    panels = 4 if cohort.sites is not None and len(np.unique(cohort.sites)) > 1 else 3
    figure = new_figure(height=3.3)
    axes = figure.subplots(1, panels)
    _draw_roc(axes[0], predicted, cohort.labels, judged)
    _draw_calibration(axes[1], predicted.probability, cohort.labels)
    _draw_confusion(axes[2], predicted.scores > 0, cohort)
    if panels == 4:
        _draw_sites(axes[3], predicted, cohort)
    return figure


def _draw_roc(axes: Axes, predicted: Predicted, labels: NDArray[np.bool_], judged: Judged) -> None:
    """Mean of the folds' curves, weighted by their pairs: the area below it is the one reported.

    Scores of different folds come from different classifiers, and are not compared.
    """
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    axes.plot(*mean_roc(predicted.scores, labels, predicted.folds), color=BLUE)
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    axes.set_title(f"ROC: area {judged.auroc:.2f}")
    axes.set_aspect("equal")


def mean_roc(
    scores: Floats, labels: NDArray[np.bool_], folds: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Mean ROC curve over folds, each as heavy as its pairs of the two classes.

    Returns
    -------
    false, true : ndarray, shape (n_points,)
        Rates.
    """
    if not any(len(set(labels[folds == k].tolist())) == 2 for k in np.unique(folds)):
        folds = np.zeros_like(folds)
    curves, weights = [], []
    for fold in np.unique(folds):
        own, kinds = scores[folds == fold], labels[folds == fold]
        if kinds.all() or not kinds.any():
            continue
        cuts = np.unique(own)[::-1]
        hits = np.r_[0, [(own[kinds] >= cut).mean() for cut in cuts]]
        alarms = np.r_[0, [(own[~kinds] >= cut).mean() for cut in cuts]]
        curves.append((alarms, hits))
        weights.append(float(kinds.sum() * (~kinds).sum()))
    grid = np.linspace(0, 1, 1001)
    # Of points with the same false positive rate a curve has steps: its upper end counts.
    risen = [
        np.interp(grid, alarms - 1e-9 * np.arange(len(alarms))[::-1], hits)
        for alarms, hits in curves
    ]
    return grid, np.average(risen, axis=0, weights=weights)


def _draw_calibration(axes: Axes, probability: Floats, labels: NDArray[np.bool_]) -> None:
    edges = np.quantile(probability, np.linspace(0, 1, N_BINS + 1))
    which = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, N_BINS - 1)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for k in np.unique(which):
        inside = which == k
        share, n = labels[inside].mean(), inside.sum()
        error = 1.96 * np.sqrt(max(share * (1 - share), 0.25 / n) / n)
        axes.errorbar(
            probability[inside].mean(), share, yerr=error, fmt="o", color=ORANGE, linewidth=1
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("observed share")
    axes.set_title("Calibration")


def _draw_confusion(axes: Axes, second: NDArray[np.bool_], cohort: Cohort) -> None:
    counts = np.array(
        [
            [np.sum((cohort.labels == t) & (second == p)) for p in (False, True)]
            for t in (False, True)
        ]
    )
    shares = counts / counts.sum(axis=1, keepdims=True)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), n in np.ndenumerate(counts):
        color = "white" if shares[i, j] > 0.55 else INK
        axes.text(j, i, f"{n}\n{shares[i, j]:.0%}", ha="center", va="center", color=color)
    axes.set_xticks([0, 1], cohort.classes)
    axes.set_yticks([0, 1], cohort.classes)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title("Confusion")


def _draw_sites(axes: Axes, predicted: Predicted, cohort: Cohort) -> None:
    """Area at each site as a dot, balanced accuracy as a ring; names with their subjects."""
    table = by_site(cohort, predicted)
    counts = [" + ".join(str(row[f"n_{c}"]) for c in cohort.classes) for _, row in table.iterrows()]
    rows = np.arange(len(table))
    axes.plot(table["auroc"], rows, "o", color=BLUE, label="area")
    axes.plot(table["balanced_accuracy"], rows, "o", mfc="none", color=ORANGE,
              label="balanced accuracy")  # fmt: skip
    axes.axvline(0.5, color=GREY, linewidth=0.8)
    names = [f"{site} ({n})" for site, n in zip(table["site"], counts, strict=True)]
    axes.set_yticks(rows, names, fontsize=8)
    axes.set_xlim(0, 1.04)
    axes.set_ylim(-0.5, len(rows) + 0.4)
    axes.legend(loc="upper left", fontsize=7, ncols=2, columnspacing=0.8, handletextpad=0.1)
    axes.set_title("By site")
