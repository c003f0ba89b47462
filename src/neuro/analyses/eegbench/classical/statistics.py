"""Thirty-one measures of each channel of a single trial: moments, power, spectral shape, entropy.

The set of Wang et al., 2026, arXiv 2601.00573 ("EEGFeatures"). The mean frequency is the centroid,
as it is there.
"""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.classical.shape import TINY, Shape
from neuro.analyses.eegbench.classical.spectrum import BANDS, band_weights, welch
from neuro.analyses.eegbench.classical.steps import PerTrial, check_rate

Floats = NDArray[np.float64]

MOMENTS = ("mean", "sd", "variance", "skewness", "excess kurtosis", "interquartile range")
ORDERED = ("median", "minimum", "maximum", "root mean square")
FOUR = ("delta", "theta", "alpha", "beta")
POWER = (*FOUR, "total", "theta/alpha", "alpha/beta", *(f"relative {name}" for name in FOUR))
SPECTRAL = (
    "centroid",
    "85 % roll-off",
    "peak frequency",
    "peak power",
    "mean frequency",
    "median frequency",
    "flatness",
)
ENTROPY = ("normalized spectral entropy", "Tsallis entropy", "Shannon entropy")
NAMES = (*MOMENTS, *ORDERED, *POWER, *SPECTRAL, *ENTROPY)
"""The thirty-one."""


class StatisticalFeatures(PerTrial):
    """The thirty-one measures of every channel.

    Parameters
    ----------
    sfreq : float or None
        Sampling rate, Hz.
    """

    def __init__(self, sfreq: float | None = None) -> None:
        self.sfreq = sfreq

    def transform(self, X: Floats) -> Floats:
        """Measure, shape (n_trials, n_channels x 31), a channel's measures side by side."""
        data = np.asarray(X, dtype=np.float64)
        freqs, density = welch(data, check_rate(self, self.sfreq))
        measures = [*moments(data), *powers(freqs, density), *spectral(freqs, density)]
        return np.stack(measures, axis=-1).reshape(len(X), -1)


def moments(data: Floats) -> list[Floats]:
    """Ten measures of amplitudes; of a flat channel, skewness and kurtosis are 0.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    """
    mean = data.mean(axis=-1)
    centered = data - mean[..., np.newaxis]
    squared = centered * centered
    variance = squared.mean(axis=-1)
    # A product in place of a power: `**` of an array is a hundred times slower for 3 than for 2.
    third = np.einsum("...t,...t->...", squared, centered) / data.shape[-1]
    fourth = np.einsum("...t,...t->...", squared, squared) / data.shape[-1]
    safe = np.where(variance > 0, variance, 1.0)
    skewness = third / (safe * np.sqrt(safe))
    kurtosis = np.where(variance > 0, fourth / (safe * safe) - 3, 0.0)
    ordered = np.sort(data, axis=-1)
    first, median, last = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    root = np.sqrt(variance + mean * mean)
    sides = [ordered[..., 0], ordered[..., -1], root]
    return [mean, np.sqrt(variance), variance, skewness, kurtosis, last - first, median, *sides]


def _quantile(ordered: Floats, share: float) -> Floats:
    position = share * (ordered.shape[-1] - 1)
    below = int(position)
    above = min(below + 1, ordered.shape[-1] - 1)
    weight = position - below
    found: Floats = (1 - weight) * ordered[..., below] + weight * ordered[..., above]
    return found


def powers(freqs: Floats, density: Floats) -> list[Floats]:
    """Eleven measures of power in four bands.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (..., n_freqs)
        Power spectral densities.
    """
    absolute = np.maximum(density @ band_weights(freqs, [BANDS[name] for name in FOUR]), TINY)
    total = absolute.sum(axis=-1)
    bands = list(np.moveaxis(absolute, -1, 0))
    ratios = [bands[1] / bands[2], bands[2] / bands[3]]
    return [*bands, total, *ratios, *(band / total for band in bands)]


def spectral(freqs: Floats, density: Floats) -> list[Floats]:
    """Seven measures of shape and three of entropy.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (..., n_freqs)
        Power spectral densities.
    """
    shape = Shape(freqs, density)
    centroid, entropy = shape.centroid(), shape.entropy()
    where = [centroid, shape.below(0.85), *shape.peak(), centroid, shape.below(0.5)]
    return [*where, shape.flatness(), entropy / np.log2(len(shape.freqs)), shape.tsallis(), entropy]
