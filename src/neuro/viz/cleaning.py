"""Figures of what cleaning did: spectra before and after, independent components."""

from collections.abc import Sequence
from dataclasses import dataclass

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.maps import head_sphere
from neuro.viz.style import BLUE, DIVERGING, GREY, INK, ORANGE, new_figure

Floats = NDArray[np.float64]
COLUMNS = 6
SHOWN_DB = 80.0
"""Range of the spectra's axis, dB."""


@dataclass(frozen=True)
class Spectrum:
    """Power spectral density of the good channels at one stage.

    Parameters
    ----------
    label : str
        E.g. `before`.
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    density : ndarray, shape (n_channels, n_freqs)
        V²/Hz.
    """

    label: str
    freqs: Floats
    density: Floats


@dataclass(frozen=True)
class ComponentPicture:
    """One component.

    Parameters
    ----------
    name : str
        E.g. `ICA003`.
    values : ndarray, shape (n_channels,)
        Its map, arbitrary units.
    label : str
        What it was taken for.
    excluded : bool
        Whether it was removed.
    """

    name: str
    values: Floats
    label: str
    excluded: bool


def spectra_figure(spectra: Sequence[Spectrum]) -> Figure:
    """Draw the spectra of all stages over each other: median and the middle 90% of channels."""
    figure = new_figure(height=3.6)
    axes: Axes = figure.subplots()
    top = -np.inf
    for one, color in zip(spectra, (GREY, BLUE, ORANGE), strict=False):
        shown = one.freqs >= 0.5
        decibel = 10 * np.log10(np.maximum(one.density[:, shown] * 1e12, 1e-12))
        low, middle, high = np.quantile(decibel, [0.05, 0.5, 0.95], axis=0)
        axes.plot(one.freqs[shown], middle, color=color, label=one.label)
        axes.fill_between(one.freqs[shown], low, high, color=color, alpha=0.2, linewidth=0)
        top = max(top, float(high.max()))
    axes.set_xlim(0.5, max(one.freqs[-1] for one in spectra))
    axes.set_ylim(max(axes.get_ylim()[0], top - SHOWN_DB), top + 3)
    axes.set_xlabel("Frequency (Hz)")
    axes.set_ylabel("Power (dB re 1 µV²/Hz)")
    axes.legend(loc="lower left")
    return figure


def components_figure(components: Sequence[ComponentPicture], info: mne.Info) -> Figure:
    """Draw maps of components; titles of those removed are colored.

    Parameters
    ----------
    components : sequence of ComponentPicture
        At least one.
    info : mne.Info
        The channels, with positions.
    """
    n_rows = -(-len(components) // COLUMNS)
    figure = new_figure(height=1.9 * n_rows)
    grid = figure.subplots(n_rows, COLUMNS, squeeze=False).ravel()
    for axes in grid[len(components) :]:
        axes.set_axis_off()
    for axes, one in zip(grid, components, strict=False):
        limit = float(np.abs(one.values).max()) or 1.0
        mne.viz.plot_topomap(
            one.values,
            info,
            axes=axes,
            cmap=DIVERGING,
            vlim=(-limit, limit),
            sphere=head_sphere(info),
            sensors=False,
            contours=0,
            res=64,
            show=False,
        )
        color = ORANGE if one.excluded else INK
        axes.set_title(f"{one.name}\n{one.label}", loc="center", fontsize=8.5, color=color)
    return figure
