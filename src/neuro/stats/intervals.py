"""Confidence bands around means, from Student's t distribution, pointwise."""

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """An estimate with its pointwise confidence interval.

    Parameters
    ----------
    mean, low, high : ndarray
        Estimate and bounds, of one shape and in the unit of the data.
    """

    mean: Floats
    low: Floats
    high: Floats


def mean_band(trials: Floats, confidence: float) -> Band:
    """Mean over trials and its pointwise t interval.

    Parameters
    ----------
    trials : ndarray, shape (n_trials, ...)
        The data.
    confidence : float
        E.g. 0.95.

    Returns
    -------
    band : Band
        Arrays of shape (...).

    Raises
    ------
    ValueError
        If there are fewer than two trials.
    """
    n = _count(trials)
    mean = trials.mean(axis=0)
    error = trials.std(axis=0, ddof=1) / np.sqrt(n)
    half = scipy.stats.t.ppf(0.5 + confidence / 2, n - 1) * error
    return Band(mean, mean - half, mean + half)


def difference_band(first: Floats, second: Floats, confidence: float) -> Band:
    """Difference of the means of two independent samples and its pointwise Welch interval.

    Parameters
    ----------
    first, second : ndarray, shapes (n_first, ...) and (n_second, ...)
        The data.
    confidence : float
        E.g. 0.95.

    Returns
    -------
    band : Band
        First minus second, arrays of shape (...).

    Raises
    ------
    ValueError
        If a sample has fewer than two trials.

    Notes
    -----
    Unequal variances; degrees of freedom after Welch (1947), Biometrika 34:28-35.
    """
    counts = [_count(sample) for sample in (first, second)]
    parts = [s.var(axis=0, ddof=1) / n for s, n in zip((first, second), counts, strict=True)]
    variance = parts[0] + parts[1]
    spread = sum(part**2 / (n - 1) for part, n in zip(parts, counts, strict=True))
    # Constant data have no spread: any degrees of freedom then give a band of width zero.
    df = np.divide(variance**2, spread, out=np.ones_like(variance), where=spread > 0)
    difference = first.mean(axis=0) - second.mean(axis=0)
    half = scipy.stats.t.ppf(0.5 + confidence / 2, df) * np.sqrt(variance)
    return Band(difference, difference - half, difference + half)


def _count(trials: Floats) -> int:
    if len(trials) < 2:
        raise ValueError(f"A confidence band needs at least two trials, got {len(trials)}")
    return len(trials)
