"""Figures of networks: matrices, chords, glass brains, and maps against one another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.fmri_connectome import draw_matrix
from neuro.viz.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALETTE,
    SEQUENTIAL,
    new_figure,
    save_svg,
    shorten,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CHORDS = 150
MOST_LABELS = 100
MOST_DOTS = 5000


def merged(modules: Ints) -> Ints:
    """Modules of one node become one, the last."""
    some = np.where(np.bincount(modules)[modules] > 1, modules, modules.max() + 1)
    return np.asarray(np.unique(some, return_inverse=True)[1], dtype=np.int64)


def network_figure(
    matrix: Floats, share: Floats, names: Sequence[str], modules: Ints, most: int = MOST_CHORDS
) -> Figure:
    """Mean correlation beside the strongest edges as chords.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Mean correlation.
    share : ndarray, shape (n, n)
        Share of the recordings in which a pair is an edge.
    names : sequence of str
        Of the regions.
    modules : ndarray of int, shape (n,)
        Module of each region; regions are ordered by it.
    most : int
        Chords that are drawn.
    """
    modules = merged(modules)
    order = np.lexsort((np.arange(len(names)), modules))
    figure = new_figure(height=5.2)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.05])
    ordered = matrix[np.ix_(order, order)]
    off = np.abs(ordered[~np.eye(len(ordered), dtype=bool)])
    draw_matrix(left, ordered, [names[k] for k in order], float(np.quantile(off, 0.99)) or 1.0)
    left.set_title("Mean correlation")
    weights = share[np.ix_(order, order)] * (ordered > 0) * ordered
    n_drawn = draw_chords(right, weights, modules[order], [names[k] for k in order], most)
    right.set_title(f"{n_drawn} strongest edges")
    return figure


def circle(modules: Ints) -> tuple[Floats, Floats]:
    """Angles of nodes on a circle with gaps between modules, and their places."""
    n = len(modules)
    gaps = np.r_[0, np.diff(modules) != 0].cumsum()
    angle = 2 * np.pi * (np.arange(n) + 1.5 * gaps) / (n + 1.5 * (gaps[-1] + 1))
    return angle, np.stack([np.sin(angle), np.cos(angle)], axis=1)


def chords_of(start: Floats, stop: Floats) -> list[Floats]:
    """Curves between places on the circle, bent toward its center."""
    t = np.linspace(0, 1, 25)[:, None]
    middle = 0.25 * (start + stop)
    return [
        (1 - t) ** 2 * a + 2 * t * (1 - t) * m + t**2 * b
        for a, m, b in zip(start, middle, stop, strict=True)
    ]


def draw_circle(
    axes: Axes, angle: Floats, places: Floats, colors: Sequence[str], names: Sequence[str]
) -> None:
    """Dots of the nodes, with their names if these can be read."""
    axes.scatter(places[:, 0], places[:, 1], s=16, c=list(colors), zorder=3, linewidths=0)
    size = 5.2 if len(names) > 40 else 7.5
    for k in range(len(names) if len(names) <= MOST_LABELS else 0):
        degrees = 90 - np.degrees(angle[k])
        flip = angle[k] > np.pi
        axes.text(
            1.04 * places[k, 0], 1.04 * places[k, 1], shorten(names[k], 18), fontsize=size,
            rotation=degrees + 180 if flip else degrees, rotation_mode="anchor",
            ha="right" if flip else "left", va="center", color=INK,
        )  # fmt: skip
    axes.set_aspect("equal")
    axes.set_xlim(-1.45, 1.45)
    axes.set_ylim(-1.5, 1.6)
    axes.axis("off")


def draw_chords(
    axes: Axes, weights: Floats, modules: Ints, names: Sequence[str], most: int = MOST_CHORDS
) -> int:
    """Nodes on a circle by module, and the largest weights as curves; how many were drawn."""
    angle, places = circle(modules)
    rows, columns = np.triu_indices(len(weights), 1)
    values = weights[rows, columns]
    drawn = np.argsort(-values, kind="stable")[: min(most, MOST_CHORDS)]
    drawn = drawn[values[drawn] > 0][::-1]
    curves = chords_of(places[rows[drawn]], places[columns[drawn]])
    within = modules[rows[drawn]] == modules[columns[drawn]]
    hues = [*PALETTE[: modules.max()], GREY] if modules.max() <= len(PALETTE) else PALETTE
    colors = [
        hues[modules[i] % len(hues)] if same else GREY
        for i, same in zip(rows[drawn], within, strict=True)
    ]
    axes.add_collection(LineCollection(curves, colors=colors, linewidths=0.9, alpha=0.6))
    draw_circle(axes, angle, places, [hues[m % len(hues)] for m in modules], names)
    return len(drawn)


def glass_figure(matrix: Floats, places: Floats, path: Path, share: float = 0.02) -> None:
    """The strongest edges in nilearn's glass brain, written as SVG.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Mean correlation.
    places : ndarray, shape (n, 3)
        Centers of the regions, mm, MNI.
    path : Path
        The figure.
    share : float
        Share of the pairs that is drawn.
    """
    import matplotlib.pyplot as plt
    from nilearn import plotting

    figure = plt.figure(figsize=(9, 3.4))
    weights = matrix - np.diag(np.diag(matrix))
    try:
        plotting.plot_connectome(
            weights, places, edge_threshold=f"{100 * (1 - share):g}%", node_size=14,
            node_color=INK, figure=figure, colorbar=True,
        )  # fmt: skip
        save_svg(figure, path)
    finally:
        plt.close(figure)


def slice_figure(image: Any, background: Any, title: str, path: Path) -> None:
    """A map over the mean volume, drawn by nilearn, written as SVG."""
    import matplotlib.pyplot as plt
    from nilearn import plotting

    flat = min(image.shape) == 1
    values = np.asarray(image.dataobj)
    n_cuts = 1 if flat else min(6, image.shape[2])
    figure = plt.figure(figsize=(9, 3.4))
    try:
        plotting.plot_stat_map(
            image, bg_img=background, display_mode="z", cut_coords=n_cuts,
            cmap=SEQUENTIAL, vmin=0, vmax=float(np.quantile(values[values > 0], 0.99)),
            symmetric_cbar=False, title=title, figure=figure, threshold=1e-6, annotate=not flat,
            draw_cross=False, cbar_tick_format="%.0f",
        )  # fmt: skip
        save_svg(figure, path)
    finally:
        plt.close(figure)


def hubs_figure(maps: dict[str, Floats], titles: dict[str, str], names: Sequence[str]) -> Figure:
    """The highest nodes of each map, or their distribution; beside it 3-cycles against degree.

    Parameters
    ----------
    maps : dict of str to ndarray, shape (n_recordings, n_nodes)
        At one threshold.
    titles : dict of str to str
        Of the maps.
    names : sequence of str
        Of the nodes; empty for voxels.
    """
    figure = new_figure(height=3.6)
    first, second, third = figure.subplots(1, 3)
    degree, each = maps["degree"].ravel(), maps["cycles3"].ravel()
    shown = slice(None, None, max(1, degree.size // MOST_DOTS))
    first.plot(
        degree[shown], each[shown], ".", color=BLUE, markersize=3, alpha=0.4, rasterized=True
    )
    counts = maps["cycles3"].mean(axis=0)
    pairs = np.linspace(0, degree.max(), 50)
    first.plot(pairs, pairs * (pairs - 1) / 2, color=GREY, linewidth=1)
    first.set_ylim(0, 1.08 * max(float(each.max()), 1.0))
    first.set_xlabel("degree")
    first.set_ylabel("3-cycles")
    first.set_title("A dot per node and recording")
    if names:
        best = np.argsort(-counts, kind="stable")[:12][::-1]
        second.barh(range(len(best)), counts[best], color=BLUE)
        second.set_yticks(range(len(best)), [shorten(names[k], 20) for k in best], fontsize=8)
        second.set_xlabel("3-cycles")
        second.set_title("Nodes with most")
    else:
        second.hist(counts, bins=40, color=BLUE)
        second.set_xlabel("3-cycles")
        second.set_ylabel("nodes")
        second.set_title("Distribution")
    _draw_agreement(third, maps, titles)
    return figure


def words_of(name: str) -> str:
    """`degree_20_40mm` as it is read."""
    words = name.split("_")
    if words[0] == "degree" and words[-1] == "up":
        return f"degree, {words[1].replace('mm', ' mm')} and more"
    if words[0] == "degree" and words[-1].endswith("mm"):
        return f"degree, {words[1]} to {words[2].replace('mm', ' mm')}"
    return " ".join(words)


def _draw_agreement(axes: Axes, maps: dict[str, Floats], titles: dict[str, str]) -> None:
    """How alike the maps are: rank correlation of each with degree, a dot per recording."""
    from scipy.stats import spearmanr

    others = [name for name in maps if name != "degree"]
    for k, name in enumerate(others):
        pairs = zip(maps["degree"], maps[name], strict=True)
        rho = [spearmanr(a, b)[0] for a, b in pairs if np.ptp(a) > 0 and np.ptp(b) > 0]
        axes.plot(rho, [k] * len(rho), "o", color=ORANGE, markersize=4, alpha=0.7)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(
        range(len(others)), [titles.get(name, words_of(name)) for name in others],
        fontsize=7.5,
    )  # fmt: skip
    axes.set_xlim(-1.05, 1.05)
    axes.set_xlabel("rank correlation with degree")
    axes.set_title("Likeness to degree")
