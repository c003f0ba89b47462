"""Figures of a benchmark: scores with intervals, cost, learning curves, calibration, audit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from neuro.viz.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    PALETTE,
    PINK,
    SEQUENTIAL,
    new_figure,
    shorten,
)

Floats = NDArray[np.float64]

COLORS = {"baseline": GREY, "classical": BLUE, "specialist": ORANGE, "foundation": GREEN}
MARKERS = {"baseline": "o", "classical": "s", "specialist": "^", "foundation": "D"}
TITLES = {"foundation": "foundation architecture"}
"""Families that are shown under another name: an architecture without weights is no model."""
ROW = 0.27
"""Height of a row of a list, inch."""


def scores_figure(
    names: Sequence[str],
    families: Sequence[str],
    panels: Mapping[str, tuple[Floats, Floats, Floats, float]],
) -> Figure:
    """Scores of methods with intervals, the best on top.

    Parameters
    ----------
    names, families : sequence of str
        Of each method, the best first.
    panels : mapping of str to (values, low, high, chance)
        By title.

    Returns
    -------
    figure : Figure
    """
    figure = new_figure(1.2 + ROW * len(names))
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    y = np.arange(len(names))[::-1]
    for axis, (title, (values, low, high, chance)) in zip(axes, panels.items(), strict=True):
        axis.axvline(chance, color=GREY, linestyle="--", linewidth=1)
        for k, family in enumerate(families):
            axis.plot([low[k], high[k]], [y[k], y[k]], color=COLORS[family], linewidth=1.6)
            axis.plot(values[k], y[k], MARKERS[family], color=COLORS[family], markersize=6)
            axis.annotate(
                f"{values[k]:.3f}", (1.01, y[k]), xycoords=("axes fraction", "data"),
                va="center", fontsize=8, color=INK,
            )  # fmt: skip
        axis.set_title(title)
        axis.grid(axis="x", color=PALE, linewidth=0.6)
        axis.set_axisbelow(True)
    axes[0].set_yticks(y, [shorten(name, 34) for name in names])
    axes[0].set_ylim(-0.7, len(names) - 0.3)
    _family_legend(figure, families)
    return figure


def _family_legend(figure: Figure, families: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    there = [family for family in COLORS if family in families]
    handles = [
        Line2D([], [], color=COLORS[f], marker=MARKERS[f], linestyle="-", label=TITLES.get(f, f))
        for f in there
    ]
    handles.append(Line2D([], [], color=GREY, linestyle="--", linewidth=1, label="chance"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def diagnostics_figure(
    title: str,
    confusion: NDArray[np.intp],
    classes: Sequence[str],
    curves: Mapping[str, tuple[Floats, Floats, str]],
) -> Figure:
    """Confusion matrix of one method, and calibration of several.

    Parameters
    ----------
    title : str
        Of the method whose matrix it is.
    confusion : ndarray of int, shape (n_classes, n_classes)
        Trials by true class (row) and predicted class.
    classes : sequence of str
        Names.
    curves : mapping of str to (sure, right, family)
        Mean confidence and share of right predictions in bins, by method.

    Returns
    -------
    figure : Figure
    """
    figure = new_figure(4.0)
    left, right = figure.subplots(1, 2)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    left.imshow(shares, vmin=0, vmax=1, cmap=SEQUENTIAL)
    for i, j in np.ndindex(*confusion.shape):
        color = "white" if shares[i, j] < 0.6 else INK
        left.text(j, i, f"{shares[i, j]:.0%}\n{confusion[i, j]}", ha="center", va="center",
                  color=color, fontsize=8)  # fmt: skip
    short = [shorten(name, 12) for name in classes]
    left.set_xticks(range(len(classes)), short)
    left.set_yticks(range(len(classes)), short)
    left.set(xlabel="predicted", ylabel="true", title=f"Confusion: {shorten(title, 30)}")
    left.spines[:].set_visible(False)
    right.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    low = 1.0
    for name, (sure, hits, family) in curves.items():
        right.plot(sure, hits, marker=MARKERS[family], color=COLORS[family], markersize=5,
                   linewidth=1.2, label=shorten(name, 30))  # fmt: skip
        low = min(low, float(sure.min()), float(hits.min()))
    right.set(xlabel="mean probability of the predicted class", ylabel="share that is right",
              title="Calibration", xlim=(low - 0.03, 1.02), ylim=(low - 0.03, 1.02))  # fmt: skip
    right.legend(loc="upper left")
    return figure


def cost_figure(
    panels: Mapping[str, Sequence[tuple[str, str, float, float]]], chances: Mapping[str, float]
) -> Figure:
    """Score against CPU seconds, with what no other method beats in both.

    Parameters
    ----------
    panels : mapping of str to sequence of (method, family, seconds, score)
        By title.
    chances : mapping of str to float
        By title.

    Returns
    -------
    figure : Figure
    """
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(0.5 + 3.2 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    families: list[str] = []
    for axis, (title, points) in zip(axes, panels.items(), strict=False):
        front = pareto([(seconds, score) for _, _, seconds, score in points])
        ordered = sorted((points[k][2], points[k][3]) for k in front)
        axis.step(*zip(*ordered, strict=True), where="post", color=GREY, linewidth=1)
        axis.axhline(chances[title], color=GREY, linestyle="--", linewidth=1)
        for k, (name, family, seconds, score) in enumerate(points):
            families.append(family)
            axis.plot(seconds, score, MARKERS[family], color=COLORS[family], markersize=6)
            if k in front:
                axis.annotate(shorten(name, 22), (seconds, score), xytext=(4, 4),
                              textcoords="offset points", fontsize=8)  # fmt: skip
        axis.set(xscale="log", title=shorten(title, 46), xlabel="CPU seconds, all folds",
                 ylabel="balanced accuracy")  # fmt: skip
        axis.margins(x=0.15, y=0.12)
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    _family_legend(figure, families)
    return figure


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of points (cost, score) that no other beats in one without losing in the other."""
    return [
        k
        for k, (cost, score) in enumerate(points)
        if not any(c <= cost and s >= score and (c < cost or s > score) for c, s in points)
    ]


