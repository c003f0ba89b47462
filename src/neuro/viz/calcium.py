"""Traces of some neurons: fluorescence and its baseline, dF/F, the model's calcium, events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREEN, GREY, INK, ORANGE, PALE, new_figure, shorten

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_POINTS = 1500
"""Points of a line; longer traces are drawn as the extremes of stretches."""
ROW = 1.05
"""Height of a neuron's row, inch."""


@dataclass(frozen=True)
class NeuronTraces:
    """What is drawn of a neuron; shapes (n_times,).

    Parameters
    ----------
    name : str
        The neuron.
    snr : float
        Its signal-to-noise ratio.
    values : ndarray
        The trace after the chain.
    denoised, events : ndarray | None
        What deconvolution found.
    fluorescence, baseline : ndarray | None
        F and F0, where dF/F was computed from them.
    """

    name: str
    snr: float
    values: Floats
    denoised: Floats | None = None
    events: Floats | None = None
    fluorescence: Floats | None = None
    baseline: Floats | None = None


def traces_figure(
    neurons: Sequence[NeuronTraces], time: Floats, good: Bools, zoom: tuple[float, float], unit: str
) -> Figure:
    """Draw a row for each neuron: the whole recording on the left, a stretch on the right.

    Parameters
    ----------
    neurons : sequence of NeuronTraces
        From top to bottom.
    time : ndarray, shape (n_times,)
        Times of the frames, s.
    good : ndarray, shape (n_times,)
        Frames without artifacts.
    zoom : tuple of float
        The stretch, s.
    unit : str
        What the traces are, e.g. `dF/F`.

    Returns
    -------
    figure : Figure
        Two columns.
    """
    figure = new_figure(height=ROW * len(neurons) + 0.9)
    grid = figure.subplots(len(neurons), 2, sharex="col", squeeze=False, width_ratios=(1, 1))
    inside = (time >= zoom[0]) & (time <= zoom[1])
    for (left, right), neuron in zip(grid, neurons, strict=True):
        _whole(left, neuron, time, zoom)
        _stretch(right, neuron, time, inside)
        for axes in (left, right):
            _artifacts(axes, time, good)
            axes.locator_params(axis="y", nbins=3)
        right.set_title(f"{shorten(neuron.name)}, SNR {neuron.snr:.3g}", fontsize=9, pad=2)
    grid[0, 0].set_xlim(time[0], time[-1])
    grid[0, 1].set_xlim(*zoom)
    for axes in grid[-1]:
        axes.set_xlabel("Time (s)")
    has_baseline = neurons[0].baseline is not None
    figure.supylabel(f"{'F (a.u.), ' if has_baseline else ''}{unit}", fontsize=10)
    _legend(figure, neurons[0], unit, bool(good.all()))
    return figure


def extremes(time: Floats, values: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """A line with the same outline and few points: least and largest value of each stretch."""
    if len(values) <= most:
        return time, values
    width = int(np.ceil(2 * len(values) / most))
    n = len(values) // width * width
    parts = values[:n].reshape(-1, width)
    low, high = parts.argmin(axis=1), parts.argmax(axis=1)
    first, second = np.minimum(low, high), np.maximum(low, high)
    start = np.arange(len(parts)) * width
    at = np.sort(np.concatenate([start + first, start + second, np.arange(n, len(values))]))
    return time[at], values[at]


def _whole(axes: Axes, neuron: NeuronTraces, time: Floats, zoom: tuple[float, float]) -> None:
    axes.axvspan(*zoom, color=PALE, alpha=0.6, linewidth=0)
    if neuron.fluorescence is None or neuron.baseline is None:
        axes.plot(*extremes(time, neuron.values), color=GREY, linewidth=0.6)
        return
    axes.plot(*extremes(time, neuron.fluorescence), color=GREY, linewidth=0.6)
    axes.plot(*extremes(time, neuron.baseline), color=GREEN, linewidth=1.4)


def _stretch(axes: Axes, neuron: NeuronTraces, time: Floats, inside: Bools) -> None:
    axes.axhline(0, color=PALE, linewidth=0.8, zorder=0)
    axes.plot(time[inside], neuron.values[inside], color=GREY, linewidth=0.8)
    if neuron.denoised is not None:
        axes.plot(time[inside], neuron.denoised[inside], color=BLUE, linewidth=1.2)
    if neuron.events is None:
        return
    events = np.where(inside, np.nan_to_num(neuron.events), 0.0)
    some = events > 0
    low, high = axes.get_ylim()
    if some.any() and events.max() > 0:
        depth = 0.3 * (high - low)
        size = depth * events[some] / events.max()
        axes.vlines(time[some], low - depth, low - depth + size, color=ORANGE, linewidth=0.9)
        axes.set_ylim(low - 1.1 * depth, high)


def _artifacts(axes: Axes, time: Floats, good: Bools) -> None:
    for at in time[~good]:
        axes.axvline(at, color=ORANGE, alpha=0.35, linewidth=0.8, zorder=0)


def _legend(figure: Figure, neuron: NeuronTraces, unit: str, all_good: bool) -> None:
    axes = figure.axes[0]
    entries = [(unit if neuron.baseline is None else f"F and {unit}", GREY, 1.2)]
    entries += [("baseline F0", GREEN, 1.6)] if neuron.baseline is not None else []
    entries += [("denoised", BLUE, 1.4)] if neuron.denoised is not None else []
    entries += [("events", ORANGE, 1.4)] if neuron.events is not None else []
    entries += [] if all_good else [("frames with artifacts", "#EBB08A", 1.4)]
    handles = [axes.plot([], [], color=color, linewidth=w, label=t)[0] for t, color, w in entries]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=len(handles), labelcolor=INK, fontsize=9
    )
