"""The figure of all conditions: every channel's wave, field power, scalp maps at its peaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.maps import draw_map
from neuro.viz.style import BLUE, INK, ORANGE, PALE, new_figure, zero_lines

Floats = NDArray[np.float64]
MS, UV = 1e3, 1e6
ROW, FOOT = 1.75, 0.7
"""Heights of a condition's row and of axis and colour bar, inch."""


@dataclass(frozen=True)
class ConditionPicture:
    """What one row shows; times in s, amplitudes in V.

    Parameters
    ----------
    label : str
        The condition and its number of trials.
    waves : ndarray, shape (n_channels, n_times)
        Mean of each good channel.
    power : ndarray, shape (n_times,)
        Global field power: standard deviation over the channels.
    peaks : sequence of float
        Times of the maps.
    """

    label: str
    waves: Floats
    power: Floats
    peaks: Sequence[float]


def conditions_figure(
    pictures: Sequence[ConditionPicture],
    times: Floats,
    info: mne.Info | None,
    n_maps: int,
    unit: str = "µV",
) -> Figure:
    """Draw one row for each condition; all rows share their scales.

    Parameters
    ----------
    pictures : sequence of ConditionPicture
        Rows.
    times : ndarray, shape (n_times,)
        Sample times, s.
    info : mne.Info | None
        The channels with positions; without, there are no maps.
    n_maps : int
        Columns of maps.
    unit : str
        Unit of the waves times 1e6.

    Returns
    -------
    figure : Figure
        For :func:`~neuro.viz.style.save_svg`.
    """
    n_maps = n_maps if info is not None else 0
    figure = new_figure(ROW * len(pictures) + FOOT)
    grid = figure.subplots(
        len(pictures),
        1 + n_maps,
        squeeze=False,
        gridspec_kw={"width_ratios": [3.4, *[1.0] * n_maps]},
    )
    limit = UV * max(float(np.abs(p.waves).max()) for p in pictures) * 1.05
    at = [np.argmin(np.abs(times[:, None] - np.asarray(p.peaks)), axis=0) for p in pictures]
    shown = [UV * p.waves[:, i] for p, i in zip(pictures, at, strict=True)]
    map_limit = max(float(np.abs(values).max()) for values in shown)
    image = None
    for row, (picture, axes) in enumerate(zip(pictures, grid, strict=True)):
        _waves(axes[0], picture, times, limit, unit, last=row == len(pictures) - 1)
        for column, ax in enumerate(axes[1:]):
            if info is None or column >= len(picture.peaks):
                ax.set_axis_off()
                continue
            image = draw_map(ax, shown[row][:, column], info, [], map_limit, electrodes=False)
            ax.set_title(f"{picture.peaks[column] * MS:.0f} ms", loc="center", fontsize=9)
    if image is not None:
        bar = figure.colorbar(
            image, ax=grid[:, 1:], orientation="horizontal", shrink=0.6, aspect=40, pad=0.01
        )
        bar.set_label(f"Amplitude ({unit})")
        bar.outline.set_visible(False)
    return figure


def _waves(
    axes: Axes,
    picture: ConditionPicture,
    times: Floats,
    limit: float,
    unit: str,
    *,
    last: bool,
) -> None:
    """All channels, the field power above them, and marks at the times of the maps."""
    axes.plot(times * MS, UV * picture.waves.T, color=PALE, linewidth=0.6, zorder=0)
    zero_lines(axes)
    axes.plot(times * MS, UV * picture.power, color=BLUE, label="global field power")
    for peak in picture.peaks:
        axes.plot(
            [peak * MS],
            [UV * np.interp(peak, times, picture.power)],
            "o",
            color=ORANGE,
            markeredgecolor="white",
            markersize=6,
            zorder=3,
        )
    axes.set_xlim(times[0] * MS, times[-1] * MS)
    axes.set_ylim(-limit, limit)
    axes.set_title(picture.label, color=INK)
    axes.set_ylabel(f"Amplitude ({unit})")
    if last:
        axes.set_xlabel("Time after the event (ms)")
    else:
        axes.tick_params(labelbottom=False)
