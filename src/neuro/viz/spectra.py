"""The figure of a mean spectrum: with its aperiodic component, and what rises above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from neuro.viz.style import BLUE, GREY, INK, ORANGE, PALE, new_figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FitPicture:
    """The model of the mean spectrum.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies fitted, Hz, among those of the spectrum.
    aperiodic, model : ndarray, shape (n_freqs,)
        Density of the aperiodic component and of the whole model, V²/Hz.
    peaks : sequence of tuple of float
        Frequency, Hz, and log10 of the power over the aperiodic component.
    label : str
        What the legend says of the aperiodic component.
    """

    freqs: Floats
    aperiodic: Floats
    model: Floats
    peaks: Sequence[tuple[float, float]]
    label: str


@dataclass(frozen=True)
class SpectrumPicture:
    """What the figure shows; densities in SI units.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    channels : ndarray, shape (n_channels, n_freqs)
        Spectrum of each channel.
    mean, low, high : ndarray, shape (n_freqs,)
        Mean spectrum and its band.
    bands : mapping of str to tuple of float
        Frequency bands, Hz.
    label : str
        What the legend says of the mean spectrum.
    fit : FitPicture | None
        Its model.
    unit, factor : str, float
        Unit of power that is shown, and factor to it.
    noun : str
        What the signals are called.
    """

    freqs: Floats
    channels: Floats
    mean: Floats
    low: Floats
    high: Floats
    bands: Mapping[str, tuple[float, float]]
    label: str
    fit: FitPicture | None
    unit: str = "µV²"
    factor: float = 1e12
    noun: str = "channels"


def spectrum_figure(picture: SpectrumPicture) -> Figure:
    """Draw a mean spectrum.

    Parameters
    ----------
    picture : SpectrumPicture
        What to show.

    Returns
    -------
    figure : Figure
        Spectra in log-log space; beside them, where there is a fit, power over the aperiodic
        component.
    """
    figure = new_figure(height=4.0)
    if picture.fit is None:
        _draw_spectra(figure.subplots(), picture)
        return figure
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    _draw_spectra(left, picture)
    _draw_peaks(right, picture, picture.fit)
    return figure


def _draw_spectra(axes: Axes, picture: SpectrumPicture) -> None:
    unit = picture.factor
    axes.set_xscale("log")
    axes.set_yscale("log")
    lines = [np.column_stack([picture.freqs, row * unit]) for row in picture.channels]
    # One picture instead of hundreds of outlines: the file stays small.
    axes.add_collection(
        LineCollection(lines, colors=GREY, linewidths=0.5, alpha=0.3, rasterized=True, zorder=1)
    )
    axes.plot([], [], color=GREY, linewidth=0.7, label=picture.noun)
    axes.fill_between(
        picture.freqs, picture.low * unit, picture.high * unit, color=BLUE, alpha=0.25, linewidth=0
    )
    axes.plot(picture.freqs, picture.mean * unit, color=BLUE, label=picture.label, zorder=3)
    if picture.fit is not None:
        line = picture.fit.aperiodic * unit
        axes.plot(
            picture.fit.freqs, line, color=ORANGE, linestyle="--", label=picture.fit.label, zorder=4
        )
    axes.set_ylabel(f"Power spectral density ({picture.unit}/Hz)")
    axes.set_title("Spectra")
    _frequencies(axes, picture.bands, (float(picture.freqs[0]), float(picture.freqs[-1])))
    low, high = np.log10(picture.channels.min() * unit), np.log10(picture.channels.max() * unit)
    room = 0.06 * (high - low)
    axes.set_ylim(10 ** (low - room), 10 ** (high + 3 * room))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(loc="lower left")


def _draw_peaks(axes: Axes, picture: SpectrumPicture, fit: FitPicture) -> None:
    inside = np.isin(picture.freqs, fit.freqs)
    flat = [
        np.log10(row[inside] / fit.aperiodic) for row in (picture.mean, picture.low, picture.high)
    ]
    axes.set_xscale("log")
    axes.axhline(0, color=ORANGE, linestyle="--", linewidth=1.2, zorder=1)
    axes.fill_between(fit.freqs, flat[1], flat[2], color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(fit.freqs, flat[0], color=BLUE, zorder=3, label="spectrum")
    modelled = np.log10(fit.model / fit.aperiodic)
    axes.plot(fit.freqs, modelled, color=INK, linewidth=1.1, zorder=4, label="model")
    top = max(0.2, float(flat[2].max()), float(modelled.max()))
    bottom = min(-0.1, float(flat[1].min()))
    axes.set_ylim(bottom - 0.05 * (top - bottom), top + 0.3 * (top - bottom))
    for frequency, height in fit.peaks:
        beside = np.abs(np.log(fit.freqs / frequency)) < 0.12  # what the text is above
        above = max(height, float(np.max(flat[2][beside], initial=height)))
        axes.annotate(
            f"{frequency:.1f} Hz",
            (frequency, above),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            fontweight="bold",
        )
    axes.set_ylabel("log10 of power over aperiodic")
    axes.set_title("Above the aperiodic component")
    _frequencies(axes, picture.bands, (float(fit.freqs[0]), float(fit.freqs[-1])))
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0.94))


def _frequencies(
    axes: Axes, bands: Mapping[str, tuple[float, float]], limits: tuple[float, float]
) -> None:
    """Shade every second band, name all, and tick their edges."""
    edges = set(limits)
    for i, (name, band) in enumerate(bands.items()):
        low, high = max(band[0], limits[0]), min(band[1], limits[1])
        if low >= high:
            continue
        edges |= {low, high}
        if i % 2 == 0:
            axes.axvspan(low, high, color=PALE, alpha=0.35, linewidth=0, zorder=0)
        share = np.log(high / low) / np.log(limits[1] / limits[0])
        axes.text(
            np.sqrt(low * high),
            0.985,
            name,
            transform=axes.get_xaxis_transform(),
            fontsize=8.5 if share > 0.12 else 6.5,
            color=GREY,
            ha="center",
            va="top",
        )
    axes.set_xlim(limits)
    axes.set_xticks(_apart(sorted(edges), limits))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Frequency (Hz)")


def _apart(ticks: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """Leave out ticks whose labels would run into the one before."""
    least = 0.05 * np.log(limits[1] / limits[0])
    kept: list[float] = []
    for tick in ticks:
        if not kept or np.log(tick / kept[-1]) > least:
            kept.append(tick)
    return kept
