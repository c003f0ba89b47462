"""Figures of states: over time, their networks, their dynamics."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from neuro.viz.style import DIVERGING, GREY, INK, PALE, PALETTE, new_figure, shorten

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COLORS = (*PALETTE, INK, "#999999", "#8C510A", "#5E3C99", "#B2DF8A", "#E7298A")
MOST_COLUMNS = 700
MOST_NAMES = 40
"""With more neurons, none is named."""
MOST_NETWORKS = 11


@dataclass(frozen=True)
class Timeline:
    """What is shown over time.

    Parameters
    ----------
    times : ndarray, shape (n_bins,)
        Centers, s.
    states : ndarray, shape (n_bins, n_states)
        Probabilities.
    path : ndarray of int, shape (n_bins,)
        Most probable states.
    counts : ndarray, shape (n_bins, n_neurons)
        In the order of showing.
    names : list of str
        Neurons.
    epochs : list of (float, float, str)
        Begin, end, name.
    covariates : dict of str to ndarray
        Behavior.
    angles : frozenset of str
        Which are angles.
    detail : tuple of float
        What is shown enlarged, s.
    """

    times: Floats
    states: Floats
    path: Ints
    counts: Floats
    names: list[str]
    epochs: list[tuple[float, float, str]]
    covariates: dict[str, Floats]
    angles: frozenset[str]
    detail: tuple[float, float]


def color(state: int) -> str:
    """Color of a state."""
    return COLORS[state % len(COLORS)]


def timeline_figure(shown: Timeline) -> Figure:
    """Draw states, spikes and behavior; the whole recording at left, a part of it at right."""
    n_rows = 2 + len(shown.covariates)
    spikes = float(np.clip(0.15 * len(shown.names), 1.5, 5.0))
    heights = [0.9, spikes, *(1.0 for _ in shown.covariates)]
    figure = new_figure(height=1.6 + sum(heights))
    grid = figure.subplots(
        n_rows, 2, squeeze=False, sharex="col", height_ratios=heights, width_ratios=[1.25, 1]
    )
    spans = ((float(shown.times[0]), float(shown.times[-1])), shown.detail)
    for column, span in enumerate(spans):
        _probabilities(grid[0, column], shown, span)
        _spikes(grid[1, column], shown, span)
        for row, (name, values) in enumerate(shown.covariates.items(), start=2):
            _behavior(grid[row, column], shown, name, values, span)
        grid[-1, column].set_xlabel("Time (s)")
    grid[0, 0].set_ylabel("P(state)")
    grid[0, 1].set_title(f"{spans[1][0]:.0f} to {spans[1][1]:.0f} s")
    for start, stop, label in shown.epochs:
        grid[0, 0].text(
            (start + stop) / 2, 1.04, shorten(label, 14), ha="center", va="bottom",
            transform=grid[0, 0].get_xaxis_transform(),
        )  # fmt: skip
        for axes in grid[:, 0]:
            axes.axvline(start, color=GREY, linewidth=0.8)
    few = len(shown.names) <= MOST_NAMES
    grid[1, 0].set_yticks(range(len(shown.names)) if few else [], shown.names if few else [])
    grid[1, 0].tick_params(axis="y", labelsize=7, length=0)
    grid[1, 0].set_ylabel("" if few else f"{len(shown.names)} neurons")
    for axes in grid[:, 1]:
        axes.set_yticks([])
    handles = [Patch(color=color(s), label=f"{s + 1}") for s in range(shown.states.shape[1])]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), title="State")
    return figure


def _edges(shown: Timeline, span: tuple[float, float]) -> Floats:
    width = float(np.median(np.diff(shown.times)))
    n = int(np.clip((span[1] - span[0]) / width, 1, MOST_COLUMNS))
    return np.linspace(*span, n + 1)


def _columns(values: Floats, times: Floats, edges: Floats) -> Floats:
    """Mean of the bins of each column; NaN where there are none."""
    where = np.searchsorted(edges, times, side="right") - 1
    inside = (where >= 0) & (where < len(edges) - 1)
    n = np.bincount(where[inside], minlength=len(edges) - 1)
    sums = np.zeros((len(edges) - 1, values.shape[1]))
    np.add.at(sums, where[inside], values[inside])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / n[:, np.newaxis])


def _probabilities(axes: Axes, shown: Timeline, span: tuple[float, float]) -> None:
    edges = _edges(shown, span)
    means = np.nan_to_num(_columns(shown.states, shown.times, edges))
    axes.stackplot(
        (edges[1:] + edges[:-1]) / 2,
        means.T,
        colors=[color(s) for s in range(means.shape[1])],
        linewidth=0,
        rasterized=True,
    )
    axes.set_ylim(0, 1)
    axes.set_xlim(*span)
    axes.set_yticks([0, 1])


def _spikes(axes: Axes, shown: Timeline, span: tuple[float, float]) -> None:
    edges = _edges(shown, span)
    means = _columns(shown.counts, shown.times, edges).T
    top = np.nanquantile(means, 0.99, axis=1, keepdims=True)
    axes.imshow(
        means / np.where(top > 0, top, 1.0),
        aspect="auto",
        interpolation="none",
        cmap="Greys",
        vmin=0,
        vmax=1,
        extent=(span[0], span[1], len(means) - 0.5, -0.5),
    )


def _behavior(
    axes: Axes, shown: Timeline, name: str, values: Floats, span: tuple[float, float]
) -> None:
    """Dots in the color of the most probable state."""
    its = (shown.times >= span[0]) & (shown.times <= span[1]) & np.isfinite(values)
    step = max(1, int(its.sum() / 4000))
    rows = np.flatnonzero(its)[::step]
    angular = name in shown.angles
    y = np.rad2deg(values[rows]) if angular else values[rows]
    colors = [to_rgb(color(int(s))) for s in shown.path[rows]]
    axes.scatter(shown.times[rows], y, c=colors or None, s=3, linewidths=0, rasterized=True)
    axes.set_facecolor("white" if len(rows) else PALE)
    if angular:
        axes.set_ylim(0, 360)
        axes.set_yticks([0, 180, 360])
    axes.set_ylabel(shorten(name, 12) + (" (°)" if angular else ""))
    axes.set_xlim(*span)


def networks_figure(
    weights: Floats, shared: Floats, shared_title: str, p: Floats, regions: list[str]
) -> Figure:
    """Draw the weights of each state, the shared graph, and where states differ.

    Parameters
    ----------
    weights : ndarray, shape (n_states, n_neurons, n_neurons)
        Target x source, in the order of showing.
    shared, p : ndarray, shape (n_neurons, n_neurons)
        Shared graph, and corrected p of each edge's change.
    shared_title : str
        What the shared graph is.
    regions : list of str
        Of the neurons; lines are drawn between them.
    """
    shown = weights[:MOST_NETWORKS]
    n_panels = len(shown) + 1
    n_columns = min(n_panels, 5)
    n_rows = -(-n_panels // n_columns)
    figure = new_figure(height=0.6 + (2.6 if n_columns < 5 else 2.2) * n_rows)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    off = weights[:, ~np.eye(len(p), dtype=bool)]
    top = max(float(np.quantile(np.abs(off), 0.99)), 1e-6) if off.size else 1.0
    for state, matrix in enumerate(shown):
        image = panels[state].imshow(matrix, cmap=DIVERGING, vmin=-top, vmax=top)
        panels[state].set_title(f"State {state + 1}")
        for spine in panels[state].spines.values():
            spine.set(color=color(state), linewidth=2.5)
    limit = max(float(np.abs(shared).max()), 1e-6)
    last = panels[len(shown)]
    graph = last.imshow(shared, cmap="PuOr_r", vmin=-limit, vmax=limit)
    last.set_title(shared_title)
    targets, sources = np.nonzero(p <= 0.05)
    last.plot(sources, targets, "o", color=INK, markersize=2.5, markeredgewidth=0)
    for axes in panels[:n_panels]:
        _frame(axes, regions)
    for axes in panels[n_panels:]:
        axes.set_axis_off()
    for row in range(n_rows):
        panels[row * n_columns].set_ylabel("Target")
    figure.colorbar(image, ax=list(panels[: len(shown)]), label="Weight", shrink=0.7, pad=0.01)
    # Beside the last panel, without taking room from its column.
    scale = last.inset_axes((1.04, 0.1, 0.05, 0.8))
    scale.set_in_layout(False)
    figure.colorbar(graph, cax=scale)
    return figure


def _frame(axes: Axes, regions: list[str]) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("Source")
    for i, (before, after) in enumerate(pairwise(regions)):
        if before != after:
            axes.axhline(i + 0.5, color=GREY, linewidth=0.8)
            axes.axvline(i + 0.5, color=GREY, linewidth=0.8)
    for spine in axes.spines.values():
        spine.set_visible(True)


def dynamics_figure(
    transitions: Floats, dwell: list[Ints], width: float, shares: dict[str, Floats]
) -> Figure:
    """Draw transitions, durations of visits, and the share of each state in each epoch.

    Parameters
    ----------
    transitions : ndarray, shape (n_states, n_states)
        Probabilities.
    dwell : list of ndarray
        Lengths of visits, bins.
    width : float
        Of a bin, s.
    shares : dict of str to ndarray, shape (n_states,)
        By epoch.
    """
    figure = new_figure(height=3.4)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1.2, 1])
    n = len(transitions)
    leaving = np.where(np.eye(n, dtype=bool), np.nan, transitions)
    top = 1.0 if n == 1 else float(np.nanmax(leaving)) or 1.0
    image = left.imshow(leaving, cmap="Blues", vmin=0, vmax=top)
    for i in range(n):
        left.text(i, i, f"{transitions[i, i]:.2f}", ha="center", va="center", fontsize=8)
    left.set_xticks(range(n), [str(i + 1) for i in range(n)])
    left.set_yticks(range(n), [str(i + 1) for i in range(n)])
    left.set(xlabel="To", ylabel="From", title="Transitions per bin")
    figure.colorbar(image, ax=left, shrink=0.7, pad=0.02, label="P(leave)")
    for state, lengths in enumerate(dwell):
        if len(lengths):
            ordered = np.sort(lengths) * width
            middle.step(
                ordered, 1 - np.arange(len(ordered)) / len(ordered), color=color(state),
                linewidth=1.5, where="post",
            )  # fmt: skip
    middle.set_xscale("log")
    middle.set(xlabel="Duration of a visit (s)", ylabel="Share of visits as long", title="Visits")
    bottom = np.zeros(len(shares))
    for state in range(n):
        height = np.array([share[state] for share in shares.values()])
        right.bar(range(len(shares)), height, bottom=bottom, color=color(state), width=0.7)
        bottom += height
    right.set_xticks(range(len(shares)), [shorten(name, 12) for name in shares])
    right.set(ylabel="Share of time", title="States by epoch", ylim=(0, 1))
    return figure
