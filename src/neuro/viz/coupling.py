"""The figure of connectivity: a matrix and a head for each band."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from neuro.viz.heads import draw_head, flat_positions
from neuro.viz.style import BLUE, DIVERGING, GREY, ORANGE, SEQUENTIAL, new_figure

Floats = NDArray[np.float64]

MOST_LINES = 100
"""Pairs drawn on a head, the strongest first; more would hide each other."""


@dataclass(frozen=True)
class BandPicture:
    """Connectivity in one band.

    Parameters
    ----------
    name : str
        The band.
    value : ndarray, shape (n_channels, n_channels)
        Connectivity.
    significant : ndarray of bool, shape (n_channels, n_channels)
        Pairs to draw on the head.
    """

    name: str
    value: Floats
    significant: NDArray[np.bool_]


@dataclass(frozen=True)
class CouplingPicture:
    """What the figure shows.

    Parameters
    ----------
    bands : sequence of BandPicture
        A column each.
    label : str
        What the colours mean.
    signed : bool
        Whether values below zero mean something.
    info : mne.Info | None
        Channels with positions; without, they lie on a circle.
    noun : str
        What one signal is called.
    places : ndarray, shape (n_signals, 2) | None
        Where signals without sensors lie, right and front, in any unit.
    """

    bands: Sequence[BandPicture]
    label: str
    signed: bool
    info: mne.Info | None
    noun: str = "channel"
    places: Floats | None = None


def coupling_figure(picture: CouplingPicture) -> Figure:
    """Draw connectivity.

    Parameters
    ----------
    picture : CouplingPicture
        What to show.

    Returns
    -------
    figure : Figure
        Above matrices, below heads.
    """
    n = len(picture.bands)
    n_channels = len(picture.bands[0].value)
    placed = picture.info is not None or picture.places is not None
    places = _places(picture, n_channels)
    order = np.argsort(-places[:, 1], kind="stable") if placed else np.arange(n_channels)
    figure = new_figure(height=4.6, width=min(10.0, max(4.0, 2.2 * n + 1)))
    grid = figure.subplots(2, n, squeeze=False)
    off_diagonal = ~np.eye(n_channels, dtype=bool)
    sizes = np.concatenate([np.abs(band.value[off_diagonal]) for band in picture.bands])
    limit = float(np.percentile(sizes, 99.5)) or 1.0  # a few odd pairs do not take all the colours
    for i, (above, below, band) in enumerate(zip(*grid, picture.bands, strict=True)):
        image = _draw_matrix(above, band.value[np.ix_(order, order)], picture.signed, limit)
        above.set_title(band.name, loc="center")
        if i == 0:
            way = ", front to back" if placed else ""
            above.set_ylabel(f"{picture.noun.capitalize()}s{way}")
        _draw_pairs(below, places, band, limit, on_head=picture.info is not None)
    bar = figure.colorbar(
        image,
        ax=grid[0],
        shrink=0.85,
        pad=0.01,
        aspect=14,
        extend="both" if picture.signed else "max",
    )
    bar.set_label(picture.label)
    bar.outline.set_visible(False)
    return figure


def _draw_matrix(axes: Axes, value: Floats, signed: bool, limit: float) -> AxesImage:
    shown = np.where(np.eye(len(value), dtype=bool), np.nan, value)
    image = axes.imshow(
        shown,
        cmap=DIVERGING if signed else SEQUENTIAL,
        vmin=-limit if signed else 0,
        vmax=limit,
        interpolation="nearest",
    )
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return image


def _draw_pairs(
    axes: Axes, places: Floats, band: BandPicture, limit: float, *, on_head: bool
) -> None:
    if on_head:
        draw_head(axes, places)
    else:
        axes.plot(*places.T, ".", color=GREY, markersize=3)
        axes.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal")
        axes.set_axis_off()
    symmetric = bool((band.value == band.value.T).all())
    rows, columns = np.nonzero(np.tril(band.significant, -1))
    sizes = np.abs(band.value[rows, columns])
    strongest = np.argsort(sizes, kind="stable")[-MOST_LINES:]  # the strongest on top
    lines = [places[[rows[k], columns[k]]] for k in strongest]
    share = np.minimum(1, sizes[strongest] / limit)
    negative = (band.value[rows, columns][strongest] < 0) & symmetric
    colors = [
        to_rgba(ORANGE if below else BLUE, 0.15 + 0.55 * part)
        for part, below in zip(share, negative, strict=True)
    ]
    axes.add_collection(
        LineCollection(lines, colors=colors, linewidths=0.3 + 0.9 * share, zorder=4)
    )
    n_pairs = len(places) * (len(places) - 1) // 2
    axes.set_title(
        f"p ≤ .05: {len(rows)} of {n_pairs} pairs", loc="center", fontsize=9, fontweight="normal"
    )


def _places(picture: CouplingPicture, n: int) -> Floats:
    if picture.info is not None:
        return flat_positions(picture.info)
    if picture.places is not None:
        middle = (picture.places.max(axis=0) + picture.places.min(axis=0)) / 2
        return np.asarray((picture.places - middle) / np.abs(picture.places - middle).max())
    return _circle(n)


def _circle(n: int) -> Floats:
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.sin(angle), np.cos(angle)])
