"""Tuning curves around the circle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, ORANGE, new_figure, shorten

Floats = NDArray[np.float64]

COLUMNS = 6


@dataclass(frozen=True)
class TuningCurve:
    """Curve of a neuron: its name, values by angle, resultant length, direction (rad), p."""

    name: str
    values: Floats
    resultant: float
    preferred: float
    p: float


def tuning_figure(curves: Sequence[TuningCurve], angles: Floats, alpha: float) -> Figure:
    """Draw polar curves, each scaled to its own peak, with the resultant as a line.

    Parameters
    ----------
    curves : sequence of TuningCurve
        In the order in which they are shown.
    angles : ndarray, shape (n_bins,)
        Centres of the bins, rad.
    alpha : float
        Level of p below which a curve is coloured.

    Returns
    -------
    figure : Figure
        A polar panel for each curve.
    """
    rows = int(np.ceil(len(curves) / COLUMNS))
    figure = new_figure(height=2.1 * rows + 0.2)
    closed = np.append(angles, angles[0])
    for i, curve in enumerate(curves):
        axes = figure.add_subplot(rows, COLUMNS, i + 1, projection="polar")
        assert isinstance(axes, PolarAxes)
        color = BLUE if curve.p <= alpha else GREY
        values = np.nan_to_num(np.append(curve.values, curve.values[0])) / np.nanmax(curve.values)
        axes.plot(closed, values, color=color, linewidth=1.4)
        axes.fill(closed, values, color=color, alpha=0.2, linewidth=0)
        axes.plot([curve.preferred] * 2, [0, curve.resultant], color=ORANGE, linewidth=2.2)
        axes.set_ylim(0, 1.05)
        axes.set_xticks(np.radians([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"], fontsize=7)
        axes.set_yticks([])
        axes.tick_params(pad=-3)
        p = f"p < {alpha:g}" if curve.p <= alpha else f"p = {curve.p:.2f}"
        title = f"{shorten(curve.name, 14)}\nR {curve.resultant:.2f}, {p}"
        axes.set_title(title, loc="center", fontsize=9, fontweight="normal", pad=4)
    return figure
