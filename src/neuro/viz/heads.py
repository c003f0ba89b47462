"""Rows of scalp maps, and electrodes on a flat head."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neuro.viz.maps import head_sphere
from neuro.viz.style import GREY, INK, SEQUENTIAL, new_figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScalpMap:
    """One map of a row.

    Parameters
    ----------
    values : ndarray, shape (n_channels,)
        A value per channel; channels without one are NaN.
    title : str
        Above the map.
    unit : str
        Below its colour bar.
    """

    values: Floats
    title: str
    unit: str


def maps_figure(maps: Sequence[ScalpMap], info: mne.Info | None) -> Figure:
    """Draw scalp maps side by side, each with its own colours over its middle 96 %.

    Parameters
    ----------
    maps : sequence of ScalpMap
        What to show.
    info : mne.Info | None
        Channels with positions; without, the channels' values are drawn as dots.

    Returns
    -------
    figure : Figure
        The maps.
    """
    width = min(10.0, max(5.0, 2.0 * len(maps)))
    figure = new_figure(height=2.5, width=width)
    for axes, one in zip(figure.subplots(1, len(maps), squeeze=False)[0], maps, strict=True):
        axes.set_title(one.title, loc="center")
        if info is None:
            _draw_dots(axes, one)
        else:
            _draw_one(figure, axes, one, info)
    return figure


def flat_positions(info: mne.Info) -> Floats:
    """Electrodes on a plane: equal distances from the vertex, as MNE draws them.

    Parameters
    ----------
    info : mne.Info
        With positions on a head.

    Returns
    -------
    places : ndarray, shape (n_channels, 2)
        Right and front; the equator of the sphere around the electrodes has radius 1.

    Raises
    ------
    ValueError
        If no sphere fits the electrodes.
    """
    sphere = head_sphere(info)
    if sphere is None:
        raise ValueError("The electrodes' positions do not lie on a head")
    offsets = np.array([channel["loc"][:3] for channel in info["chs"]]) - sphere[:3]
    x, y, z = (offsets / np.linalg.norm(offsets, axis=1, keepdims=True)).T
    angle, radius = np.arctan2(y, x), np.arccos(z) / (np.pi / 2)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def draw_head(axes: Axes, places: Floats) -> None:
    """Draw a head from above with its electrodes."""
    axes.add_patch(Circle((0, 0), 1, fill=False, color=INK, linewidth=1.1, zorder=2))
    axes.plot([-0.13, 0, 0.13], [0.99, 1.13, 0.99], color=INK, linewidth=1.1, zorder=2)
    axes.plot(*places.T, ".", color=GREY, markersize=2.5, zorder=3)
    reach = max(1.17, float(np.abs(places).max()) + 0.05)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set_axis_off()


def _draw_one(figure: Figure, axes: Axes, one: ScalpMap, info: mne.Info) -> None:
    there = np.isfinite(one.values)
    image, _ = mne.viz.plot_topomap(
        one.values[there],
        mne.pick_info(info, np.flatnonzero(there)),
        axes=axes,
        cmap=SEQUENTIAL,
        vlim=_limits(one.values[there]),
        sphere=head_sphere(info),
        sensors=len(info["ch_names"]) <= 64,
        contours=0,
        res=128,
        show=False,
    )
    bar = figure.colorbar(
        image, ax=axes, shrink=0.8, orientation="horizontal", pad=0.02, aspect=14, extend="both"
    )
    bar.locator = MaxNLocator(4, steps=[1, 2, 5, 10])
    bar.update_ticks()
    bar.ax.tick_params(labelsize=8)
    bar.set_label(one.unit, fontsize=8.5)
    bar.outline.set_visible(False)


def _limits(values: Floats) -> tuple[float, float]:
    """One odd channel does not take all the colours."""
    low, high = np.percentile(values, [2, 98])
    return float(low), float(max(high, low + 1e-12))


def _draw_dots(axes: Axes, one: ScalpMap) -> None:
    values = np.sort(one.values[np.isfinite(one.values)])
    axes.plot(np.arange(1, len(values) + 1), values, ".", color=INK, markersize=4)
    axes.set_xlabel("Channels, sorted")
    axes.set_ylabel(one.unit)
