"""The figure of the units' quality: intervals between spikes, rate, violations and presence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.spikes import MOST_NAMES, region_colors
from neuro.viz.style import GREY, ORANGE, SEQUENTIAL, new_figure, shorten

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitsPicture:
    """Quality of all units, in the order of showing.

    Parameters
    ----------
    names, regions : sequence of str
        Of the units.
    kept : ndarray of bool, shape (n_units,)
        Which are kept.
    isi_counts : ndarray, shape (n_units, n_isi_bins)
        Intervals between spikes.
    isi_edges : ndarray, shape (n_isi_bins + 1,)
        Edges of the histograms, s.
    rate, violations : ndarray, shape (n_units,)
        Hz, and share.
    presence : ndarray, shape (n_units, n_windows)
        Rate in each window, over the unit's mean.
    refractory, min_rate, max_violations : float
        Limits: s, Hz, share.
    """

    names: Sequence[str]
    regions: Sequence[str]
    kept: NDArray[np.bool_]
    isi_counts: NDArray[np.int64]
    isi_edges: Floats
    rate: Floats
    violations: Floats
    presence: Floats
    refractory: float
    min_rate: float
    max_violations: float


def units_figure(picture: UnitsPicture) -> Figure:
    """Draw a row for each unit: its intervals, rate, violations and presence."""
    n = len(picture.names)
    figure = new_figure(height=float(np.clip(1.1 + 0.2 * n, 2.2, 8.0)))
    isi, rate, violations, presence = figure.subplots(
        1, 4, sharey=True, width_ratios=[2.2, 1.2, 1.2, 1.6]
    )
    _intervals(isi, picture)
    colors = region_colors(picture.regions)
    shown = [colors[region] for region in picture.regions]
    _dots(rate, picture.rate, picture.kept, shown, picture.min_rate)
    rate.set_xscale("log")
    rate.set_xlabel("Rate (Hz)")
    percent = 100 * np.nan_to_num(picture.violations)
    _dots(violations, percent, picture.kept, shown, 100 * picture.max_violations)
    violations.set_xlim(left=-0.03 * max(percent.max(), 100 * picture.max_violations))
    violations.set_xlabel("Violations (%)")
    # Few spikes must differ from none: the root lifts them.
    presence.imshow(
        np.sqrt(picture.presence), aspect="auto", interpolation="none", cmap="Greys", vmin=0, vmax=2
    )
    presence.set_xlabel("Window")
    for axes, title in zip(
        (isi, rate, violations, presence),
        ("Intervals", "Rate", "Refractoriness", "Presence"),
        strict=True,
    ):
        axes.set_title(title)
        axes.set_ylim(n - 0.5, -0.5)
    _names(isi, picture, shown)
    return figure


def _intervals(axes: Axes, picture: UnitsPicture) -> None:
    top = picture.isi_counts.max(axis=1, keepdims=True)
    scaled = picture.isi_counts / np.maximum(top, 1)
    rows = np.arange(len(picture.names) + 1) - 0.5
    axes.pcolormesh(
        picture.isi_edges * 1e3, rows, scaled, cmap=SEQUENTIAL, vmin=0, vmax=1, rasterized=True
    )
    axes.axvline(picture.refractory * 1e3, color=ORANGE, linewidth=1.2, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlabel("Interval between spikes (ms)")


def _dots(
    axes: Axes, values: Floats, kept: NDArray[np.bool_], colors: Sequence[str], limit: float
) -> None:
    rows = np.arange(len(values))
    faces = [color if keep else "white" for color, keep in zip(colors, kept, strict=True)]
    axes.scatter(values, rows, s=26, c=faces, edgecolors=colors, linewidths=1.2, zorder=3)
    axes.axvline(limit, color=ORANGE, linewidth=1.2, linestyle="--")
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.6)


def _names(axes: Axes, picture: UnitsPicture, colors: Sequence[str]) -> None:
    if len(picture.names) > MOST_NAMES:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(picture.names)} units")
        return
    axes.set_yticks(
        range(len(picture.names)), [shorten(name, 14) for name in picture.names], fontsize=8
    )
    for label, color, keep in zip(axes.get_yticklabels(), colors, picture.kept, strict=True):
        label.set_color(color if keep else GREY)
