"""Figures of a fusion: methods, ROC, ablation, map, deletion, calibration."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import binomtest

from neuro.analyses.fusion.activation import SHARES
from neuro.analyses.fusion.analysis import OWN, Analysis
from neuro.analyses.fusion.judging import bins_of, fold_numbers
from neuro.analyses.fusion.methods import METHODS
from neuro.viz.brain import VIEWS
from neuro.viz.style import BLUE, GREEN, GREY, ORANGE, PALE, SEQUENTIAL, new_figure

Floats = NDArray[np.float64]
CONNECTIONS = 30
"""Pairs that are drawn as lines."""


def methods_figure(found: Analysis) -> Figure:
    """Areas of all methods with intervals; what the model gains on each, paired."""
    judged = dict(sorted(found.judged.items(), key=lambda item: -item[1].auroc))
    figure = new_figure(height=0.36 * len(judged) + 1.4)
    left, right = figure.subplots(1, 2, sharey=True)
    if len(found.null):
        low, high = np.quantile(found.null, (0.025, 0.975))
        k = list(judged).index(OWN)
        left.barh(k, high - low, left=low, height=0.6, color=PALE)
    for k, (name, card) in enumerate(judged.items()):
        color = ORANGE if name == OWN else BLUE
        left.plot(card.interval, [k, k], color=color)
        left.plot(card.auroc, k, "o", color=color)
        if card.difference is not None and card.difference_interval is not None:
            right.plot(card.difference_interval, [k, k], color=BLUE)
            right.plot(card.difference, k, "o", color=BLUE)
    left.set_yticks(range(len(judged)), [METHODS[name] for name in judged])
    left.invert_yaxis()
    left.axvline(0.5, color=GREY, linewidth=0.8, linestyle="--")
    right.axvline(0, color=GREY, linewidth=0.8, linestyle="--")
    left.set_xlabel("area under the ROC curve")
    right.set_xlabel("fusion's gain in area")
    return figure


def ablation_figure(found: Analysis) -> Figure:
    """Loss of area of each variant, paired with the model."""
    figure = new_figure(height=0.36 * len(found.variants) + 1.2)
    axes = figure.subplots()
    for k, (_, card) in enumerate(found.variants.values()):
        assert card.difference is not None
        assert card.difference_interval is not None
        low, high = card.difference_interval
        axes.plot((-high, -low), [k, k], color=BLUE)
        axes.plot(-card.difference, k, "o", color=BLUE)
    axes.set_yticks(range(len(found.variants)), [label for label, _ in found.variants.values()])
    axes.invert_yaxis()
    axes.axvline(0, color=GREY, linewidth=0.8, linestyle="--")
    why = "the choice pays" if found.chosen else "the model needs the term"
    axes.set_xlabel(f"change of the area under the ROC curve (negative: {why})")
    return figure


def prediction_figure(found: Analysis) -> Figure:
    """ROC curves of the model and the best other, and calibration of the model."""
    labels = found.fitted.cohort.labels
    assert labels is not None
    numbers = fold_numbers(found.fitted.folds, len(labels))
    figure = new_figure(height=3.9, width=8.4)
    left, right = figure.subplots(1, 2)
    names = [OWN, *([found.best_other] if found.best_other else [])]
    for name, color in zip(names, (ORANGE, BLUE), strict=False):
        left.plot(*_roc(found.scored[name].test, labels, numbers), color=color,
                  label=f"{METHODS[name]}, {found.judged[name].auroc:.2f}")  # fmt: skip
    left.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    left.set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
    left.set_title("ROC, area")
    left.legend(loc="lower right")
    bins = bins_of(found.judged[OWN].probability, labels)
    limits = np.array([
        tuple(binomtest(round(share * n), int(n)).proportion_ci(method="wilson"))
        for _, share, n in bins
    ])  # fmt: skip
    reach = np.abs(limits.T - bins[:, 1])
    right.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    right.errorbar(bins[:, 0], bins[:, 1], reach, fmt="o-", color=ORANGE, linewidth=1.4)
    right.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    right.set(xlabel="predicted probability", ylabel=f"share of {found.fitted.cohort.classes[1]}")
    right.set_title("Calibration of fusion")
    return figure


def _roc(
    scores: Floats, labels: NDArray[np.bool_], numbers: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Mean of the folds' curves: scores of different folds are not compared."""
    grid = np.linspace(0, 1, 501)
    curves, weights = [], []
    for k in np.unique(numbers):
        own, ill = scores[numbers == k], labels[numbers == k]
        if ill.all() or not ill.any():
            continue
        cuts = np.unique(own)[::-1]
        hits = np.r_[0, [(own[ill] >= cut).mean() for cut in cuts]]
        alarms = np.r_[0, [(own[~ill] >= cut).mean() for cut in cuts]]
        curves.append(np.interp(grid, alarms + 1e-9 * np.arange(len(alarms)), hits))
        weights.append(float(ill.sum() * (~ill).sum()))
    if not curves:
        return _roc(scores, labels, np.zeros_like(numbers))
    return grid, np.asarray(np.average(curves, axis=0, weights=weights))


