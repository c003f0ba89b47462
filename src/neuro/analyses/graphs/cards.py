"""Figures of a diagnosis: ROC, calibration, confusion, sites, and chance."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.judgement import Judged
from neuro.analyses.graphs.validation import Predicted
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, PALETTE, new_figure

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
        if len(card.null):
            low, high = np.quantile(card.null, (0.025, 0.975))
            left.barh(k, high - low, left=low, height=0.55, color=PALE)
        for axes, value, interval in (
            (left, card.auroc, card.auroc_interval),
            (right, card.balanced_accuracy, card.balanced_interval),
        ):
            axes.plot(interval, [k, k], color=BLUE)
            axes.plot(value, k, "o", color=BLUE)
    names = [
        f"{labels[name]}" + ("" if card.p is None else f"  (p = {card.p:.2g})")
        for name, card in judged.items()
    ]
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    for axes, label in ((left, "area under the ROC curve"), (right, "balanced accuracy")):
        axes.axvline(0.5, color=GREY, linewidth=0.8)
        axes.set_xlim(0.2, 1.02)
        axes.set_xlabel(label)
    return figure


def card_figure(cohort: Cohort, predicted: Predicted, judged: Judged) -> Figure:
    """One classifier's ROC, calibration, confusion and, where there are some, sites."""
    panels = 4 if cohort.sites is not None and len(np.unique(cohort.sites)) > 1 else 3
    figure = new_figure(height=3.3)
    axes = figure.subplots(1, panels)
    _draw_roc(axes[0], predicted.scores, cohort.labels, judged)
    _draw_calibration(axes[1], predicted.probability, cohort.labels)
    _draw_confusion(axes[2], predicted.scores > 0, cohort)
    if panels == 4:
        _draw_sites(axes[3], predicted, cohort)
    return figure


def _draw_roc(axes: Axes, scores: Floats, labels: NDArray[np.bool_], judged: Judged) -> None:
    order = np.argsort(-scores, kind="stable")
    hits = np.r_[0, np.cumsum(labels[order])] / labels.sum()
    alarms = np.r_[0, np.cumsum(~labels[order])] / (~labels).sum()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    axes.step(alarms, hits, where="post", color=BLUE)
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    axes.set_title(f"ROC: area {judged.auroc:.2f}")
    axes.set_aspect("equal")


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
    sites = np.array([]) if cohort.sites is None else cohort.sites
    hits = (predicted.scores > 0) == cohort.labels
    for k, site in enumerate(np.unique(sites)):
        here = sites == site
        rates = [hits[here & (cohort.labels == kind)].mean() for kind in (False, True)]
        axes.plot(np.mean(rates), k, "o", color=PALETTE[k % len(PALETTE)])
    axes.axvline(0.5, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(np.unique(sites))), list(np.unique(sites)), fontsize=8)
    axes.set_xlim(0, 1.04)
    axes.set_ylim(-0.5, len(np.unique(sites)) - 0.5)
    axes.set_xlabel("balanced accuracy")
    axes.set_title("By site")
