"""The figure of a dataset of spikes: measures of all units, by recording and region."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from neuro.viz.spikes import region_colors
from neuro.viz.style import new_figure, shorten

Floats = NDArray[np.float64]

SPREAD = 0.6
"""Height of a recording's row over which its dots are spread, in rows."""
MOST_NAMES = 40


@dataclass(frozen=True)
class Dots:
    """A panel: a value per unit, and which dots are filled."""

    label: str
    values: Floats
    logarithmic: bool
    filled: NDArray[np.bool_]


def summary_figure(
    panels: Sequence[Dots], *, recordings: Sequence[str], regions: Sequence[str]
) -> Figure:
    """Draw a panel for each measure, with a row for each recording.

    Parameters
    ----------
    panels : sequence of Dots
        At least one.
    recordings, regions : sequence of str
        Of each unit.
    """
    names = list(dict.fromkeys(recordings))
    colors = region_colors(regions)
    rows = _rows(recordings, regions)
    figure = new_figure(height=float(np.clip(1.5 + 0.5 * len(names), 2.6, 12.0)))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    shown = [colors[region] for region in regions]
    for axes, panel in zip(grid, panels, strict=True):
        faces = [
            color if fill else "white" for color, fill in zip(shown, panel.filled, strict=True)
        ]
        axes.scatter(panel.values, rows, s=24, c=faces, edgecolors=shown, linewidths=1.1)
        if panel.logarithmic:
            axes.set_xscale("log")
        else:
            axes.set_xlim(left=0)
        axes.set_xlabel(panel.label)
        axes.set_axisbelow(True)
        axes.grid(axis="x", color="#EEEEEE", linewidth=0.6)
    grid[0].set_ylim(len(names) - 0.5, -0.5)
    if len(names) <= MOST_NAMES:
        grid[0].set_yticks(range(len(names)), [shorten(name, 30) for name in names])
    else:
        grid[0].set_yticks([])
        grid[0].set_ylabel(f"{len(names)} recordings")
    handles = [
        Patch(
            color=colors[region], label=f"{region or 'units'} (n = {list(regions).count(region)})"
        )
        for region in dict.fromkeys(regions)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    return figure


def _rows(recordings: Sequence[str], regions: Sequence[str]) -> Floats:
    """Heights of the dots: within a recording one region beside the other, in a fixed order."""
    names, kinds = np.asarray(recordings), np.asarray(regions)
    heights = np.empty(len(names))
    for i, name in enumerate(dict.fromkeys(recordings)):
        its = np.flatnonzero(names == name)
        ordered = its[np.argsort(kinds[its], kind="stable")]
        heights[ordered] = i + SPREAD * (np.linspace(0, 1, len(its)) - 0.5 if len(its) > 1 else 0.0)
    return heights