def deletion_figure(found: Analysis) -> Figure:
    """Area as regions, or connections, are deleted in the order of the map."""
    kinds = [
        (kind, title)
        for kind, title in (("regions", "regions"), ("pairs", "connections"))
        if f"{kind}/first" in found.curves
    ]
    figure = new_figure(height=3.3, width=0.6 + 3.9 * len(kinds))
    percent = 100 * np.array(SHARES)
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, (kind, title) in zip(panels, kinds, strict=True):
        if len(found.null):
            axes.axhspan(*np.quantile(found.null, (0.025, 0.975)), color=PALE, zorder=0)
        for order, color, label in (
            ("first", ORANGE, "highest first"),
            ("random", GREY, "random"),
            ("last", BLUE, "lowest first"),
        ):
            axes.plot(percent, found.curves[f"{kind}/{order}"], "o-", color=color, label=label)
        axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle="--")
        axes.set_xlabel(f"deleted {title} (%)")
    panels[0].set_ylabel("area under the ROC curve")
    panels[0].legend()
    return figure


def map_figure(found: Analysis, planted: NDArray[np.bool_] | None = None) -> Figure:
    """Regions and the strongest connections on the brain, or as a matrix without places."""
    regions, pairs = found.activation.joint()
    places = found.fitted.cohort.positions
    names = found.fitted.cohort.regions
    if places is not None:
        figure = new_figure(height=4.4)
        axes = figure.subplots(1, 3, width_ratios=[1, 1.15, 0.9])
        for panel, (view, (across, up)) in zip(axes, VIEWS.items(), strict=False):
            dots = _draw_brain(panel, places[:, [across, up]], regions, pairs, planted)
            panel.set_title(view[:1].upper() + view[1:])
        figure.colorbar(dots, ax=axes[:2], location="bottom", label="activation of regions (dots)",
                        shrink=0.5, aspect=30)  # fmt: skip
    elif not pairs.size:
        figure = new_figure(height=4.4, width=5.5)
        axes = [figure.subplots()]
    else:
        figure = new_figure(height=4.4)
        axes = figure.subplots(1, 2, width_ratios=[1.3, 1])
        image = axes[0].imshow(pairs, cmap=SEQUENTIAL, vmin=0, vmax=1)
        axes[0].set(xlabel="region", ylabel="region")
        figure.colorbar(image, ax=axes[0], label="activation of connections")
    _draw_ranking(axes[-1], regions, names, planted)
    if found.chosen:
        axes[-1].set_xlabel("activation")
    return figure


def _draw_brain(
    axes: Axes, places: Floats, regions: Floats, pairs: Floats, planted: NDArray[np.bool_] | None
) -> PathCollection:
    rows, columns = np.triu_indices(len(regions), 1)
    values = pairs[rows, columns]
    for k in np.argsort(-values, kind="stable")[:CONNECTIONS][::-1]:
        ends = places[[rows[k], columns[k]]]
        strength = float(values[k])
        axes.plot(*ends.T, color=GREEN, linewidth=0.3 + 2 * strength, alpha=0.25 + 0.5 * strength,
                  zorder=1)  # fmt: skip
    order = np.argsort(regions, kind="stable")
    x, y = places[order].T
    dots = axes.scatter(
        x, y, c=regions[order], cmap=SEQUENTIAL, vmin=0, vmax=1, s=52, linewidths=0, zorder=2
    )
    if planted is not None:
        x, y = places[planted].T
        axes.scatter(x, y, s=120, facecolors="none", edgecolors=ORANGE, linewidths=1.6, zorder=3)
    axes.set(aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return dots


def _draw_ranking(
    axes: Axes, regions: Floats, names: tuple[str, ...], planted: NDArray[np.bool_] | None
) -> None:
    order = np.argsort(-regions, kind="stable")[:20]
    colors = [ORANGE if planted is not None and planted[k] else BLUE for k in order]
    axes.barh(range(len(order)), regions[order], color=colors)
    axes.set_yticks(range(len(order)), [names[k] for k in order], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("synergistic activation")
    axes.set_title("Highest regions")
