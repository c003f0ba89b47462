"""Slices through volumes: maps over a brain, and outlines of one image over another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure, FigureBase
from numpy.typing import NDArray

from neuro.viz.style import GREY, ORANGE, SKY, new_figure

Floats = NDArray[np.float64]

MOST_SLICES = 7


@dataclass(frozen=True)
class SlicePicture:
    """A row of slices.

    Parameters
    ----------
    values : ndarray, shape (x, y, z)
        Background or map, axes to the right, to the front, upwards (RAS); NaN is left white.
    zooms : sequence of float
        Size of a voxel, mm.
    title, label : str
        Of the row, and of its colour bar; no bar where it is empty.
    cmap : str
        Colour map.
    limits : tuple of float
        Ends of the colour map.
    outlines : sequence of (str, ndarray, float)
        Name, image of the same grid, and level whose contour is drawn over the slices.
    """

    values: Floats
    zooms: Sequence[float]
    title: str
    label: str
    cmap: str
    limits: tuple[float, float]
    outlines: Sequence[tuple[str, Floats, float]] = ()


def slices_figure(rows: Sequence[SlicePicture], inside: NDArray[np.bool_]) -> Figure:
    """Draw rows of axial slices, all rows the same slices.

    Parameters
    ----------
    rows : sequence of SlicePicture
        From top to bottom.
    inside : ndarray of bool, shape (x, y, z)
        The mask: slices are spread over it.

    Returns
    -------
    figure : Figure
        A row for each; the subject's left is on the left.
    """
    levels = spread(inside)
    wide = inside.shape[0] * rows[0].zooms[0]
    high = inside.shape[1] * rows[0].zooms[1]
    if len(levels) == 1:
        # A recording of a single slice: one beside the other.
        columns = max(2, len(rows))
        figure = new_figure(height=9.0 / columns * high / wide + 0.7)
        for panel, row in zip(figure.subfigures(1, columns, squeeze=False)[0], rows, strict=False):
            _draw_row(panel, row, levels)
        return figure
    height = min(3.2, 9.2 / max(len(levels), 3) * high / wide) + 0.45
    figure = new_figure(height=height * len(rows) + 0.2)
    for panel, row in zip(figure.subfigures(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        _draw_row(panel, row, levels)
    return figure


def spread(inside: NDArray[np.bool_]) -> list[int]:
    """Levels of the slices that are shown: evenly over those that the mask holds."""
    there = np.flatnonzero(inside.any(axis=(0, 1)))
    if not there.size:
        return [inside.shape[2] // 2]
    wanted = np.linspace(there[0], there[-1], MOST_SLICES + 2)[1:-1]
    return sorted({int(there[np.argmin(np.abs(there - level))]) for level in wanted})


def _draw_row(panel: FigureBase, row: SlicePicture, levels: Sequence[int]) -> None:
    row_axes = panel.subplots(1, len(levels), squeeze=False)[0]
    colors = (ORANGE, SKY)
    image = None
    for axes, level in zip(row_axes, levels, strict=True):
        image = axes.imshow(
            np.ma.masked_invalid(row.values[:, :, level].T),
            origin="lower",
            cmap=row.cmap,
            vmin=row.limits[0],
            vmax=row.limits[1],
            aspect=row.zooms[1] / row.zooms[0],
            interpolation="nearest",
        )
        for (_, values, at), color in zip(row.outlines, colors, strict=False):
            part = values[:, :, level].T
            if part.min() < at < part.max():
                axes.contour(part, levels=[at], colors=[color], linewidths=0.8)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    named = [
        f"{name} ({hue})"
        for (name, _, _), hue in zip(row.outlines, ("orange", "blue"), strict=False)
    ]
    title = "; ".join([row.title, *(f"outline of {name}" for name in named)])
    # A title of the first slice would push the second aside.
    panel.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    for axes, text, side in ((row_axes[0], "L", 0.02), (row_axes[-1], "R", 0.98)):
        axes.text(
            side, 0.02, text, transform=axes.transAxes, fontsize=8, color=GREY,
            ha="left" if text == "L" else "right",
        )  # fmt: skip
    if row.label and image is not None:
        panel.colorbar(image, ax=list(row_axes), label=row.label, shrink=0.8, pad=0.01, aspect=12)
