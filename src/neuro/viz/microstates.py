"""The figure of microstates: their maps, and how they follow each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.maps import head_sphere
from neuro.viz.style import DIVERGING, INK, new_figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StatesPicture:
    """What the figure shows.

    Parameters
    ----------
    maps : ndarray, shape (n_states, n_channels)
        The maps.
    texts : sequence of str
        What stands below each.
    transition, expected : ndarray, shape (n_states, n_states)
        Probability of the next state, observed and by coverage alone.
    info : mne.Info | None
        Channels with positions; without, there are no maps.
    """

    maps: Floats
    texts: Sequence[str]
    transition: Floats
    expected: Floats
    info: mne.Info | None


def states_figure(picture: StatesPicture) -> Figure:
    """Draw microstates.

    Parameters
    ----------
    picture : StatesPicture
        What to show.

    Returns
    -------
    figure : Figure
        Maps, up to five in a row, and the matrix of transitions.
    """
    n = len(picture.maps)
    if picture.info is None:
        figure = new_figure(height=3.4, width=5.0)
        _draw_transitions(figure.subplots(), picture)
        return figure
    rows = -(-n // 5)
    figure = new_figure(height=max(3.0, 2.6 * rows))
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[2.2, 1])[0]
    grid = left.subplots(rows, -(-n // rows), squeeze=False).ravel()
    limit = float(np.abs(picture.maps).max())
    for state, (axes, values) in enumerate(zip(grid, picture.maps, strict=False), start=1):
        mne.viz.plot_topomap(
            values,
            picture.info,
            axes=axes,
            cmap=DIVERGING,
            vlim=(-limit, limit),
            sphere=head_sphere(picture.info),
            sensors=False,
            contours=6,
            res=128,
            show=False,
        )
        axes.set_title(f"{state}", loc="center")
        axes.set_xlabel(picture.texts[state - 1], fontsize=8.5)
    for axes in grid[n:]:
        axes.set_axis_off()
    _draw_transitions(right.subplots(), picture)
    return figure


def _draw_transitions(axes: Axes, picture: StatesPicture) -> None:
    difference = 100 * (picture.transition - picture.expected)
    n = len(difference)
    limit = max(1.0, float(np.abs(difference).max()))
    diagonal = np.eye(n, dtype=bool)
    axes.imshow(
        np.where(diagonal, np.nan, difference), cmap=DIVERGING, vmin=-1.6 * limit, vmax=1.6 * limit
    )
    if n <= 8:
        for row, column in zip(*np.nonzero(~diagonal), strict=True):
            text = f"{100 * picture.transition[row, column]:.0f}%"
            extra = f"{round(difference[row, column], 1) + 0.0:+.1f}".replace("-", "−")
            axes.text(
                column, row, f"{text}\n({extra})", ha="center", va="center", fontsize=8, color=INK
            )
    axes.set_xticks(range(n), [str(state) for state in range(1, n + 1)])
    axes.set_yticks(range(n), [str(state) for state in range(1, n + 1)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Next state")
    axes.set_ylabel("State")
    axes.set_title("Transitions (vs expected)", loc="center")
