"""Amplitude of slow fluctuations: ALFF (Zang et al. 2007) and fALFF (Zou et al. 2008)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bridged(kept: Floats, good: NDArray[np.bool_]) -> Floats:
    """Put volumes that were left out back by linear interpolation over time.

    Parameters
    ----------
    kept : ndarray, shape (n_good, n_series)
        Good volumes.
    good : ndarray of bool, shape (n_times,)
        Which they are.
    """
    if good.all():
        return kept
    times, there = np.arange(good.size), np.flatnonzero(good)
    return np.column_stack([np.interp(times, there, column) for column in kept.T])


def fluctuations(series: Floats, tr: float, band: tuple[float, float]) -> tuple[Floats, Floats]:
    """ALFF and fALFF of time courses that were not band-passed.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_series)
        Detrended, evenly sampled.
    tr : float
        Repetition time, s.
    band : tuple of float
        Edges, Hz.

    Returns
    -------
    alff : ndarray, shape (n_series,)
        Mean amplitude (square root of the periodogram) within the band, in the unit of the data
        times the square root of s.
    falff : ndarray, shape (n_series,)
        Sum of amplitudes within the band by the sum over all frequencies above 0.

    Raises
    ------
    ValueError
        If no frequency of the recording lies within the band.
    """
    n_times = len(series)
    freqs = np.fft.rfftfreq(n_times, tr)
    within = (freqs >= band[0]) & (freqs <= band[1])
    if not within.any():
        raise ValueError(
            f"preprocess.maps.band {list(band)} Hz holds no frequency of a recording of "
            f"{n_times * tr:g} s; it resolves {freqs[1]:.3g} Hz. Widen the band, or take alff and "
            "falff out of preprocess.maps.kinds"
        )
    spectrum = np.abs(np.fft.rfft(series - series.mean(axis=0), axis=0))
    amplitude = spectrum * np.sqrt(2 * tr / n_times)
    total = amplitude[1:].sum(axis=0)
    share = amplitude[within].sum(axis=0) / np.where(total > 0, total, np.inf)
    return amplitude[within].mean(axis=0), share
