"""The figure of one contrast: waves of the region, difference with its test, scalp map."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from numpy.typing import NDArray

from neuro.viz.maps import draw_map
from neuro.viz.style import BLUE, INK, ORANGE, PALE, new_figure, zero_lines

Floats = NDArray[np.float64]
Span = tuple[float, float]
MS, UV = 1e3, 1e6


@dataclass(frozen=True)
class Wave:
    """A wave and its band, V, shape (n_times,), with the text of its legend entry."""

    label: str
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Peak:
    """Latency, s, and amplitude, V, with the bounds of their intervals."""

    latency: float
    latency_interval: Span
    amplitude: float
    label: str


@dataclass(frozen=True)
class ContrastPicture:
    """What the figure shows; times in s, amplitudes in V.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
        Sample times.
    first, second, difference : Wave
        Waves of the region.
    window : tuple of float
        Where the component is looked for.
    clusters : sequence of tuple of float
        First and last time of the significant clusters.
    peak : Peak
        The component's peak.
    map_values : ndarray, shape (n_channels,)
        Difference at the peak.
    info : mne.Info | None
        Channels with positions; without, there is no map.
    roi : sequence of str
        Channels of the region.
    """

    times: Floats
    first: Wave
    second: Wave
    difference: Wave
    window: Span
    clusters: Sequence[Span]
    peak: Peak
    map_values: Floats
    info: mne.Info | None
    roi: Sequence[str]


def contrast_figure(picture: ContrastPicture) -> Figure:
    """Draw the figure of a contrast.

    Parameters
    ----------
    picture : ContrastPicture
        What to show.

    Returns
    -------
    figure : Figure
        Waves above, difference below, scalp map on the right.
    """
    figure = new_figure(height=5.0)
    if picture.info is None:
        above, below = figure.subplots(2, 1, sharex=True)
    else:
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[2, 1])[0]
        above, below = left.subplots(2, 1, sharex=True)
        _draw_map(right, picture)
    _draw_sides(above, picture)
    _draw_difference(below, picture)
    return figure


def draw_wave(axes: Axes, times: Floats, wave: Wave, color: str) -> None:
    """Draw a wave in µV over ms with its band."""
    axes.fill_between(
        times * MS, wave.low * UV, wave.high * UV, color=color, alpha=0.22, linewidth=0, zorder=2
    )
    axes.plot(times * MS, wave.mean * UV, color=color, label=wave.label, zorder=3)


def mark_window(axes: Axes, window: Span) -> None:
    """Shade the window in which the component is looked for."""
    axes.axvspan(window[0] * MS, window[1] * MS, color=PALE, alpha=0.6, linewidth=0, zorder=0)


def mark_clusters(axes: Axes, clusters: Sequence[Span], height: float = 0.03) -> None:
    """Draw a bar for each significant cluster, at a height that is a share of the axes."""
    for i, (start, stop) in enumerate(clusters):
        axes.plot(
            [start * MS, stop * MS],
            [height, height],
            transform=axes.get_xaxis_transform(),
            color=INK,
            linewidth=5,
            solid_capstyle="butt",
            label="cluster, p ≤ .05" if i == 0 else None,
        )


def _draw_sides(axes: Axes, picture: ContrastPicture) -> None:
    mark_window(axes, picture.window)
    zero_lines(axes)
    draw_wave(axes, picture.times, picture.first, BLUE)
    draw_wave(axes, picture.times, picture.second, ORANGE)
    axes.set_title("Mean over the region", pad=20)
    axes.set_ylabel("Amplitude (µV)")
    axes.tick_params(labelbottom=False)
    _finish(axes, picture)


def _draw_difference(axes: Axes, picture: ContrastPicture) -> None:
    mark_window(axes, picture.window)
    zero_lines(axes)
    draw_wave(axes, picture.times, picture.difference, INK)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.14 * (high - low), high)  # room for the clusters' bars
    mark_clusters(axes, picture.clusters)
    peak = picture.peak
    axes.plot(
        np.array(peak.latency_interval) * MS,
        [peak.amplitude * UV] * 2,
        color=ORANGE,
        linewidth=1.5,
        zorder=4,
    )
    axes.plot(
        peak.latency * MS,
        peak.amplitude * UV,
        "o",
        color=ORANGE,
        markersize=7,
        markeredgecolor="white",
        label=peak.label,
        zorder=5,
    )
    axes.set_title("Difference", pad=20)
    axes.set_ylabel("Amplitude (µV)")
    axes.set_xlabel("Time after the event (ms)")
    _finish(axes, picture)


def _finish(axes: Axes, picture: ContrastPicture) -> None:
    axes.set_xlim(picture.times[0] * MS, picture.times[-1] * MS)
    # A line of its own under the title: no curve and no title can run into it.
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.1, columnspacing=1.4
    )


def _draw_map(figure: FigureBase, picture: ContrastPicture) -> None:
    axes = figure.subplots()
    limit = float(np.abs(picture.map_values).max()) * UV or 1.0
    image = draw_map(axes, picture.map_values * UV, picture.info, picture.roi, limit)
    axes.set_title(f"Difference at {picture.peak.latency * MS:.0f} ms", loc="center")
    bar = figure.colorbar(image, ax=axes, shrink=0.7, orientation="horizontal", pad=0.02)
    bar.set_label("Amplitude (µV); large dots: the region")
    bar.outline.set_visible(False)
