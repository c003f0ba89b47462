"""A dataset of calcium recordings: quality of each, and which neurons they share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from neuro.viz.style import BLUE, INK, PALE, new_figure, shorten

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_NAMED = 120
"""With more neurons, only some are named."""


@dataclass(frozen=True)
class RecordingQuality:
    """Name, neurons used and found, share of good frames, and the neurons' SNR."""

    name: str
    n_used: int
    n_found: int
    good: float
    snr: Floats


def recordings_figure(recordings: Sequence[RecordingQuality]) -> Figure:
    """Draw neurons, good frames and signal-to-noise ratios of all recordings, a row for each.

    Parameters
    ----------
    recordings : sequence of RecordingQuality
        From top to bottom.
    """
    n = len(recordings)
    figure = new_figure(height=float(np.clip(0.35 * n, 0.9, 8)) + 1.2)
    counts, frames, ratios = figure.subplots(1, 3, sharey=True, width_ratios=(1, 0.8, 1.4))
    rows = np.arange(n)
    found = [max(r.n_found, r.n_used) for r in recordings]
    counts.barh(rows, found, color=PALE, height=0.7)
    counts.barh(rows, [r.n_used for r in recordings], color=BLUE, height=0.7)
    for row, recording in enumerate(recordings):
        text = f"{recording.n_used} of {recording.n_found}"
        counts.text(
            0.98,
            row,
            text,
            va="center",
            ha="right",
            fontsize=9,
            color=INK,
            transform=counts.get_yaxis_transform(),
        )
        finite = recording.snr[np.isfinite(recording.snr)]
        ratios.plot(finite, np.full(len(finite), row), "o", color=BLUE, alpha=0.4, markersize=4)
        if len(finite):
            ratios.plot(
                [np.median(finite)], [row], "|", color=INK, markersize=16, markeredgewidth=2
            )
    counts.set_xlim(0, 1.6 * max(found))
    counts.set_title("Neurons used")
    counts.set_yticks(rows, [shorten(r.name, 28) for r in recordings])
    counts.set_xticks([])
    counts.set_ylim(n - 0.4, -0.6)
    frames.barh(rows, [100 * r.good for r in recordings], color=BLUE, height=0.7)
    frames.set_xlim(0, 100)
    frames.set_title("Good frames (%)")
    ratios.set_xscale("log")
    ratios.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    ratios.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ratios.xaxis.set_minor_formatter(NullFormatter())
    ratios.set_title("Signal-to-noise ratio")
    ratios.set_xlabel("dots: neurons; bar: median")
    return figure


def presence_figure(present: Bools, animals: Sequence[str], names: Sequence[str]) -> Figure:
    """Draw which neuron was recorded in which animal.

    Parameters
    ----------
    present : ndarray, shape (n_animals, n_neurons)
        The mask.
    animals, names : sequence of str
        Its axes.
    """
    figure = new_figure(height=float(np.clip(0.3 * len(animals), 0.6, 7)) + 1.6)
    axes = figure.subplots()
    colors = ListedColormap([PALE, BLUE])
    axes.imshow(present, cmap=colors, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    if len(names) <= MOST_NAMED:
        for edge in np.arange(0.5, len(names) - 1):
            axes.axvline(edge, color="white", linewidth=0.6)
    for edge in np.arange(0.5, len(animals) - 1):
        axes.axhline(edge, color="white", linewidth=1.5)
    axes.set_yticks(range(len(animals)), [shorten(animal, 28) for animal in animals])
    step = max(1, int(np.ceil(len(names) / MOST_NAMED)))
    shown = range(0, len(names), step)
    axes.set_xticks(list(shown), [names[i] for i in shown], rotation=90, fontsize=6)
    axes.tick_params(length=0)
    axes.set_title(
        f"Neurons by name: recorded (blue) or missing (grey); {len(names)} in all, "
        f"{int(present.all(axis=0).sum())} in every animal"
    )
    return figure
