"""The carpet plot (Power 2017): every voxel over time, below motion and signal change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, PALETTE, new_figure, shorten

Floats = NDArray[np.float64]

LIMIT = 2.5
"""Grey levels end at so many standard deviations."""
MOST_CONDITIONS = 12


@dataclass(frozen=True)
class CarpetPicture:
    """What the figure shows.

    Parameters
    ----------
    tr : float
        Repetition time, s.
    good : ndarray of bool, shape (n_times,)
        Volumes kept.
    carpets : sequence of (str, ndarray of shape (n_rows, n_times))
        Titles and z-scored rows; NaN where a volume is left out.
    lines : sequence of (str, sequence of (str, ndarray))
        Axis label, and labelled time courses of each panel above the carpets.
    limit : float | None
        Level drawn into the first panel of lines: framewise displacement that is scrubbed, mm.
    condition : sequence of str
        Condition of each volume, or empty.
    rows : str
        What the rows are.
    """

    tr: float
    good: NDArray[np.bool_]
    carpets: Sequence[tuple[str, Floats]]
    lines: Sequence[tuple[str, Sequence[tuple[str, Floats]]]]
    limit: float | None
    condition: Sequence[str]
    rows: str


def carpet_figure(picture: CarpetPicture) -> Figure:
    """Draw the carpet plot.

    Parameters
    ----------
    picture : CarpetPicture
        What to show.

    Returns
    -------
    figure : Figure
        Lines above, carpets below, all over the same time.
    """
    names = sorted(set(picture.condition) - {""})[:MOST_CONDITIONS]
    ratios = [1.0] * len(picture.lines) + [0.35] * bool(names) + [2.6] * len(picture.carpets)
    figure = new_figure(height=0.6 + 1.05 * sum(ratios))
    panels = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    n_times = len(picture.good)
    times = np.asarray((np.arange(n_times) + 0.5) * picture.tr, dtype=np.float64)
    for axes, (label, courses) in zip(panels, picture.lines, strict=False):
        _draw_lines(axes, times, label, courses)
    if picture.limit is not None and picture.lines:
        panels[0].axhline(picture.limit, color=ORANGE, linewidth=0.9, linestyle="--")
    if names:
        _draw_conditions(panels[len(picture.lines)], picture, names)
    for axes, (title, rows) in zip(panels[-len(picture.carpets) :], picture.carpets, strict=True):
        _draw_carpet(axes, picture, title, rows)
    for axes in panels[: len(picture.lines)]:
        for i in np.flatnonzero(~picture.good):
            axes.axvspan(i * picture.tr, (i + 1) * picture.tr, color=PALE, linewidth=0, zorder=0)
    panels[-1].set_xlim(0, n_times * picture.tr)
    panels[-1].set_xlabel("Time (s)")
    figure.align_ylabels(list(panels))
    return figure


def _draw_lines(
    axes: Axes, times: Floats, label: str, courses: Sequence[tuple[str, Floats]]
) -> None:
    # Of two courses the first may lie under the second: it is drawn wider.
    styles = ((INK, 1.0),) if len(courses) == 1 else ((PALE, 3.0), (BLUE, 1.0))
    for (name, values), (color, width) in zip(courses, styles, strict=True):
        axes.plot(times, values, color=color, linewidth=width, label=name)
    axes.set_ylabel(label)
    axes.margins(y=0.1)
    if len(courses) > 1:
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 0.97), ncols=len(courses), borderaxespad=0.0
        )


def _draw_conditions(axes: Axes, picture: CarpetPicture, names: Sequence[str]) -> None:
    changes = np.flatnonzero(np.r_[True, np.array(picture.condition)[1:] != picture.condition[:-1]])
    stops = [*changes[1:].tolist(), len(picture.condition)]
    for start, stop in zip(changes.tolist(), stops, strict=True):
        name = picture.condition[start]
        if name in names:
            color = PALETTE[names.index(name) % len(PALETTE)]
            span = (start * picture.tr, (stop - start) * picture.tr)
            axes.broken_barh([span], (0, 1), color=color, alpha=0.45, linewidth=0)
            if span[1] > 0.05 * picture.tr * len(picture.good):
                axes.text(
                    span[0] + span[1] / 2, 0.5, shorten(name, 9), ha="center", va="center",
                    fontsize=7,
                )  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(0, 1)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(bottom=False)


def _draw_carpet(axes: Axes, picture: CarpetPicture, title: str, rows: Floats) -> None:
    axes.imshow(
        np.ma.masked_invalid(rows),
        aspect="auto",
        cmap="gray",
        vmin=-LIMIT,
        vmax=LIMIT,
        interpolation="nearest",
        extent=(0, rows.shape[1] * picture.tr, len(rows), 0),
    )
    axes.set_facecolor("#F3D9C9")
    axes.set_yticks([])
    axes.set_ylabel(f"{len(rows)} {picture.rows}")
    axes.set_title(title, fontsize=10)
    axes.spines[:].set_color(GREY)
