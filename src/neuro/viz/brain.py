"""Values at places in the brain."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from neuro.viz.style import SEQUENTIAL, new_figure

Floats = NDArray[np.float64]
VIEWS = {"from above": (0, 1), "from the right": (1, 2)}
"""Axes of right, front and up that each view shows across and up."""


def brain_figure(points: Floats, columns: Sequence[tuple[Floats, str, str]]) -> Figure:
    """Draw values as dots at their places, each column with its own colours.

    Parameters
    ----------
    points : ndarray, shape (n_places, 3)
        Places, mm, MNI152.
    columns : sequence of tuple
        Values, shape (n_places,), with their title and unit.

    Returns
    -------
    figure : Figure
        A column for each set of values; the largest values lie on top.
    """
    figure = new_figure(height=4.6, width=min(10.0, 1.9 * len(columns) + 0.6))
    grid = figure.subplots(len(VIEWS), len(columns), squeeze=False)
    for i, (values, title, unit) in enumerate(columns):
        low, high = np.nanpercentile(values, [2, 98])
        order = np.argsort(values, kind="stable")
        for axes, (across, up) in zip(grid[:, i], VIEWS.values(), strict=True):
            image = axes.scatter(
                *points[order][:, [across, up]].T,
                c=values[order],
                cmap=SEQUENTIAL,
                vmin=low,
                vmax=max(high, low + 1e-12),
                s=46,
                linewidths=0,
            )
            axes.set(aspect="equal", xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        grid[0, i].set_title(title, loc="center")
        bar = figure.colorbar(
            image, ax=grid[:, i], orientation="horizontal", pad=0.02, aspect=16, extend="both"
        )
        bar.locator = MaxNLocator(4, steps=[1, 2, 5, 10])
        bar.update_ticks()
        bar.set_label(unit, fontsize=8.5)
        bar.ax.tick_params(labelsize=8)
        bar.outline.set_visible(False)
    for axes, view in zip(grid[:, 0], VIEWS, strict=True):
        axes.set_ylabel(view)
    return figure
