"""Quality of the neurons: signal-to-noise ratio, noise level and events, sorted."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, ORANGE, new_figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def quality_figure(measures: Mapping[str, Floats], present: Bools) -> Figure:
    """Draw each measure of all neurons, from the largest to the smallest.

    Parameters
    ----------
    measures : mapping of str to ndarray, shape (n_neurons,)
        By label; not finite where a neuron has none.
    present : ndarray, shape (n_neurons,)
        Neurons that are used; the others are drawn as crosses.

    Returns
    -------
    figure : Figure
        A panel for each measure.
    """
    figure = new_figure(height=3.2)
    panels = figure.subplots(1, len(measures), squeeze=False)[0]
    for axes, (label, values) in zip(panels, measures.items(), strict=True):
        _ranked(axes, label, values, present)
    return figure


def _ranked(axes: Axes, label: str, values: Floats, present: Bools) -> None:
    finite = np.flatnonzero(np.isfinite(values))
    order = finite[np.argsort(-values[finite], kind="stable")]
    rank = np.arange(1, len(order) + 1)
    used = present[order]
    size = 5 if len(order) <= 60 else 3
    axes.plot(rank[used], values[order][used], "o", color=BLUE, markersize=size, label="used")
    if not used.all():
        axes.plot(rank[~used], values[order][~used], "x", color=ORANGE, label="left out")
        axes.legend(loc="upper right")
    if used.any():
        median = float(np.median(values[order][used]))
        axes.axhline(median, color=GREY, linewidth=1, linestyle="--")
        axes.set_title(f"median {median:.3g}", loc="center", fontweight="normal", fontsize=10)
    positive = values[order] > 0
    if len(order) and positive.all() and values[order].max() > 20 * values[order].min():
        axes.set_yscale("log")
    else:
        low = float(np.min(values[order], initial=0.0))
        axes.set_ylim(1.08 * low, 1.08 * float(np.max(values[order], initial=1e-9)))
    axes.set_xlim(0.3, max(len(order), 1) + 0.7)
    axes.set_xlabel("Neuron, by rank")
    axes.set_ylabel(label)
    axes.locator_params(axis="x", integer=True)
