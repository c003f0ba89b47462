"""Figures of tuning: a polar curve for each unit, or a flat one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.spikes import region_colors
from neuro.viz.style import GREY, INK, new_figure, shorten

Floats = NDArray[np.float64]

MOST_UNITS = 40
"""Units of a figure: the strongest."""
COLUMNS = 5


@dataclass(frozen=True)
class TuningPicture:
    """A unit's curve.

    Parameters
    ----------
    name, region : str
        Which unit.
    rate : ndarray, shape (n_bins,)
        Hz; NaN where the covariate hardly was.
    strength, preferred : float
        Resultant length and direction (rad), or information (bits per spike) and the best bin.
    label : str
        Strength and p, for the title.
    tuned : bool
        Whether it counts as tuned; others are drawn in grey.
    """

    name: str
    region: str
    rate: Floats
    strength: float
    preferred: float
    label: str
    tuned: bool


def polar_figure(pictures: Sequence[TuningPicture], edges: Floats) -> Figure:
    """Draw tuning to an angle: each unit's rate around the circle, from 0 to its own highest.

    Parameters
    ----------
    pictures : sequence of TuningPicture
        In the order of showing.
    edges : ndarray, shape (n_bins + 1,)
        Of the bins, rad.

    Returns
    -------
    figure : Figure
        A circle per unit; the line from the center is the resultant, whose end touches the circle
        for a length of 1.
    """
    figure, grid = _grid(len(pictures), 2.15, "polar")
    colors = region_colors([picture.region for picture in pictures])
    for axes, picture in zip(grid, pictures, strict=False):
        color = colors[picture.region] if picture.tuned else GREY
        top = float(np.nanmax(picture.rate)) or 1.0
        closed = np.append(picture.rate, picture.rate[0]) / top
        angles = (edges[:-1] + edges[1:]) / 2
        around = np.append(angles, angles[0] + 2 * np.pi)
        axes.plot(around, closed, color=color, linewidth=1.5)
        axes.fill(around, np.nan_to_num(closed), color=color, alpha=0.2, linewidth=0)
        axes.plot([picture.preferred] * 2, [0, picture.strength], color=INK, linewidth=1.5)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        axes.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"], fontsize=7)
        axes.tick_params(pad=-3)
        axes.grid(color="#E5E5E5", linewidth=0.6)
        axes.spines["polar"].set_color(GREY)
        _title(axes, picture, f"{top:.1f} Hz")
    return figure


def curves_figure(
    pictures: Sequence[TuningPicture], edges: Floats, occupancy: Floats, xlabel: str
) -> Figure:
    """Draw tuning to anything but an angle: each unit's rate over the covariate.

    Parameters
    ----------
    pictures : sequence of TuningPicture
        In the order of showing.
    edges : ndarray, shape (n_bins + 1,)
        Of the bins.
    occupancy : ndarray, shape (n_bins,)
        Time spent in each, s; shown behind the curves.
    xlabel : str
        Name and unit of the covariate.
    """
    figure, grid = _grid(len(pictures), 1.7, None)
    colors = region_colors([picture.region for picture in pictures])
    known = np.flatnonzero(np.isfinite(pictures[0].rate))
    for axes, picture in zip(grid, pictures, strict=False):
        color = colors[picture.region] if picture.tuned else GREY
        top = float(np.nanmax(picture.rate)) or 1.0
        axes.stairs(occupancy / occupancy.max() * top, edges, fill=True, color="#ECECEC")
        axes.stairs(picture.rate, edges, color=color, linewidth=1.5, baseline=None)
        axes.set_xlim(edges[known[0]], edges[known[-1] + 1])
        axes.set_ylim(0, 1.1 * top)
        axes.tick_params(labelsize=7)
        _title(axes, picture, "")
    figure.supxlabel(xlabel, fontsize=10)
    figure.supylabel("Rate (Hz)", fontsize=10)
    return figure


def strongest(strengths: Sequence[float]) -> list[int]:
    """Which units a figure shows, in their order: all, or those of the greatest strength."""
    order = np.argsort(-np.asarray(strengths), kind="stable")[:MOST_UNITS]
    return sorted(int(i) for i in order)


def _grid(n: int, height: float, projection: str | None) -> tuple[Figure, list[Axes]]:
    columns = min(COLUMNS, n)
    rows = math.ceil(n / columns)
    figure = new_figure(height=0.3 + height * rows, width=2.0 * columns)
    kwargs = {} if projection is None else {"projection": projection}
    grid = figure.subplots(rows, columns, squeeze=False, subplot_kw=kwargs)
    for axes in grid.flat[n:]:
        axes.set_axis_off()
    return figure, list(grid.flat)


def _title(axes: Axes, picture: TuningPicture, further: str) -> None:
    name = " ".join(part for part in (picture.region, picture.name) if part)
    first = f"{shorten(name, 14)}" + (f", {further}" if further else "")
    axes.set_title(f"{first}\n{picture.label}", fontsize=8, loc="center", fontweight="normal")
