"""Figures of a whole fMRI dataset: quality of its recordings, and their mean connectivity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.fmri_connectome import draw_matrix
from neuro.viz.style import BLUE, GREY, INK, ORANGE, new_figure

Floats = NDArray[np.float64]

MOST_NAMED = 40
"""With more recordings, only some are named."""


@dataclass(frozen=True)
class Column:
    """One measure of all recordings.

    Parameters
    ----------
    title : str
        With its unit.
    values : ndarray, shape (n_recordings,)
        NaN where a recording has none.
    chance : float | None
        A level to compare with.
    band : tuple of float | None
        Mean and its confidence interval: mean, low, high.
    """

    title: str
    values: Floats
    chance: float | None = None
    band: tuple[float, float, float] | None = None


def quality_figure(names: Sequence[str], columns: Sequence[Column]) -> Figure:
    """Draw a dot per recording and measure.

    Parameters
    ----------
    names : sequence of str
        Of the recordings.
    columns : sequence of Column
        Measures, side by side.
    """
    figure = new_figure(height=min(9.0, 1.3 + 0.24 * len(names)))
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        _draw_column(axes, column)
    every = int(np.ceil(len(names) / MOST_NAMED))
    rows = range(0, len(names), every)
    panels[0].set_yticks(list(rows), [names[i] for i in rows], fontsize=8)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def _draw_column(axes: Axes, column: Column) -> None:
    places = np.arange(len(column.values))
    axes.hlines(places, 0, column.values, color="#E4E4E4", linewidth=1)
    if column.band is not None:
        mean, low, high = column.band
        axes.axvspan(low, high, color=ORANGE, alpha=0.18, linewidth=0)
        axes.axvline(mean, color=ORANGE, linewidth=1.4)
    if column.chance is not None:
        axes.axvline(column.chance, color=GREY, linewidth=1, linestyle="--")
    axes.plot(column.values, places, "o", color=BLUE, markersize=5)
    axes.set_title(column.title, fontsize=10)
    low = min(0.0, float(np.nanmin(column.values))) if np.isfinite(column.values).any() else 0.0
    axes.set_xlim(left=low)
    axes.margins(x=0.12)
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)


def mean_figure(mean: Floats, spread: Floats, names: Sequence[str], n: int) -> Figure:
    """Draw the mean connectivity of all recordings, and how they differ.

    Parameters
    ----------
    mean, spread : ndarray, shape (n_parcels, n_parcels)
        Mean and standard deviation over recordings.
    names : sequence of str
        Of the parcels.
    n : int
        Recordings.
    """
    figure = new_figure(height=5.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.35, 1])
    off = ~np.eye(len(mean), dtype=bool)
    draw_matrix(left, mean, names, float(np.nanquantile(np.abs(mean[off]), 0.99)) or 1.0)
    left.set_title(f"Mean correlation of {n} recordings")
    top = float(np.nanquantile(spread[off], 0.99)) or 1.0
    draw_matrix(right, spread, [""] * len(mean), top, "viridis")
    right.set_yticks([])
    right.set_title("Standard deviation over recordings")
    left.title.set_color(INK)
    return figure
