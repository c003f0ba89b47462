"""The figure of a group: every subject's difference wave, and their mean."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.erp import MS, UV, Span, Wave, draw_wave, mark_clusters, mark_window
from neuro.viz.style import BLUE, GREY, new_figure, zero_lines

Floats = NDArray[np.float64]


def group_figure(
    times: Floats, waves: Floats, mean: Wave, window: Span, clusters: Sequence[Span]
) -> Figure:
    """Draw the grand average of a difference.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
        Sample times, s.
    waves : ndarray, shape (n_subjects, n_times)
        Difference wave of each subject, V.
    mean : Wave
        Their mean with its band.
    window : tuple of float
        Where the component is looked for, s.
    clusters : sequence of tuple of float
        First and last time of the significant clusters, s.

    Returns
    -------
    figure : Figure
        Subjects as thin lines, the mean above them.
    """
    figure = new_figure(height=3.9)
    axes = figure.subplots()
    mark_window(axes, window)
    zero_lines(axes)
    axes.plot(times * MS, waves.T * UV, color=GREY, linewidth=0.7, alpha=0.6, zorder=2)
    axes.plot([], [], color=GREY, linewidth=0.7, label=f"{len(waves)} subjects")
    draw_wave(axes, times, mean, BLUE)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.12 * (high - low), high)  # room for the clusters' bars
    mark_clusters(axes, clusters)
    axes.set_xlim(times[0] * MS, times[-1] * MS)
    axes.set_xlabel("Time after the event (ms)")
    axes.set_ylabel("Difference (µV)")
    axes.set_title("Grand average difference", pad=22)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.1, columnspacing=1.4
    )
    return figure
