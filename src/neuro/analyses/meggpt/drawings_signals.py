"""Figures of generated signals beside recorded ones."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from neuro.analyses.meggpt.drawings import SOURCES, TITLES
from neuro.analyses.meggpt.likeness import BANDS
from neuro.viz.style import GREY, INK, SEQUENTIAL, new_figure

Array = NDArray[np.float64]
MOST_POINTS = 1500
N_SHOWN = 6
"""Channels of the example."""


def spectra_figure(frequencies: Array, spectra: Mapping[str, Array]) -> Figure:
    """Draw spectral densities: median over channels and their range from 10 to 90 %.

    Parameters
    ----------
    frequencies : ndarray, shape (n_frequencies,)
        Hz.
    spectra : mapping of str to ndarray, shape (n_channels, n_frequencies)
        By source.
    """
    figure = new_figure(height=4.0)
    panels = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1])
    groups = (("real", "own"), ("real", "truth", "control", "autoregression"))
    for axes, group in zip(panels, groups, strict=True):
        for source in group:
            if source not in spectra:
                continue
            low, middle, high = np.quantile(spectra[source], [0.1, 0.5, 0.9], axis=0)
            axes.plot(frequencies, middle, color=SOURCES[source], label=TITLES[source],
                      linestyle=":" if source == "truth" else "-")  # fmt: skip
            if source in ("real", "own"):
                axes.fill_between(
                    frequencies, low, high, color=SOURCES[source], alpha=0.18, linewidth=0
                )
        axes.set_yscale("log")
        axes.set(xlabel="Frequency (Hz)", xlim=(frequencies[0], frequencies[-1]))
        axes.legend()
    panels[0].set(ylabel="Power (1/Hz)", title="Generated")
    panels[1].set_title("Baselines")
    return figure


def example_figure(real: Array, own: Array, sfreq: float, names: tuple[str, ...]) -> Figure:
    """Draw two seconds of a few channels, recorded and generated."""
    chosen = np.unique(np.linspace(0, len(real) - 1, N_SHOWN).round().astype(int))
    figure = new_figure(height=0.9 + 0.55 * len(chosen))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, source, data in zip(panels, ("real", "own"), (real, own), strict=True):
        times = np.arange(data.shape[1]) / sfreq
        for row, channel in enumerate(chosen):
            axes.plot(times, data[channel] - 5 * row, color=SOURCES[source], linewidth=0.9)
        axes.set(xlabel="Time (s)", title=TITLES[source].capitalize(), xlim=(0, times[-1]))
    panels[0].set_yticks([-5.0 * row for row in range(len(chosen))], [names[i] for i in chosen])
    for axes in panels:
        axes.tick_params(axis="y", length=0)
    return figure


def coupling_figure(covariances: Mapping[str, Array], envelopes: Mapping[str, Array]) -> Figure:
    """Draw what pairs of channels share, generated against recorded.

    Parameters
    ----------
    covariances, envelopes : mapping of str to ndarray, shape (n_channels, n_channels)
        Covariance, and correlation of alpha envelopes, by source.
    """
    figure = new_figure(height=4.6, width=9.0)
    panels = figure.subplots(1, 2)
    above = np.triu_indices(len(covariances["real"]), 1)
    step = max(1, len(above[0]) // MOST_POINTS)
    titles = ("Covariance", "Correlation of alpha envelopes")
    for axes, found, title in zip(panels, (covariances, envelopes), titles, strict=True):
        x = found["real"][above]
        for source in ("autoregression", "control", "own"):
            if source not in found:
                continue
            y = found[source][above]
            r = np.corrcoef(x, y)[0, 1] if x.std() > 0 and y.std() > 0 else 0.0
            axes.plot(x[::step], y[::step], ".", color=SOURCES[source], markersize=4, alpha=0.6,
                      markeredgewidth=0, label=f"{TITLES[source]}, r = {r:.2f}")  # fmt: skip
        shown = np.concatenate([found[s][above] for s in found if s in SOURCES and s != "truth"])
        low, high = np.quantile(shown, [0.001, 0.999])
        axes.plot([low, high], [low, high], color=GREY, linewidth=0.8)
        axes.set(xlabel="Recorded", ylabel="Generated", title=title)
        axes.legend(loc="upper left", markerscale=3, handletextpad=0.2)
        axes.set_ylim(low - 0.05 * (high - low), high + 0.35 * (high - low))
    return figure


def bands_figure(real: Mapping[str, Array], own: Mapping[str, Array]) -> Figure:
    """Draw the power of each channel in each band, generated against recorded."""
    figure = new_figure(height=2.9)
    panels = figure.subplots(1, len(real))
    for axes, name in zip(panels, real, strict=True):
        both = np.stack([real[name], own[name]])
        low, high = float(both.min()), float(both.max())
        axes.plot([low, high], [low, high], color=GREY, linewidth=0.8)
        axes.plot(*both, ".", color=SOURCES["own"], markersize=5)
        edges = BANDS[name]
        axes.set(xlabel="Recorded", title=f"{name}, {edges[0]}-{edges[1]} Hz", aspect="equal")
        axes.title.set_fontsize(9.5)
        axes.locator_params(nbins=3)
    panels[0].set_ylabel("Generated")
    return figure


def maps_figure(positions: Array, real: Mapping[str, Array], own: Mapping[str, Array]) -> Figure:
    """Draw the power of each parcel in each band at its place, seen from above.

    Parameters
    ----------
    positions : ndarray, shape (n_parcels, 3)
        Centers, mm: right, front, up.
    real, own : mapping of str to ndarray, shape (n_parcels,)
        Share of the power from 1 to 45 Hz, recorded and generated.
    """
    figure = new_figure(height=6.4)
    grid = figure.subplots(2, len(real))
    order = np.argsort(positions[:, 2])
    for column, name in enumerate(real):
        both = np.concatenate([real[name], own[name]])
        low, high = np.quantile(both, [0.02, 0.98])
        for axes, values in zip(grid[:, column], (real[name], own[name]), strict=True):
            image = axes.scatter(
                *positions[order][:, :2].T, c=values[order], cmap=SEQUENTIAL, vmin=low, vmax=high,
                s=40, linewidths=0,
            )  # fmt: skip
            axes.set(aspect="equal", xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        edges = BANDS[name]
        grid[0, column].set_title(f"{name}, {edges[0]}-{edges[1]} Hz", fontsize=9.5, loc="center")
        bar = figure.colorbar(image, ax=grid[:, column], orientation="horizontal", pad=0.02,
                              aspect=16, extend="both")  # fmt: skip
        bar.ax.locator_params(nbins=3)
        bar.ax.tick_params(labelsize=8)
        bar.outline.set_visible(False)
    for axes, source in zip(grid[:, 0], ("real", "own"), strict=True):
        axes.set_ylabel(TITLES[source].capitalize(), color=INK)
    figure.supxlabel("Share of the power from 1 to 45 Hz", fontsize=9)
    return figure
