"""The figures of decoding: over time, and from each time to all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.erp import MS, Span, mark_window
from neuro.viz.style import BLUE, DIVERGING, GREY, INK, ORANGE, new_figure

Floats = NDArray[np.float64]
CHANCE = 0.5


@dataclass(frozen=True)
class CoursePicture:
    """What the figure over time shows; times in s.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
        Centers of the bins.
    value, low, high : ndarray, shape (n_times,)
        Area under the curve and its interval.
    simple : ndarray, shape (n_times,)
        Area of the simple measure.
    threshold : float
        Area above which a time is significant.
    spans : sequence of tuple of float
        Begin and end of the significant stretches.
    window : tuple of float
        Window of the contrast.
    label, simple_label : str
        What the legend says of the two curves.
    """

    times: Floats
    value: Floats
    low: Floats
    high: Floats
    simple: Floats
    threshold: float
    spans: Sequence[Span]
    window: Span
    label: str
    simple_label: str


def course_figure(picture: CoursePicture) -> Figure:
    """Draw decoding over time.

    Parameters
    ----------
    picture : CoursePicture
        What to show.

    Returns
    -------
    figure : Figure
        Area under the curve with its band, chance, threshold, and significant times as bars.
    """
    figure = new_figure(height=3.9)
    axes = figure.subplots()
    mark_window(axes, picture.window)
    axes.axhline(CHANCE, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    times = picture.times * MS
    axes.fill_between(times, picture.low, picture.high, color=BLUE, alpha=0.22, linewidth=0)
    axes.plot(times, picture.value, color=BLUE, label=picture.label, zorder=4)
    axes.plot(times, picture.simple, color=ORANGE, linewidth=1.3, label=picture.simple_label)
    if np.isfinite(picture.threshold):
        axes.axhline(
            picture.threshold, color=INK, linewidth=1, linestyle=":", label="p = .05, all times"
        )
    low = min(float(picture.low.min()), float(picture.simple.min()))
    high = max(float(picture.high.max()), float(picture.simple.max()), 0.6)
    axes.set_ylim(low - 0.12 * (high - low), high + 0.04 * (high - low))
    for i, (start, stop) in enumerate(picture.spans):
        axes.plot(
            [start * MS, stop * MS],
            [0.03, 0.03],
            transform=axes.get_xaxis_transform(),
            color=INK,
            linewidth=5,
            solid_capstyle="butt",
            label="significant" if i == 0 else None,
        )
    axes.set_xlim(times[0], times[-1])
    axes.set_xlabel("Time after the event (ms)")
    axes.set_ylabel("Area under the ROC curve")
    axes.set_title("Decoding over time", pad=22)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.1, columnspacing=1.4
    )
    return figure


def generalization_figure(
    matrix: Floats, times: Floats, width: float, threshold: float, window: Span
) -> Figure:
    """Draw temporal generalization.

    Parameters
    ----------
    matrix : ndarray, shape (n_times, n_times)
        Area under the curve by time of training (row) and of testing (column).
    times : ndarray, shape (n_times,)
        Centers of the bins, s.
    width : float
        Their length, s.
    threshold : float
        Area above which a pair of times is significant; drawn as a contour.
    window : tuple of float
        Window of the contrast, s.

    Returns
    -------
    figure : Figure
        A square image, training time upwards.
    """
    figure = new_figure(height=5.2, width=6.4)
    axes = figure.subplots()
    edges = (float(times[0] - width / 2) * MS, float(times[-1] + width / 2) * MS)
    # A few strong pairs must not pale all others.
    limit = max(0.1, float(np.quantile(np.abs(matrix - CHANCE), 0.99)))
    image = axes.imshow(
        matrix,
        origin="lower",
        cmap=DIVERGING,
        vmin=CHANCE - limit,
        vmax=CHANCE + limit,
        extent=(*edges, *edges),
        interpolation="nearest",
    )
    if np.isfinite(threshold) and bool((matrix > threshold).any()):
        at = times * MS
        axes.contour(at, at, (matrix > threshold).astype(float), [0.5], colors=INK, linewidths=0.9)
    _cross(axes, edges, window)
    axes.set_xlabel("Tested at (ms after the event)")
    axes.set_ylabel("Trained at (ms after the event)")
    axes.set_title("Temporal generalization")
    bar = figure.colorbar(image, ax=axes, shrink=0.8, extend="both")
    bar.set_label("Area under the ROC curve")
    bar.outline.set_visible(False)
    return figure


def _cross(axes: Axes, edges: Span, window: Span) -> None:
    """Event, diagonal, and the window as bars along the axes."""
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.plot(edges, edges, color=GREY, linewidth=0.8, linestyle=":")
    span, ends = [window[0] * MS, window[1] * MS], [edges[0]] * 2
    for across, up in ((span, ends), (ends, span)):
        axes.plot(across, up, color=INK, linewidth=5, solid_capstyle="butt", clip_on=False)
    axes.set_xlim(edges)
    axes.set_ylim(edges)
