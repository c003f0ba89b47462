"""Power spectral density and band power, with jackknife intervals; any kind of channel.

The spectrum is the mean over windows of each window's estimate, as in MNE: Welch (1967, IEEE
Transactions on Audio and Electroacoustics 15:70-73) or multitaper (Thomson, 1982).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import mne
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from neuro.stats.intervals import Band
from neuro.stats.jackknife import jackknife_band, leave_one_out

Floats = NDArray[np.float64]
MIN_WINDOWS = 5
"""Fewer windows give no interval worth the name."""


@dataclass(frozen=True)
class Power:
    """Spectra and what bands hold of them; the unit is that of the data, squared.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    psd : Band
        Density per Hz, shape (n_channels, n_freqs).
    absolute : Band
        Power of each band, shape (n_bands, n_channels).
    relative : Band
        Its share of the power over all frequencies, shape (n_bands, n_channels).
    left_out : ndarray, shape (n_blocks, n_channels, n_freqs)
        Spectra without each block of windows.
    n_windows : int
        Windows averaged.
    """

    freqs: Floats
    psd: Band
    absolute: Band
    relative: Band
    left_out: Floats
    n_windows: int


def window_spectra(
    windows: Floats,
    sfreq: float,
    fmin: float,
    fmax: float,
    method: Literal["welch", "multitaper"] = "welch",
    bandwidth: float | None = None,
) -> tuple[Floats, Floats]:
    """Spectrum of each window.

    Parameters
    ----------
    windows : ndarray, shape (n_windows, n_channels, n_times)
        The data.
    sfreq, fmin, fmax : float
        Sampling rate, lowest and highest frequency, Hz.
    method : {'welch', 'multitaper'}
        A Hann taper, or Slepian tapers.
    bandwidth : float | None
        Full bandwidth of multitaper smoothing, Hz.

    Returns
    -------
    psd : ndarray, shape (n_windows, n_channels, n_freqs)
        Density, squared unit of the data per Hz.
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    """
    if method == "multitaper":
        psd, freqs = mne.time_frequency.psd_array_multitaper(
            windows,
            sfreq,
            fmin,
            fmax,
            bandwidth=bandwidth,
            normalization="full",
            verbose="ERROR",
        )
        return psd, freqs
    # MNE's Welch estimate of the windows, without its loop over signals.
    freqs, psd = scipy.signal.periodogram(windows, sfreq, "hann", detrend="constant")
    inside = (freqs >= fmin) & (freqs <= fmax)
    return psd[..., inside], freqs[inside]


def power(
    spectra: Floats,
    freqs: Floats,
    bands: Mapping[str, tuple[float, float]],
    limits: tuple[float, float],
    confidence: float,
) -> Power:
    """Average the windows' spectra, integrate bands, and give all of it intervals.

    Parameters
    ----------
    spectra : ndarray, shape (n_windows, n_channels, n_freqs)
        From :func:`window_spectra`, in order of time.
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz, evenly spaced.
    bands : mapping of str to tuple of float
        Lower edge, included, and upper edge, excluded, Hz.
    limits : tuple of float
        Edges of what relative power refers to, Hz.
    confidence : float
        Of the intervals.

    Returns
    -------
    power : Power
        Intervals come from a jackknife of the logarithm over blocks of consecutive windows.
    """
    left_out = leave_one_out(spectra)
    mean = spectra.mean(axis=0)

    def interval(estimate: Floats, without: Floats) -> Band:
        band = jackknife_band(np.log(estimate), np.log(without), confidence)
        return Band(estimate, np.exp(band.low), np.exp(band.high))

    absolute = band_power(mean, freqs, bands)
    absolute_without = band_power(left_out, freqs, bands)
    total, total_without = (band_power(x, freqs, {"all": limits})[0] for x in (mean, left_out))
    return Power(
        freqs=freqs,
        psd=interval(mean, left_out),
        absolute=interval(absolute, absolute_without.swapaxes(0, 1)),
        relative=interval(absolute / total, (absolute_without / total_without).swapaxes(0, 1)),
        left_out=left_out,
        n_windows=len(spectra),
    )


def band_power(psd: Floats, freqs: Floats, bands: Mapping[str, tuple[float, float]]) -> Floats:
    """Power in each band; bands that touch share no frequency.

    Parameters
    ----------
    psd : ndarray, shape (..., n_freqs)
        Density.
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz, evenly spaced.
    bands : mapping of str to tuple of float
        Lower edge, included, and upper edge, excluded, Hz.

    Returns
    -------
    power : ndarray, shape (n_bands, ...)
        Sum of the density times the frequency step: V² for V²/Hz. A sinusoid of amplitude A
        within the band gives A²/2.
    """
    slack = 1e-6 * _step(freqs)
    inside = [(freqs >= low - slack) & (freqs < high - slack) for low, high in bands.values()]
    return np.stack([psd[..., there].sum(axis=-1) * _step(freqs) for there in inside])


def log_mean(psd: Floats, picks: list[int]) -> Floats:
    """Geometric mean over channels: the mean spectrum as it is drawn, on a logarithmic axis.

    Parameters
    ----------
    psd : ndarray, shape (..., n_channels, n_freqs)
        Density.
    picks : list of int
        The channels.

    Returns
    -------
    mean : ndarray, shape (..., n_freqs)
        Density.
    """
    mean: Floats = np.exp(np.log(psd[..., picks, :]).mean(axis=-2))
    return mean


def _step(freqs: Floats) -> float:
    return float(freqs[1] - freqs[0])