def learning_figure(
    curves: Mapping[str, tuple[Floats, Floats, Floats, Floats, str]], chance: float
) -> Figure:
    """Score by share of trials that is trained on.

    Parameters
    ----------
    curves : mapping of str to (shares, values, low, high, family)
        By method.
    chance : float
        Of the score.

    Returns
    -------
    figure : Figure
    """
    figure = new_figure(4.0)
    axes = figure.subplots()
    axes.axhline(chance, color=GREY, linestyle="--", linewidth=1)
    lines = ("-", "--", ":", "-.")
    for k, (name, (shares, values, low, high, family)) in enumerate(curves.items()):
        color = PALETTE[k % len(PALETTE)]
        aside = 100 * shares + 0.35 * (k - (len(curves) - 1) / 2)
        axes.vlines(aside, low, high, color=color, linewidth=1, alpha=0.6)
        axes.plot(aside, values, lines[k // len(PALETTE) % 4], color=color,
                  marker=MARKERS[family], markersize=5, label=shorten(name, 30))  # fmt: skip
    axes.set(xlabel="trials of each class trained on, %", ylabel="balanced accuracy")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def audit_figure(
    shuffled: Sequence[tuple[str, float, float, float, float]],
    pairs: Sequence[tuple[str, float, float]],
    tolerance: float,
) -> Figure:
    """Scores on shuffled labels, and leaky against clean splits.

    Parameters
    ----------
    shuffled : sequence of (label, value, low, high, chance)
        Of each task and method.
    pairs : sequence of (label, leaky, clean)
        Of each task and leak.
    tolerance : float
        Distance from chance that is let pass.

    Returns
    -------
    figure : Figure
    """
    figure = new_figure(1.4 + ROW * max(len(shuffled), len(pairs), 3))
    left, right = figure.subplots(1, 2)
    left.axvspan(-tolerance, tolerance, color=PALE, linewidth=0)
    left.axvline(0, color=GREY, linestyle="--", linewidth=1)
    for k, (_, value, low, high, chance) in enumerate(shuffled):
        row = len(shuffled) - 1 - k
        left.plot([low - chance, high - chance], [row, row], color=BLUE)
        left.plot(value - chance, row, "o", color=BLUE, markersize=5)
    left.set_yticks(range(len(shuffled))[::-1], [shorten(one[0], 46) for one in shuffled])
    left.set(title="Shuffled labels", xlabel="balanced accuracy less chance")
    for k, (_, leaky, clean) in enumerate(pairs):
        row = len(pairs) - 1 - k
        right.plot([clean, leaky], [row, row], color=PALE, linewidth=4, solid_capstyle="butt")
        right.plot(clean, row, "o", color=GREEN, markersize=6, label="clean" if not k else None)
        right.plot(leaky, row, "X", color=PINK, markersize=7, label="leaky" if not k else None)
    right.set_yticks(range(len(pairs))[::-1], [shorten(one[0], 46) for one in pairs])
    right.set(title="Leaky against clean splits", xlabel="balanced accuracy")
    for axis, n in ((left, len(shuffled)), (right, len(pairs))):
        axis.set_ylim(-0.7, max(n - 0.3, 0.7))
    if pairs:
        shown = [score for _, leaky, clean in pairs for score in (leaky, clean)]
        right.set_xlim(min(shown) - 0.05, max(shown) + 0.05)
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower right", ncols=2)
    return figure


def ranks_figure(ranks: Mapping[str, float], difference: float, n_blocks: int) -> Figure:
    """Critical-difference diagram: mean ranks, with bars over methods that do not differ.

    Parameters
    ----------
    ranks : mapping of str to float
        Mean rank by method, 1 for the best.
    difference : float
        Critical difference.
    n_blocks : int
        Tasks and splits that were ranked.

    Returns
    -------
    figure : Figure

    Notes
    -----
    After Demšar (2006), Journal of Machine Learning Research 7:1-30.
    """
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    groups = cliques([rank for _, rank in ordered], difference)
    figure = new_figure(1.5 + ROW * (len(ordered) / 2 + 1) + 0.16 * len(groups))
    axes: Any = figure.subplots()
    n = len(ordered)
    axes.hlines(0, 1, n, color=INK, linewidth=1)
    for tick in range(1, n + 1):
        axes.vlines(tick, 0, 0.25, color=INK, linewidth=1)
        axes.text(tick, 0.4, str(tick), ha="center", va="bottom", fontsize=9)
    axes.hlines(1.6, 1, min(1 + difference, n), color=ORANGE, linewidth=3)
    axes.text(1, 1.75, f"critical difference {difference:.2f}, {n_blocks} tasks and splits",
              va="bottom", fontsize=9)  # fmt: skip
    base = 0.35 * len(groups) + 0.8
    for k, (first, last) in enumerate(groups):
        low, high = ordered[first][1] - 0.05, ordered[last][1] + 0.05
        axes.hlines(-0.35 * (k + 1), low, high, color=INK, linewidth=3)
    half = (n + 1) // 2
    for k, (name, rank) in enumerate(ordered):
        left = k < half
        level = -base - (k if left else n - 1 - k)
        edge = 0.8 if left else n + 0.2
        axes.plot([rank, rank, edge], [0, level, level], color=GREY, linewidth=0.9)
        axes.text(edge, level, f" {shorten(name, 30)} {rank:.2f} ", va="center", fontsize=9,
                  ha="right" if left else "left")  # fmt: skip
    axes.set_xlim(0.8 - 0.3 * n, n + 0.2 + 0.3 * n)
    axes.set_ylim(-base - half, 2.6)
    axes.axis("off")
    return figure


def cliques(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Largest runs of ordered ranks that span less than the critical difference."""
    found: list[tuple[int, int]] = []
    for first in range(len(ranks)):
        last = max(k for k in range(first, len(ranks)) if ranks[k] - ranks[first] < difference)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found
