"""Figures of a recording of spikes: activity with behavior, and rates of regions and epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from neuro.viz.style import GREY, INK, PALE, PALETTE, new_figure, shorten

Floats = NDArray[np.float64]

MOST_COLUMNS = 600
"""Columns of the image of a whole recording."""
MOST_NAMES = 45
"""With more units, none is named."""
MOST_COVARIATES = 4
MOST_EPOCHS = 12
"""With more, epochs are not named in the figure."""
SMOOTH = 150
"""Points of the curve of a region's rate."""


@dataclass(frozen=True)
class Epoch:
    """A part of the recording, s."""

    start: float
    stop: float
    label: str


@dataclass(frozen=True)
class Trace:
    """A covariate over the bins; angles in rad."""

    name: str
    values: Floats
    unit: str
    angular: bool


@dataclass(frozen=True)
class ActivityPicture:
    """Counts of units in bins, with what happened meanwhile.

    Parameters
    ----------
    times : ndarray, shape (n_bins,)
        Centers, s.
    width : float
        Of a bin, s.
    counts : ndarray, shape (n_units, n_bins)
        In the order of showing.
    names, regions : sequence of str
        Of the units.
    epochs : sequence of Epoch
        Parts of the recording.
    traces : sequence of Trace
        Covariates.
    detail : tuple of float
        What is shown in detail, s.
    """

    times: Floats
    width: float
    counts: NDArray[np.unsignedinteger]
    names: Sequence[str]
    regions: Sequence[str]
    epochs: Sequence[Epoch]
    traces: Sequence[Trace]
    detail: tuple[float, float]


def region_colors(regions: Sequence[str]) -> dict[str, str]:
    """A color for each region, in order of appearance; ink where there is none."""
    known = [region for region in dict.fromkeys(regions) if region]
    colors = {region: PALETTE[i % len(PALETTE)] for i, region in enumerate(known)}
    return colors | {"": INK}


def activity_figure(picture: ActivityPicture) -> Figure:
    """Draw the whole recording at left, and a part of it at right.

    Parameters
    ----------
    picture : ActivityPicture
        What is shown.

    Returns
    -------
    figure : Figure
        Above: spikes of each unit; below: a row for each covariate.
    """
    traces = picture.traces[:MOST_COVARIATES]
    units = float(np.clip(0.17 * len(picture.names), 1.6, 6.5))
    figure = new_figure(height=1.0 + units + 1.0 * len(traces))
    grid = figure.subplots(
        1 + len(traces),
        2,
        squeeze=False,
        sharex="col",
        height_ratios=[units, *(1.0 for _ in traces)],
        width_ratios=[1.25, 1],
    )
    low, high = picture.times[0] - picture.width / 2, picture.times[-1] + picture.width / 2
    _image(grid[0, 0], picture, np.linspace(low, high, _n_columns(picture, low, high) + 1))
    n = max(1, round((picture.detail[1] - picture.detail[0]) / picture.width))
    _image(grid[0, 1], picture, np.linspace(*picture.detail, min(n, MOST_COLUMNS) + 1))
    _name_units(grid[0, 0], picture.names, picture.regions)
    grid[0, 1].set_yticks([])
    mark_epochs(grid[0, 0], picture.epochs)
    grid[0, 1].set_title(f"{picture.detail[0]:.0f} to {picture.detail[1]:.0f} s", pad=14)
    for row, trace in zip(grid[1:], traces, strict=True):
        for axes, span in zip(row, ((low, high), picture.detail), strict=True):
            _trace(axes, picture.times, trace, span)
        row[0].set_ylabel(_label(trace))
        row[1].set_yticklabels([])
    for axes in grid[-1]:
        axes.set_xlabel("Time (s)")
    figure.align_ylabels(list(grid[:, 0]))
    return figure


