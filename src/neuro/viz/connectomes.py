"""Figures of dynamic connectomes: motifs, their networks, and their rank."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, PALETTE, new_figure, shorten

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_NAMED = 45
"""Neurons on a circle that are named."""
MOST_BARS = 30
"""Animals whose names fit below their bars."""
EDGES_PER_NODE = 3
"""Lines in a network: the strongest."""
COLUMNS = 3
SHADES = (PALE, "#F4DDCF", "#DCE9F5", "#E3F0E6")


@dataclass(frozen=True)
class MotifPicture:
    """A motif.

    Parameters
    ----------
    title : str
        Its number, share and p.
    times : ndarray, shape (n_times,)
        Time course.
    loadings : ndarray, shape (n_animals,)
        Strength in each animal.
    adjacency : ndarray, shape (n_neurons, n_neurons)
        Its graph.
    labels : ndarray of int, shape (n_neurons,)
        Community of each neuron, -1 for none.
    """

    title: str
    times: Floats
    loadings: Floats
    adjacency: Floats
    labels: Ints

    @property
    def order(self) -> Ints:
        """Neurons by community, each by falling strength; those of none last."""
        strength = self.adjacency.sum(axis=0)
        community = np.where(self.labels < 0, self.labels.max() + 1, self.labels)
        return np.lexsort((-strength, community))


def motifs_figure(
    motifs: Sequence[MotifPicture],
    step: float,
    animals: Sequence[str],
    epochs: Mapping[str, Sequence[tuple[float, float]]],
) -> Figure:
    """Draw each motif as a row: when, in whom, and between which neurons.

    Parameters
    ----------
    motifs : sequence of MotifPicture
        Largest first.
    step : float
        From time to time, s.
    animals : sequence of str
        Their names.
    epochs : mapping of str to sequence of (float, float)
        Onsets and ends, s, which are shaded.
    """
    several = len(animals) > 1
    figure = new_figure(height=0.7 + 1.75 * len(motifs))
    ratios = [3.2, 1.5, 1.1] if several else [3.6, 1.1]
    grid = figure.subplots(len(motifs), len(ratios), squeeze=False, width_ratios=ratios)
    for number, (row, motif) in enumerate(zip(grid, motifs, strict=True)):
        _course(row[0], motif, step, epochs)
        if several:
            _bars(row[1], motif.loadings, animals, number == len(motifs) - 1)
        _matrix(row[-1], motif)
    for axes in grid[:-1, 0]:
        axes.set_xticklabels([])
    grid[-1, 0].set_xlabel("Time (s)")
    if several:
        grid[0, 1].set_title("In whom", fontweight="normal", fontsize=10)
    grid[0, -1].set_title("Affinity, by community", fontweight="normal", fontsize=10)
    if epochs:
        shown = zip(epochs, SHADES, strict=False)
        handles = [Patch(color=color, label=shorten(kind, 30)) for kind, color in shown]
        figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
    return figure


def _course(
    axes: Axes,
    motif: MotifPicture,
    step: float,
    epochs: Mapping[str, Sequence[tuple[float, float]]],
) -> None:
    time = (np.arange(len(motif.times)) + 0.5) * step
    for spans, color in zip(epochs.values(), SHADES, strict=False):
        for onset, end in spans:
            axes.axvspan(onset, end, color=color, linewidth=0, zorder=0)
    axes.plot(time, motif.times, color=BLUE, linewidth=1.0)
    axes.set_xlim(0, len(time) * step)
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.set_title(motif.title)


def _bars(axes: Axes, loadings: Floats, animals: Sequence[str], is_last: bool) -> None:
    axes.bar(range(len(loadings)), loadings, color=GREY, width=0.8)
    axes.set_yticks([])
    axes.set_xlim(-0.7, len(loadings) - 0.3)
    if not is_last:
        axes.set_xticks([])
    elif len(animals) <= MOST_BARS:
        names = [shorten(name.removeprefix("sub-"), 12) for name in animals]
        axes.set_xticks(range(len(animals)), names, rotation=90, fontsize=7)
    else:
        axes.set_xlabel(f"{len(animals)} recordings")


def _matrix(axes: Axes, motif: MotifPicture) -> None:
    order = motif.order
    values = motif.adjacency[np.ix_(order, order)]
    top = float(np.quantile(values[values > 0], 0.99)) if values.any() else 1.0
    axes.imshow(values, cmap="Greys", vmin=0, vmax=top, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    sizes = np.bincount(motif.labels[motif.labels >= 0])
    low = 0
    for community, size in enumerate(sizes):
        box = [low - 0.5, low + size - 0.5]
        color = color_of(community)
        axes.plot(
            [box[0], box[1], box[1], box[0], box[0]],
            [box[0], box[0], box[1], box[1], box[0]],
            color=color,
            linewidth=1.6,
            clip_on=False,
        )
        low += int(size)


def color_of(community: int) -> str:
    """Color of a community; grey for none."""
    return GREY if community < 0 else PALETTE[(community + 1) % len(PALETTE)]


def networks_figure(motifs: Sequence[MotifPicture], names: Sequence[str]) -> Figure:
    """Draw each motif's strongest pairs between neurons on a circle, in colors of communities.

    Parameters
    ----------
    motifs : sequence of MotifPicture
        Largest first.
    names : sequence of str
        Neurons.
    """
    columns = min(COLUMNS, len(motifs))
    rows = math.ceil(len(motifs) / columns)
    figure = new_figure(height=0.3 + 3.5 * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, motif in zip(grid, motifs, strict=False):
        _circle(axes, motif, names)
    for axes in grid[len(motifs) :]:
        axes.set_axis_off()
    return figure


def _circle(axes: Axes, motif: MotifPicture, names: Sequence[str]) -> None:
    order = motif.order
    shown = order[motif.adjacency[order].any(axis=1)]
    if len(shown) > MOST_NAMED:  # the strongest, in the same order
        strength = motif.adjacency.sum(axis=0)[shown]
        shown = shown[np.sort(np.argsort(-strength, kind="stable")[:MOST_NAMED])]
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(shown)) / max(1, len(shown))
    at = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    graph = motif.adjacency[np.ix_(shown, shown)]
    first, second = np.triu_indices(len(shown), 1)
    strongest = np.argsort(-graph[first, second], kind="stable")[: EDGES_PER_NODE * len(shown)]
    weights = graph[first, second][strongest] / max(graph.max(), np.finfo(float).tiny)
    keep = weights > 0.05
    ends = zip(first[strongest][keep], second[strongest][keep], strict=True)
    lines, colors = [], []
    for one, other in ends:
        lines.append(_bow(at[one], at[other]))
        pair = motif.labels[shown[[one, other]]]
        colors.append(color_of(int(pair[0])) if pair[0] == pair[1] else GREY)
    kept = weights[keep]
    axes.add_collection(
        LineCollection(lines, colors=colors, linewidths=0.3 + 1.7 * kept, alpha=0.25 + 0.6 * kept)
    )
    strength = graph.sum(axis=0) / max(graph.sum(axis=0).max(), np.finfo(float).tiny)
    nodes = [color_of(int(label)) for label in motif.labels[shown]]
    axes.scatter(
        at[:, 0],
        at[:, 1],
        s=12 + 60 * strength,
        c=nodes,
        edgecolor="white",
        linewidth=0.5,
        zorder=3,
    )
    for place, turn, neuron in zip(at, angle, shown, strict=True):
        _name(axes, place, turn, names[neuron])
    axes.set_xlim(-1.45, 1.45)
    axes.set_ylim(-1.45, 1.45)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(motif.title, fontsize=10)


def _bow(one: Floats, other: Floats) -> Floats:
    """A line that bends toward the center of the circle."""
    t = np.linspace(0, 1, 20)[:, None]
    middle = 0.35 * (one + other) / 2
    curve: Floats = (1 - t) ** 2 * one + 2 * t * (1 - t) * middle + t**2 * other
    return curve


def _name(axes: Axes, at: Floats, angle: float, name: str) -> None:
    degrees = np.rad2deg(angle)
    flipped = at[0] < -1e-9
    axes.text(
        1.1 * at[0],
        1.1 * at[1],
        shorten(name, 10),
        rotation=degrees + 180 if flipped else degrees,
        rotation_mode="anchor",
        ha="right" if flipped else "left",
        va="center",
        fontsize=6.5,
        color=INK,
    )


@dataclass(frozen=True)
class RankPicture:
    """What was seen at each rank.

    Parameters
    ----------
    ranks : sequence of int
        Ranks tried.
    held_out : ndarray, shape (n_ranks, n_folds)
        Error of what was left out.
    stability, consistency, dimension : ndarray, shape (n_ranks,)
        Factor match of restarts, core consistency (NaN for one animal), effective dimension.
    chosen, plateau : int
        By the held-out error, and where the dimension stops growing.
    """

    ranks: Sequence[int]
    held_out: Floats
    stability: Floats
    consistency: Floats
    dimension: Floats
    chosen: int
    plateau: int


def rank_figure(picture: RankPicture) -> Figure:
    """Draw the evidence for the number of motifs."""
    figure = new_figure(height=3.1)
    error, alike, size = figure.subplots(1, 3)
    mean = picture.held_out.mean(axis=1)
    spread = picture.held_out.std(axis=1, ddof=1) / math.sqrt(picture.held_out.shape[1])
    error.errorbar(picture.ranks, mean, spread, color=BLUE, marker="o", markersize=4)
    error.set_ylabel("Relative squared error")
    error.set_title("What was left out")
    alike.plot(picture.ranks, picture.stability, "o-", color=BLUE, label="match of restarts")
    if np.isfinite(picture.consistency).any():
        shown = np.clip(picture.consistency, 0, 1)
        alike.plot(picture.ranks, shown, "s--", color=ORANGE, label="core consistency")
    alike.set_ylim(-0.03, 1.03)
    alike.legend(loc="lower left")
    alike.set_title("Do starts agree?")
    size.plot(picture.ranks, picture.dimension, "o-", color=BLUE)
    size.axvline(picture.plateau, color=GREY, linestyle=":", label=f"plateau: {picture.plateau}")
    size.legend(loc="upper left")
    size.set_title("Effective dimension of pairs")
    for axes in (error, alike, size):
        axes.axvline(picture.chosen, color=INK, linewidth=1, zorder=0)
        axes.set_xlabel("Number of motifs")
        axes.set_xticks(picture.ranks)
    return figure
