"""Figures of MEG's source reconstruction: head, leakage, deflections, clean sensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.viz.erp import Wave
from neuro.viz.style import (
    BLUE,
    DIVERGING,
    GREY,
    INK,
    ORANGE,
    PALE,
    PALETTE,
    new_figure,
    zero_lines,
)

Floats = NDArray[np.float64]
VIEWS = {"from the right": (1, 2), "from the front": (0, 2), "from above": (0, 1)}
"""Axes of right, front and up that each view shows across and up."""
MARKS = {"left": BLUE, "right": ORANGE}
SKY_PALE = "#A9D5F0"


@dataclass(frozen=True)
class HeadPicture:
    """A head in the helmet, head coordinates, m, shapes (n, 3).

    Parameters
    ----------
    scalp, shape, sensors, grid : ndarray
        Scalp of the head model, digitized points, sensors, grid of sources.
    """

    scalp: Floats
    shape: Floats
    sensors: Floats
    grid: Floats


@dataclass(frozen=True)
class PeakPicture:
    """A deflection of one hemisphere.

    Parameters
    ----------
    label, side : str
        For the legend; `left` or `right`.
    wave : Wave
        Time course and interval.
    latency : float
        Of the peak, s.
    voxel : ndarray, shape (3,)
        Where its voxel is, mm.
    """

    label: str
    side: str
    wave: Wave
    latency: float
    voxel: Floats


def head_figure(picture: HeadPicture) -> Figure:
    """Draw a head between sensors from three sides."""
    figure = new_figure(height=3.6)
    for axes, (view, (across, up)) in zip(figure.subplots(1, 3), VIEWS.items(), strict=True):
        for points, color, size, label in (
            (picture.sensors, SKY_PALE, 14, "sensors"),
            (picture.scalp, PALE, 3, "scalp"),
            (picture.grid, GREY, 1.5, "sources"),
            (picture.shape, ORANGE, 7, "digitized"),
        ):
            axes.scatter(
                *(100 * points[:, [across, up]].T),
                s=size,
                color=color,
                linewidths=0,
                label=label,
                rasterized=True,
            )
        axes.set(aspect="equal", xlabel="cm")
        axes.set_title(view, loc="center")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def leakage_figure(before: Floats, after: Floats) -> Figure:
    """Draw correlations between parcels before and after orthogonalization."""
    figure = new_figure(height=4.0)
    grid = figure.subplots(1, 2)
    for axes, matrix, title in zip(grid, (before, after), ("before", "after"), strict=True):
        shown = np.where(np.eye(len(matrix), dtype=bool), np.nan, matrix)
        image = axes.imshow(shown, cmap=DIVERGING, vmin=-1, vmax=1, interpolation="nearest")
        mean = float(np.abs(matrix[np.tril_indices(len(matrix), -1)]).mean())
        axes.set_title(f"{title}: mean |r| = {mean:.2g}", loc="center")
        axes.set(xticks=[], yticks=[], xlabel="parcels")
        axes.spines[:].set_visible(False)
    grid[0].set_ylabel("parcels")
    bar = figure.colorbar(image, ax=grid, shrink=0.85, aspect=20)
    bar.set_label("zero-lag correlation")
    bar.outline.set_visible(False)
    return figure


def component_figure(
    peaks: Sequence[PeakPicture],
    times: Floats,
    window: tuple[float, float],
    voxels: Floats,
    values: Floats,
) -> Figure:
    """Draw a deflection: time courses of the strongest parcel of each side, and where it is.

    Parameters
    ----------
    peaks : sequence of PeakPicture
        One per hemisphere.
    times : ndarray, shape (n_times,)
        s.
    window : tuple of float
        Where the peak was looked for, s.
    voxels : ndarray, shape (n_voxels, 3)
        mm, MNI152.
    values : ndarray, shape (n_voxels,)
        Amplitudes.
    """
    figure = new_figure(height=5.6)
    halves: Any = figure.subfigures(2, 1, height_ratios=[1.05, 1])
    upper, lower = halves
    axes = upper.subplots()
    axes.axvspan(1e3 * window[0], 1e3 * window[1], color=PALE, alpha=0.5, linewidth=0)
    zero_lines(axes)
    for peak in peaks:
        color = MARKS[peak.side]
        axes.fill_between(
            1e3 * times, peak.wave.low, peak.wave.high, color=color, alpha=0.2, linewidth=0
        )
        axes.plot(1e3 * times, peak.wave.mean, color=color, label=peak.label)
        axes.plot(
            1e3 * peak.latency,
            np.interp(peak.latency, times, peak.wave.mean),
            "o",
            color=color,
            markersize=6,
        )
    axes.set(xlabel="Time from event (ms)", ylabel="Parcel (SD)", xlim=1e3 * times[[0, -1]])
    axes.legend(loc="upper right")
    _brain(lower, voxels, values, [(peak.voxel, MARKS[peak.side]) for peak in peaks])
    return figure


@dataclass(frozen=True)
class SensorsPicture:
    """Clean sensors.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    spectra : mapping of str to ndarray, shapes (n_channels, n_freqs)
        Amplitude densities by type of channel.
    units : mapping of str to str
        Their units.
    seconds : float
        Length of the recording, s.
    bad : sequence of tuple of float
        Bad segments, s.
    maps : sequence of tuple of str and ndarray
        Components that were removed, with their maps over `info`.
    info : mne.Info | None
        Channels of the maps; None for no maps.
    """

    freqs: Floats
    spectra: Mapping[str, Floats]
    units: Mapping[str, str]
    seconds: float
    bad: Sequence[tuple[float, float]]
    maps: Sequence[tuple[str, Floats]]
    info: mne.Info | None


def sensors_figure(picture: SensorsPicture) -> Figure:
    """Draw spectra of the clean sensors, bad segments, and components that were removed."""
    shown = list(picture.maps)[:6] if picture.info is not None else []
    figure = new_figure(height=5.6 if shown else 4.0)
    parts: Any = figure.subfigures(2, 1, height_ratios=[2.3, 1.2]) if shown else [figure]
    layout: Any = [[*picture.spectra], ["bad"] * len(picture.spectra)]
    panels = parts[0].subplot_mosaic(layout, height_ratios=[4, 0.5])
    for color, (kind, density) in zip(PALETTE, picture.spectra.items(), strict=False):
        _spectrum(panels[kind], picture.freqs, density, color)
        panels[kind].set_title(kind)
        panels[kind].set_ylabel(f"{picture.units[kind]}/√Hz")
    axes = panels["bad"]
    axes.axvspan(0, picture.seconds, color=PALE, linewidth=0)
    for start, stop in picture.bad:
        axes.axvspan(start, stop, color=ORANGE, linewidth=0)
    axes.set(xlim=(0, picture.seconds), yticks=[], xlabel="Time (s); bad segments colored")
    axes.spines[:].set_visible(False)
    if shown:
        for place, (name, values) in zip(parts[1].subplots(1, 6), shown, strict=False):
            _topomap(place, values, picture.info, name)
        for place in parts[1].axes[len(shown) :]:
            place.set_axis_off()
    return figure


def _spectrum(axes: Axes, freqs: Floats, density: Floats, color: str) -> None:
    low, middle, high = np.percentile(density, [5, 50, 95], axis=0)
    axes.fill_between(freqs, low, high, color=color, alpha=0.25, linewidth=0)
    axes.plot(freqs, middle, color=color)
    axes.set(xscale="log", yscale="log", xlabel="Frequency (Hz)", xlim=freqs[[0, -1]])


def _topomap(axes: Axes, values: Floats, info: mne.Info | None, name: str) -> None:
    mne.viz.plot_topomap(
        values, info, axes=axes, cmap=DIVERGING, contours=0, sensors=False, res=64, show=False
    )
    axes.set_title(name, loc="center", fontsize=9)


def _brain(
    figure: Figure, points: Floats, values: Floats, marks: Sequence[tuple[Floats, str]]
) -> None:
    """Largest values along the lines of sight, from three sides."""
    grid = figure.subplots(1, 3)
    order = np.argsort(values, kind="stable")
    low, high = float(np.percentile(values, 60)), float(values.max())
    for axes, (view, (across, up)) in zip(grid, VIEWS.items(), strict=True):
        image = axes.scatter(
            *points[order][:, [across, up]].T,
            c=values[order],
            cmap="magma_r",
            vmin=low,
            vmax=high,
            s=26,
            marker="s",
            linewidths=0,
            rasterized=True,
        )
        for voxel, color in marks:
            axes.plot(voxel[across], voxel[up], "o", mfc="none", mec=color, mew=2, markersize=13)
        axes.set(aspect="equal", xlabel=f"{'xyz'[across]} (mm)", ylabel=f"{'xyz'[up]} (mm)")
        axes.set_title(view, loc="center", color=INK)
    bar = figure.colorbar(image, ax=grid, shrink=0.85, aspect=18)
    bar.set_label("Amplitude (noise SD)")
    bar.outline.set_visible(False)
