"""Connectivity between parcels: the matrix, its strongest edges in space, structure against it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, DIVERGING, GREY, INK, ORANGE, SEQUENTIAL, new_figure, shorten

Floats = NDArray[np.float64]

MOST_NAMES = 40
"""With more parcels, only some are named."""
MOST_EDGES = 150
"""Edges drawn in space, the strongest first; more would hide each other."""


@dataclass(frozen=True)
class ConnectomePicture:
    """What the figure shows.

    Parameters
    ----------
    matrix : ndarray, shape (n_parcels, n_parcels)
        Functional connectivity, symmetric; NaN for missing parcels.
    names : sequence of str
        Of the parcels.
    label : str
        What the matrix holds.
    centroids : ndarray, shape (n_parcels, 3)
        In mm; NaN where unknown.
    structure : ndarray, shape (n_parcels, n_parcels) | None
        Numbers of streamlines.
    r : float | None
        Correlation of log(1 + streamlines) with the matrix.
    """

    matrix: Floats
    names: Sequence[str]
    label: str
    centroids: Floats
    structure: Floats | None = None
    r: float | None = None


def connectome_figure(picture: ConnectomePicture) -> Figure:
    """Draw the matrix with its parcels' names, and beside it what else is known.

    Parameters
    ----------
    picture : ConnectomePicture
        What to show.

    Returns
    -------
    figure : Figure
        Left the matrix; right the edges in space and, where there is one, the structural
        connectome and its scatter.
    """
    has_space = bool(np.isfinite(picture.centroids).any())
    has_structure = picture.structure is not None
    figure = new_figure(height=6.8)
    if not has_space and not has_structure:
        _draw_matrix(figure, figure.subplots(), picture)
        return figure
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1.55, 1], wspace=0.02)[0]
    _draw_matrix(figure, left.subplots(), picture)
    panels = right.subplots(2, 1, height_ratios=[1, 1])
    order = [_draw_axial, _draw_sagittal] if has_space else []
    if has_structure:
        order = [_draw_axial, _draw_scatter] if has_space else [_draw_structure, _draw_scatter]
    for axes, draw in zip(panels, order, strict=True):
        draw(axes, picture)
    return figure


def draw_matrix(
    axes: Axes, matrix: Floats, names: Sequence[str], limit: float, cmap: str = DIVERGING
) -> None:
    """Draw a matrix with as many names as can be read; its diagonal is left out."""
    shown = np.array(matrix, dtype=float)
    np.fill_diagonal(shown, np.nan)
    image = axes.imshow(
        np.ma.masked_invalid(shown), cmap=cmap, vmin=-limit if cmap == DIVERGING else 0, vmax=limit
    )
    axes.set_facecolor("#EEEEEE")
    every = int(np.ceil(len(names) / MOST_NAMES))
    ticks = range(0, len(names), every)
    size = float(np.clip(330 / max(1, len(ticks)), 5.5, 9))
    labels = [shorten(names[i], 22) for i in ticks]
    axes.set_yticks(list(ticks), labels, fontsize=size)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02)


def _draw_matrix(figure: Figure, axes: Axes, picture: ConnectomePicture) -> None:
    off = np.abs(np.asarray(picture.matrix)[~np.eye(len(picture.matrix), dtype=bool)])
    limit = float(np.nanquantile(off, 0.99)) or 1.0
    draw_matrix(axes, picture.matrix, picture.names, limit)
    axes.set_title(picture.label)


def _edges(picture: ConnectomePicture) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    rows, columns = np.triu_indices(len(picture.matrix), 1)
    values = picture.matrix[rows, columns]
    known = np.asarray(np.isfinite(picture.centroids).all(axis=1))
    usable = np.isfinite(values) & known[rows] & known[columns]
    rows, columns, values = rows[usable], columns[usable], values[usable]
    most = np.argsort(-np.abs(values), kind="stable")[:MOST_EDGES][::-1]
    return rows[most], columns[most], values[most]


def _draw_in_space(axes: Axes, picture: ConnectomePicture, dims: tuple[int, int], to: str) -> None:
    rows, columns, values = _edges(picture)
    places = picture.centroids[:, dims]
    lines = np.stack([places[rows], places[columns]], axis=1)
    limit = float(np.abs(values).max()) if values.size else 1.0
    collection = LineCollection(
        list(lines), cmap=DIVERGING, norm=Normalize(-limit, limit), linewidths=1.0, alpha=0.7
    )
    collection.set_array(values)
    axes.add_collection(collection)
    present = np.isfinite(picture.matrix).any(axis=1)
    axes.scatter(places[present, 0], places[present, 1], s=14, color=INK, zorder=3, linewidths=0)
    axes.scatter(
        places[~present, 0],
        places[~present, 1],
        s=14,
        facecolors="none",
        edgecolors=GREY,
        linewidths=0.7,
    )
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.autoscale_view()
    axes.set_xlabel(f"{'xyz'[dims[0]]} (mm)")
    axes.set_ylabel(f"{'xyz'[dims[1]]} (mm)")
    axes.set_title(f"{len(values)} strongest edges, {to}", fontsize=10)


def _draw_axial(axes: Axes, picture: ConnectomePicture) -> None:
    _draw_in_space(axes, picture, (0, 1), "from above")


def _draw_sagittal(axes: Axes, picture: ConnectomePicture) -> None:
    _draw_in_space(axes, picture, (1, 2), "from the right")


def _draw_structure(axes: Axes, picture: ConnectomePicture) -> None:
    if picture.structure is not None:
        values = np.log10(1 + picture.structure)
        draw_matrix(axes, values, [""] * len(values), float(values.max()) or 1.0, SEQUENTIAL)
        axes.set_yticks([])
        axes.set_title("Structural: log10(1 + streamlines)", fontsize=10)


def _draw_scatter(axes: Axes, picture: ConnectomePicture) -> None:
    if picture.structure is None:
        return
    pairs = np.triu_indices(len(picture.matrix), 1)
    structural = np.log10(1 + picture.structure[pairs])
    axes.plot(
        structural, picture.matrix[pairs], ".", color=BLUE, markersize=2, alpha=0.4, rasterized=True
    )
    both = np.isfinite(structural) & np.isfinite(picture.matrix[pairs])
    slope, intercept = np.polyfit(structural[both], picture.matrix[pairs][both], 1)
    ends = np.array([structural[both].min(), structural[both].max()])
    axes.plot(ends, slope * ends + intercept, color=ORANGE)
    axes.set_xlabel("log10(1 + streamlines)")
    axes.set_ylabel("Functional")
    axes.set_title("Pairs of parcels" + ("" if picture.r is None else f", r = {picture.r:.2f}"),
                   fontsize=10)  # fmt: skip
