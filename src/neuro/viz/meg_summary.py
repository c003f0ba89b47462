"""The overview of an MEG dataset: a dot for each recording and measure."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, new_figure, shorten

Floats = NDArray[np.float64]
MOST_NAMED = 30


def summary_figure(names: Sequence[str], columns: Mapping[str, Floats]) -> Figure:
    """Draw a panel for each measure.

    Parameters
    ----------
    names : sequence of str
        The recordings.
    columns : mapping of str to ndarray, shapes (n_recordings,)
        Values by what they are called; NaN for none.
    """
    rows = np.arange(len(names))[::-1]
    figure = new_figure(height=float(np.clip(1.4 + 0.22 * len(names), 2.2, 9)))
    panels = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
    for axes, (title, values) in zip(panels, columns.items(), strict=True):
        axes.axvline(float(np.nanmedian(values)), color=GREY, linewidth=1)
        axes.plot(values, rows, "o", color=BLUE, markersize=5)
        axes.set_title(title, loc="center", fontsize=9.5)
        axes.margins(x=0.15, y=0.2 if len(names) < 4 else 0.05)
    if len(names) <= MOST_NAMED:
        panels[0].set_yticks(rows, [shorten(name, 30) for name in names])
    else:
        panels[0].set_yticks([])
        panels[0].set_ylabel(f"{len(names)} recordings")
    return figure
