"""Power spectra of single trials, and what is read from them.

Welch (1967, IEEE Transactions on Audio and Electroacoustics 15:70-73): the same numbers as
`scipy.signal.welch` with its defaults.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import butter, get_window, sosfiltfilt

from neuro.analyses.eegbench.classical.steps import PerTrial, check_rate
from neuro.analyses.eegbench.method import NotApplicableError

Floats = NDArray[np.float64]

BANDS = {
    "delta": (0.5, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 12.0),
    "beta": (12.0, 30.0),
    "gamma": (30.0, 45.0),
}
"""Hz."""
LONGEST = 256
"""Samples of a segment."""


def welch(data: Floats, sfreq: float, longest: int = LONGEST) -> tuple[Floats, Floats]:
    """Estimate power spectral densities: Hann windows, half of them shared, means removed.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    sfreq : float
        Sampling rate, Hz.
    longest : int
        Samples of a segment; signals that are shorter are one segment.

    Returns
    -------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (..., n_freqs)
        Squared unit of `data` per Hz.
    """
    n = min(longest, data.shape[-1])
    hop = n - n // 2
    taper = get_window("hann", n)
    starts = range(0, data.shape[-1] - n + 1, hop)
    density = np.zeros((*data.shape[:-1], n // 2 + 1))
    for start in starts:
        part = data[..., start : start + n]
        transformed = rfft((part - part.mean(axis=-1, keepdims=True)) * taper, axis=-1)
        density += transformed.real**2 + transformed.imag**2
    density /= len(starts) * sfreq * (taper**2).sum()
    density[..., 1 : None if n % 2 else -1] *= 2
    freqs: Floats = np.arange(n // 2 + 1) * (sfreq / n)
    return freqs, density


def band_weights(freqs: Floats, bands: list[tuple[float, float]]) -> Floats:
    """Weights that turn a spectrum into power of bands.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz, evenly spaced.
    bands : list of (float, float)
        Edges, Hz. What lies above the highest frequency does not count.

    Returns
    -------
    weights : ndarray, shape (n_freqs, n_bands)
        The spectrum is taken as straight between its points and integrated, so that also a band
        narrower than the resolution has a power.

    Raises
    ------
    ValueError
        If a band lies above the highest frequency.
    """
    spacing = freqs[1]
    weights = np.zeros((len(freqs), len(bands)))
    for column, (low, high) in enumerate(bands):
        if low >= freqs[-1]:
            raise ValueError(
                f"The band from {low:g} to {high:g} Hz lies above {freqs[-1]:g} Hz, the highest "
                "frequency of the trials"
            )
        edges = np.clip((low, high), freqs[0], freqs[-1])
        knots = np.unique(np.concatenate((edges, freqs[(freqs > low) & (freqs < high)])))
        for left, right in pairwise(knots):
            middle = (left + right) / 2 / spacing
            below = min(int(middle), len(freqs) - 2)
            weights[below, column] += (right - left) * (1 - (middle - below))
            weights[below + 1, column] += (right - left) * (middle - below)
    return weights


class BandPower(PerTrial):
    """Logarithm of the power of each channel in each band.

    Parameters
    ----------
    kind : str
        `psd` for the mean density by Welch's method; `de` for the differential entropy of the
        signal in the band, were it normally distributed (Duan et al., 2013, NER), from its
        variance over the whole trial.
    bands : list of str or None
        Of :data:`BANDS`; None for all that begin below the highest frequency.
    sfreq : float or None
        Sampling rate, Hz.
    """

    def __init__(
        self, kind: str = "psd", bands: list[str] | None = None, sfreq: float | None = None
    ) -> None:
        self.kind = kind
        self.bands = bands
        self.sfreq = sfreq

    def transform(self, X: Floats) -> Floats:
        """Compute, shape (n_trials, n_channels x n_bands)."""
        sfreq = check_rate(self, self.sfreq)
        if self.kind not in ("psd", "de"):
            raise ValueError(f"`kind` of BandPower must be 'psd' or 'de', got {self.kind!r}")
        names = self.bands or [name for name, (low, _) in BANDS.items() if low < 0.9 * sfreq / 2]
        if unknown := set(names) - set(BANDS):
            raise ValueError(f"`bands` must be of {', '.join(BANDS)}, got {sorted(unknown)}")
        edges = [BANDS[name] for name in names]
        data = np.asarray(X, dtype=np.float64)
        freqs, density = welch(data, sfreq) if self.kind == "psd" else periodogram(data, sfreq)
        power = density @ band_weights(freqs, edges)
        # A flat channel has no power: the least that a float can tell from none.
        power = np.maximum(power, np.finfo(np.float64).tiny)
        if self.kind == "psd":
            found = np.log10(power / np.diff(edges)[:, 0])
        else:
            found = 0.5 * np.log(2 * np.pi * np.e * power)
        return found.reshape(len(X), -1)


class BandPass(PerTrial):
    """Trials filtered forward and backward by a Butterworth filter of fourth order.

    Trials are cut before they are filtered: the first and last cycles of the lowest frequency are
    less certain than the rest.

    Parameters
    ----------
    low, high : float
        Edges, Hz. One at or above the highest frequency of the trials makes it a high-pass.
    sfreq : float or None
        Sampling rate, Hz.
    """

    def __init__(self, low: float = 8.0, high: float = 32.0, sfreq: float | None = None) -> None:
        self.low = low
        self.high = high
        self.sfreq = sfreq

    def transform(self, X: Floats) -> Floats:
        """Filter trials of shape (n_trials, n_channels, n_times).

        Raises
        ------
        NotApplicableError
            If trials are too short, or the band lies above what they hold.
        """
        sfreq, data = check_rate(self, self.sfreq), np.asarray(X, dtype=np.float64)
        if self.low >= sfreq / 2:
            raise NotApplicableError(
                f"The band from {self.low:g} Hz lies above {sfreq / 2:g} Hz, the highest frequency "
                "of the trials"
            )
        whole = self.high >= 0.98 * sfreq / 2
        edges, kind = (self.low, "highpass") if whole else ((self.low, self.high), "bandpass")
        sections = butter(4, edges, kind, fs=sfreq, output="sos")
        least = 3 * (2 * len(sections) + 1)
        if data.shape[-1] <= least:
            raise NotApplicableError(
                f"BandPass needs trials of more than {least} samples, got {data.shape[-1]}"
            )
        filtered: Floats = sosfiltfilt(sections, data, axis=-1)
        return filtered


def periodogram(data: Floats, sfreq: float) -> tuple[Floats, Floats]:
    """Spectrum of whole trials without a taper, whose integral is their variance.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    sfreq : float
        Sampling rate, Hz.
    """
    n = data.shape[-1]
    transformed = rfft(data - data.mean(axis=-1, keepdims=True), axis=-1)
    density = (transformed.real**2 + transformed.imag**2) / (n * sfreq)
    density[..., 1 : None if n % 2 else -1] *= 2
    freqs: Floats = np.arange(n // 2 + 1) * (sfreq / n)
    return freqs, density
