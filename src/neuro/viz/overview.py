"""The figure of a whole dataset: one contrast's difference waves of all recordings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.erp import MS, UV, Span, Wave, draw_wave, mark_clusters, mark_window
from neuro.viz.style import BLUE, DIVERGING, INK, ORANGE, new_figure, zero_lines

Floats = NDArray[np.float64]

MOST_PANELS = 12
"""With more recordings, rows of one image take the place of panels."""
MOST_NAMES = 40
"""With more rows, only some are named."""


@dataclass(frozen=True)
class RecordingWave:
    """One recording's difference wave, s and V, with its component."""

    name: str
    times: Floats
    wave: Wave
    clusters: Sequence[Span]
    latency: float
    amplitude: float


def overview_figure(recordings: Sequence[RecordingWave], window: Span, mean: Wave | None) -> Figure:
    """Draw the difference waves of all recordings.

    Parameters
    ----------
    recordings : sequence of RecordingWave
        In the order in which they are shown.
    window : tuple of float
        Where the component is looked for, s.
    mean : Wave | None
        Mean over recordings, at the times of the first; shown with more than
        :data:`MOST_PANELS` recordings.

    Returns
    -------
    figure : Figure
        A panel for each recording, or an image with a row for each.
    """
    if mean is None or not is_image(recordings):
        return _panels(recordings, window)
    return _image(recordings, window, mean)


def is_image(recordings: Sequence[RecordingWave]) -> bool:
    """Whether there are too many recordings for a panel each."""
    return len(recordings) > MOST_PANELS


def _panels(recordings: Sequence[RecordingWave], window: Span) -> Figure:
    n_columns = min(3 if len(recordings) > 4 else 2, len(recordings))
    n_rows = math.ceil(len(recordings) / n_columns)
    figure = new_figure(height=0.6 + 2.2 * n_rows)
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for axes, recording in zip(grid.flat, recordings, strict=False):
        _draw_recording(axes, recording, window)
    for axes in grid.flat[len(recordings) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("Difference (µV)")
    for axes in grid[-1, : len(recordings) - (n_rows - 1) * n_columns]:
        axes.set_xlabel("Time after the event (ms)")
    for axes in grid.flat[max(0, len(recordings) - n_columns) : len(recordings)]:
        axes.tick_params(labelbottom=True)
    grid[0, 0].set_xlim(recordings[0].times[0] * MS, recordings[0].times[-1] * MS)
    low, high = grid[0, 0].get_ylim()
    grid[0, 0].set_ylim(low - 0.12 * (high - low), high)  # room for the clusters' bars
    return figure


def _draw_recording(axes: Axes, recording: RecordingWave, window: Span) -> None:
    mark_window(axes, window)
    zero_lines(axes)
    draw_wave(axes, recording.times, recording.wave, INK)
    mark_clusters(axes, recording.clusters)
    axes.plot(
        recording.latency * MS,
        recording.amplitude * UV,
        "o",
        color=ORANGE,
        markersize=7,
        markeredgecolor="white",
        zorder=5,
    )
    axes.set_title(recording.name, fontsize=10)


def _image(recordings: Sequence[RecordingWave], window: Span, mean: Wave) -> Figure:
    times = recordings[0].times
    rows = np.array([np.interp(times, r.times, r.wave.mean) for r in recordings]) * UV
    figure = new_figure(height=min(12.0, 4.5 + 0.06 * len(rows)))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1 + len(rows) / 50])
    mark_window(above, window)
    zero_lines(above)
    draw_wave(above, times, mean, BLUE)
    above.set_title(mean.label)
    above.set_ylabel("Difference (µV)")
    # A few noisy recordings must not pale all others.
    limit = float(np.quantile(np.abs(rows), 0.99)) or 1.0
    step = (times[1] - times[0]) * MS / 2
    image = below.imshow(
        rows,
        aspect="auto",
        interpolation="nearest",
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        extent=(times[0] * MS - step, times[-1] * MS + step, len(rows) - 0.5, -0.5),
    )
    latencies = [recording.latency * MS for recording in recordings]
    below.plot(latencies, range(len(rows)), ".", color=INK, markersize=4)
    below.axvline(0, color=INK, linewidth=0.8)
    every = math.ceil(len(rows) / MOST_NAMES)
    below.set_yticks(range(0, len(rows), every), [r.name for r in recordings[::every]])
    below.set_xlim(times[0] * MS, times[-1] * MS)
    below.set_title("Recordings (dots: peaks)")
    below.set_xlabel("Time after the event (ms)")
    figure.colorbar(image, ax=below, label="Difference (µV)", extend="both", shrink=0.8)
    return figure
