"""Figures of groups of networks: chords side by side, edges and nodes that differ."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.analyses.graphs.differences import Difference
from neuro.analyses.graphs.drawings import (
    chords_of,
    circle,
    draw_chords,
    draw_circle,
    merged,
    words_of,
)
from neuro.viz.fmri_connectome import draw_matrix
from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_DIFFERENT = 40
MOST_NAMED = 3


def groups_figure(
    means: Sequence[Floats], titles: Sequence[str], names: Sequence[str], modules: Ints, most: int
) -> Figure:
    """The strongest edges of each group, on the same circle.

    Parameters
    ----------
    means : sequence of ndarray, shape (n_pairs,)
        Mean correlation of each group.
    titles : sequence of str
        Their names.
    names : sequence of str
        Of the regions.
    modules : ndarray of int, shape (n,)
        Module of each region.
    most : int
        Edges that are drawn.
    """
    modules = merged(modules)
    order = np.lexsort((np.arange(len(names)), modules))
    figure = new_figure(height=4.8)
    for axes, mean, title in zip(figure.subplots(1, len(means)), means, titles, strict=True):
        matrix = _square(mean, len(names))[np.ix_(order, order)]
        draw_chords(axes, np.maximum(matrix, 0), modules[order], [names[k] for k in order], most)
        axes.set_title(title)
    return figure


def edges_figure(
    told: Difference, pattern: tuple[str, Floats] | None, names: Sequence[str], modules: Ints
) -> Figure:
    """Differences of edges as a matrix, and the largest of them as chords.

    Parameters
    ----------
    told : Difference
        Of the pairs.
    pattern : tuple of str and ndarray | None
        A classifier and its pattern, for the other half of the matrix.
    names : sequence of str
        Of the regions.
    modules : ndarray of int, shape (n,)
        Module of each region.
    """
    n, modules = len(names), merged(modules)
    order = np.lexsort((np.arange(n), modules))
    matrix = _square(told.t, n)[np.ix_(order, order)]
    limit = float(np.abs(told.t).max()) or 1.0
    if pattern is not None:
        largest = float(np.abs(pattern[1]).max()) or 1.0
        other = _square(pattern[1] / largest * limit, n)[np.ix_(order, order)]
        matrix = np.tril(matrix, -1) + np.triu(other, 1)
    figure = new_figure(height=5.0)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.05])
    draw_matrix(left, matrix, [names[k] for k in order], limit)
    left.set_title("t" if pattern is None else "Below: t. Above: pattern of scores")
    _draw_different(right, told, _square(told.t, n)[np.ix_(order, order)], modules[order],
                    [names[k] for k in order])  # fmt: skip
    return figure


def _draw_different(
    axes: Axes, told: Difference, t: Floats, modules: Ints, names: Sequence[str]
) -> None:
    rows, columns = np.triu_indices(len(names), 1)
    values = t[rows, columns]
    most = np.argsort(-np.abs(values), kind="stable")[:MOST_DIFFERENT][::-1]
    angle, places = circle(modules)
    curves = chords_of(places[rows[most]], places[columns[most]])
    # A tie with the critical value has p = 0.05.
    strong = np.abs(values[most]) >= told.critical - 1e-9
    axes.add_collection(
        LineCollection(
            curves,
            colors=[ORANGE if value > 0 else BLUE for value in values[most]],
            linewidths=np.where(strong, 2.6, 0.9),
            alpha=np.where(strong, 1.0, 0.45),
        )
    )
    draw_circle(axes, angle, places, [GREY] * len(names), names)
    axes.set_title(f"{len(most)} largest |t|: orange up, blue down")


def spread_figure(
    told: Mapping[str, Difference],
    titles: Mapping[str, str],
    names: Sequence[str],
    classes: tuple[str, str],
) -> Figure:
    """All nodes' t of every map, with the corrected level.

    Parameters
    ----------
    told : mapping of str to Difference
        By map.
    titles : mapping of str to str
        Of the maps.
    names : sequence of str
        Of the nodes.
    classes : tuple of str
        The groups.
    """
    figure = new_figure(height=0.34 * len(told) + 1.2)
    axes = figure.subplots()
    largest = 1.0
    for k, one in enumerate(told.values()):
        largest = max(largest, one.critical, float(np.abs(one.t).max()))
        axes.barh(k, 2 * one.critical, left=-one.critical, height=0.6, color=PALE, zorder=1)
        found = one.p <= 0.05
        axes.plot(one.t[~found], np.full((~found).sum(), k), "o", color=BLUE, markersize=4,
                  alpha=0.5, zorder=2)  # fmt: skip
        axes.plot(one.t[found], np.full(found.sum(), k), "o", color=ORANGE, markersize=6, zorder=3)
        for side in (-1, 1):
            beyond = [i for i in np.argsort(-np.abs(one.t)) if found[i] and side * one.t[i] > 0]
            if beyond:
                far = side * float(np.abs(one.t[beyond]).max())
                text = ", ".join(names[i] for i in beyond[:MOST_NAMED])
                axes.annotate(text, (far, k), (8 * side, 0), textcoords="offset points",
                              ha="left" if side > 0 else "right", va="center", fontsize=8,
                              color=INK)  # fmt: skip
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(told)), [titles.get(name, words_of(name)) for name in told])
    axes.invert_yaxis()
    axes.set_xlim(-1.25 * largest, 1.25 * largest)
    axes.set_xlabel(f"t: {classes[1]} above {classes[0]} to the right")
    return figure


def _square(pairs: Floats, n: int) -> Floats:
    matrix = np.zeros((n, n))
    rows, columns = np.triu_indices(n, 1)
    matrix[rows, columns] = matrix[columns, rows] = pairs
    return matrix
