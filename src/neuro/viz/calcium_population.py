"""All neurons of a recording: their activity as an image, and their correlations."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, DIVERGING, GREY, INK, ORANGE, new_figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST_NAMED = 60
"""With more neurons, only some are named."""
COLUMNS = 1500
"""Columns of the image; longer recordings are averaged."""
LIMIT = 3.0
"""Of the colours, standard deviations."""


def raster_figure(values: Floats, time: Floats, good: Bools, names: Sequence[str]) -> Figure:
    """Draw all neurons as rows of an image, with the population's mean above.

    Parameters
    ----------
    values : ndarray, shape (n_neurons, n_times)
        z-scored traces, in the order in which they are shown.
    time : ndarray, shape (n_times,)
        Times of the frames, s.
    good : ndarray, shape (n_times,)
        Frames without artifacts.
    names : sequence of str
        The neurons.

    Returns
    -------
    figure : Figure
        Mean and image.
    """
    figure = new_figure(height=1.9 + float(np.clip(0.16 * len(values), 1.6, 6.5)))
    height = float(np.clip(0.16 * len(values), 1.6, 6.5))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, height))
    at, image = averaged(time, values)
    above.plot(at, image.mean(axis=0), color=BLUE, linewidth=0.9)
    above.set_ylabel("Mean (z)")
    above.set_title("Mean of all neurons" + ("" if good.all() else "; orange: bad frames"))
    bad = time[~good]
    above.plot(bad, np.full(len(bad), above.get_ylim()[0]), "|", color=ORANGE, markersize=7)
    drawn = below.imshow(
        image,
        aspect="auto",
        interpolation="nearest",
        cmap=DIVERGING,
        vmin=-LIMIT,
        vmax=LIMIT,
        extent=(time[0], time[-1], len(values) - 0.5, -0.5),
    )
    below.set_xlabel("Time (s)")
    below.set_title("Activity of each neuron, like beside like")
    _name_rows(below, names)
    figure.colorbar(drawn, ax=below, label="z-score", shrink=min(1.0, 2.2 / height), pad=0.01)
    return figure


def averaged(time: Floats, values: Floats, most: int = COLUMNS) -> tuple[Floats, Floats]:
    """Means of neighbouring frames, so that an image has no more columns than it can show."""
    width = max(1, int(np.ceil(values.shape[1] / most)))
    n = values.shape[1] // width * width
    image = values[:, :n].reshape(len(values), -1, width).mean(axis=2)
    return time[:n].reshape(-1, width).mean(axis=1), image


def correlation_figure(
    matrix: Floats, names: Sequence[str], pairs: Sequence[tuple[str, float]] = ()
) -> Figure:
    """Draw the correlation matrix, and how its values are distributed.

    Parameters
    ----------
    matrix : ndarray, shape (n_neurons, n_neurons)
        In the order in which neurons are shown.
    names : sequence of str
        The neurons.
    pairs : sequence of tuple of str and float
        Pairs of left and right neurons and their correlation, marked in the distribution.

    Returns
    -------
    figure : Figure
        Matrix and histogram.
    """
    figure = new_figure(height=4.6)
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    drawn = left.imshow(matrix, cmap=DIVERGING, vmin=-1, vmax=1, interpolation="nearest")
    _name_rows(left, names)
    left.set_xticks([])
    left.set_title("Correlation between neurons")
    figure.colorbar(drawn, ax=left, label="r", shrink=0.8)
    values = matrix[np.triu_indices(len(matrix), 1)]
    right.hist(values, bins=np.linspace(-1, 1, 61), color=GREY, density=True, label="all pairs")
    right.axvline(0, color=INK, linewidth=0.8)
    if pairs:
        r = np.array([value for _, value in pairs])
        label = "left-right pairs"
        right.hist(
            r,
            bins=np.linspace(-1, 1, 31),
            histtype="step",
            density=True,
            color=ORANGE,
            linewidth=1.8,
            label=label,
        )
    right.set_xlim(-1, 1)
    right.set_xlabel("r")
    right.set_ylabel("Density")
    right.set_title("Distribution")
    right.legend(loc="upper left")
    return figure


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    n = len(names)
    step = 1 if n <= MOST_NAMED else int(np.ceil(n / 30))
    shown = range(0, n, step)
    size = 9 if n <= 25 else 6
    axes.set_yticks(list(shown), [names[i] for i in shown], fontsize=size)
    axes.tick_params(axis="y", length=0 if step == 1 else 2)