def rates_figure(picture: ActivityPicture) -> Figure:
    """Draw the mean rate of each region over time, and each unit's rate in each kind of epoch.

    Parameters
    ----------
    picture : ActivityPicture
        Covariates and detail are not shown.
    """
    figure = new_figure(height=3.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.9, 1])
    low, high = picture.times[0] - picture.width / 2, picture.times[-1] + picture.width / 2
    edges = np.linspace(low, high, min(SMOOTH, _n_columns(picture, low, high)) + 1)
    colors, regions = region_colors(picture.regions), np.asarray(picture.regions)
    rates = _mean_counts(picture, edges) / picture.width
    for region in dict.fromkeys(picture.regions):
        mean = rates[regions == region].mean(axis=0)
        left.stairs(mean, edges, color=colors[region], linewidth=1.5, baseline=None)
    mark_epochs(left, picture.epochs)
    left.set_xlim(low, high)
    left.set_ylim(bottom=0)
    left.set_xlabel("Time (s)")
    left.set_ylabel("Mean rate of a unit (Hz)")
    _by_epoch(right, picture, colors)
    handles = [
        Patch(color=colors[r], label=f"{r or 'units'} (n = {np.sum(regions == r)})")
        for r in dict.fromkeys(picture.regions)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    return figure


def mark_epochs(axes: Axes, epochs: Sequence[Epoch]) -> None:
    """Name the epochs above the axes, with a line at each beginning."""
    if len(epochs) > MOST_EPOCHS:
        axes.set_title(f"{len(epochs)} epochs", fontsize=9, fontweight="normal")
        return
    for i, epoch in enumerate(epochs):
        axes.plot(
            [epoch.start, epoch.stop],
            [1.015, 1.015],
            color=INK if i % 2 else GREY,
            linewidth=3,
            solid_capstyle="butt",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
        axes.text(
            (epoch.start + epoch.stop) / 2,
            1.03,
            shorten(epoch.label, 14),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=9,
        )


def _by_epoch(axes: Axes, picture: ActivityPicture, colors: dict[str, str]) -> None:
    labels = list(dict.fromkeys(epoch.label for epoch in picture.epochs))[:MOST_EPOCHS]
    means = []
    for label in labels:
        its = np.zeros(len(picture.times), bool)
        for epoch in picture.epochs:
            if epoch.label == label:
                its |= (picture.times >= epoch.start) & (picture.times < epoch.stop)
        means.append(picture.counts[:, its].mean(axis=1) / picture.width)
    for unit, region in zip(np.transpose(means), picture.regions, strict=True):
        shown = np.where(unit > 0, unit, np.nan)
        axes.plot(shown, "o-", color=colors[region], alpha=0.7, linewidth=1, markersize=4)
    axes.set_yscale("log")
    axes.set_xlim(-0.4, len(labels) - 0.6)
    axes.set_xticks(range(len(labels)), [shorten(label, 12) for label in labels])
    axes.set_ylabel("Rate of each unit (Hz)")


def _image(axes: Axes, picture: ActivityPicture, edges: Floats) -> None:
    """Each unit's counts, darkest at its own highest."""
    mean = _mean_counts(picture, edges)
    top = np.nanquantile(mean, 0.995, axis=1, keepdims=True)
    scaled = mean / np.where(top > 0, top, 1.0)
    extent = (edges[0], edges[-1], len(mean) - 0.5, -0.5)
    axes.imshow(
        scaled, aspect="auto", interpolation="none", cmap="Greys", vmin=0, vmax=1, extent=extent
    )
    for i in np.flatnonzero(np.asarray(picture.regions)[1:] != np.asarray(picture.regions)[:-1]):
        axes.axhline(i + 0.5, color=GREY, linewidth=0.8)


def _mean_counts(picture: ActivityPicture, edges: Floats) -> Floats:
    """Mean count per bin in columns of time; NaN where there are no bins."""
    column = np.searchsorted(edges, picture.times, side="right") - 1
    within = (column >= 0) & (column < len(edges) - 1)
    column, counts = column[within], picture.counts[:, within]
    n = np.bincount(column, minlength=len(edges) - 1).astype(np.float64)
    total = np.array([np.bincount(column, row, minlength=len(n)) for row in counts])
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(n > 0, total / n, np.nan)
    return mean


def _n_columns(picture: ActivityPicture, low: float, high: float) -> int:
    return max(1, min(MOST_COLUMNS, int((high - low) / picture.width)))


def _name_units(axes: Axes, names: Sequence[str], regions: Sequence[str]) -> None:
    colors = region_colors(regions)
    if len(names) > MOST_NAMES:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(names)} units")
        return
    axes.set_yticks(range(len(names)), names, fontsize=8)
    for label, region in zip(axes.get_yticklabels(), regions, strict=True):
        label.set_color(colors[region])


def _trace(axes: Axes, times: Floats, trace: Trace, span: tuple[float, float]) -> None:
    its = (times >= span[0]) & (times <= span[1])
    values = np.rad2deg(trace.values) if trace.angular else trace.values
    if trace.angular:  # a line would run across the circle at each turn
        axes.plot(times[its], values[its], ".", color=INK, markersize=1.5, rasterized=True)
        axes.set_ylim(0, 360)
        axes.set_yticks([0, 180, 360])
    else:
        axes.plot(times[its], values[its], color=INK, linewidth=0.8)
        known = trace.values[np.isfinite(trace.values)]
        low, high = float(known.min()), float(known.max())
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low) or 1.0)
    axes.set_facecolor("white" if its.any() and np.isfinite(values[its]).any() else PALE)
    axes.set_xlim(*span)


def _label(trace: Trace) -> str:
    unit = "°" if trace.angular else trace.unit
    known = unit and unit != "1" and not unit.startswith("1/")
    return shorten(trace.name, 14) + (f"\n({unit})" if known else "")
