"""How like recordings what was generated is: spectra, band powers, covariances, envelopes."""

from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.typing import NDArray

Array = NDArray[np.float64]
BAND = (1.0, 45.0)
"""Frequencies that spectra are compared over, in hertz."""
BANDS = {"delta": (1, 4), "theta": (4, 8), "alpha": (8, 12), "beta": (12, 30), "gamma": (30, 45)}


@dataclass(frozen=True)
class Likeness:
    """Generated signals against real ones.

    Parameters
    ----------
    cosine, distance : ndarray, shape (n_channels,)
        Cosine similarity and Euclidean distance of spectral densities, 1 to 45 Hz.
    covariance : float
        Correlation of covariances between channels, off the diagonal.
    envelopes : float
        Correlation of correlations between alpha envelopes, off the diagonal.
    bands : dict of str to float
        Correlation over channels of each band's share of the power.
    """

    cosine: Array
    distance: Array
    covariance: float
    envelopes: float
    bands: dict[str, float]


def compare(generated: NDArray[np.floating], real: NDArray[np.floating], sfreq: float) -> Likeness:
    """Compare generated with real signals.

    Parameters
    ----------
    generated, real : ndarray, shape (n_channels, n_times)
        Standardized signals; lengths may differ.
    sfreq : float
        Sampling rate, in hertz.

    Returns
    -------
    likeness : Likeness
        How like they are.

    Raises
    ------
    ValueError
        If they have not the same channels.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> signals = np.cumsum(np.random.default_rng(0).standard_normal((3, 4000)), axis=1)
    >>> likeness = neuro.meggpt.compare(signals[:, :2000], signals[:, 2000:], 100.0)
    >>> likeness.cosine.shape, sorted(likeness.bands)[:2]
    ((3,), ['alpha', 'beta'])
    """
    if len(generated) != len(real):
        raise ValueError(
            f"generated: expected {len(real)} channels, as the real signals have. "
            f"Got {len(generated)}."
        )
    _, ours = welch(generated, sfreq)
    _, theirs = welch(real, sfreq)
    maps = band_powers(generated, sfreq), band_powers(real, sfreq)
    return Likeness(
        cosines(ours, theirs),
        np.linalg.norm(ours - theirs, axis=1),
        off_diagonal(np.cov(generated), np.cov(real)),
        off_diagonal(envelope_correlation(generated, sfreq), envelope_correlation(real, sfreq)),
        {name: float(_correlation(np.stack([m[name] for m in maps]))[0, 1]) for name in BANDS},
    )


def welch(data: NDArray[np.floating], sfreq: float) -> tuple[Array, Array]:
    """Power spectral densities from 1 to 45 Hz: windows of 2 s, half overlapping."""
    size = min(round(2 * sfreq), data.shape[1])
    frequencies, density = scipy.signal.welch(data, sfreq, nperseg=size, axis=1)
    inside = (frequencies >= BAND[0]) & (frequencies <= BAND[1])
    return frequencies[inside], density[:, inside]


def band_powers(data: NDArray[np.floating], sfreq: float) -> dict[str, Array]:
    """Share of the power from 1 to 45 Hz that each band has.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Signals.
    sfreq : float
        Sampling rate, in hertz.

    Returns
    -------
    shares : dict of str to ndarray, shape (n_channels,)
        By name in :data:`BANDS`: a map over channels.
    """
    frequencies, density = welch(data, sfreq)
    total = density.sum(axis=1)
    return {name: _power(density, frequencies, *edges) / total for name, edges in BANDS.items()}


def cosines(first: Array, second: Array) -> Array:
    """Cosine similarity of each row of one matrix with that of another, shape (n_rows,)."""
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    found: Array = (first * second).sum(axis=1) / norms
    return found


def off_diagonal(first: Array, second: Array) -> float:
    """Correlation of two symmetric matrices above their diagonals; 0 where one is constant."""
    above = np.triu_indices(len(first), 1)
    a, b = first[above], second[above]
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def envelope_correlation(data: NDArray[np.floating], sfreq: float) -> Array:
    """Correlations of alpha envelopes between channels, shape (n_channels, n_channels)."""
    sos = scipy.signal.butter(4, BANDS["alpha"], "bandpass", fs=sfreq, output="sos")
    narrow = scipy.signal.sosfiltfilt(sos, data, axis=1)
    return _correlation(np.abs(scipy.signal.hilbert(narrow, axis=1)))


def _correlation(data: NDArray[np.floating]) -> Array:
    matrix: Array = np.asarray(np.corrcoef(data), dtype=np.float64)
    return matrix


def _power(density: Array, frequencies: Array, low: float, high: float) -> Array:
    inside = (frequencies >= low) & (frequencies < high)
    power: Array = density[:, inside].sum(axis=1)
    return power
