"""Bootstrap of means: resampling trials with replacement (Efron & Tibshirani, 1993)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["percentile", "basic"]


def resampled_means(
    strata: Sequence[Floats], n_bootstraps: int, rng: np.random.Generator
) -> Floats:
    """Means over all trials of bootstrap samples drawn within strata.

    Parameters
    ----------
    strata : sequence of ndarray, shapes (n_trials, n_times)
        Trials of each stratum; every sample keeps their numbers.
    n_bootstraps : int
        Number of samples.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    means : ndarray, shape (n_bootstraps, n_times)
        Mean of each sample.

    Raises
    ------
    ValueError
        If a stratum is empty.
    """
    if not strata or not all(len(trials) for trials in strata):
        raise ValueError(f"Every stratum needs a trial, got {[len(s) for s in strata]}")
    total = sum(len(trials) for trials in strata)
    means = np.zeros((n_bootstraps, strata[0].shape[1]))
    for trials in strata:
        n = len(trials)
        # How often each trial is drawn: the mean of a sample is then one matrix product.
        counts = rng.multinomial(n, np.full(n, 1 / n), size=n_bootstraps)
        means += counts @ trials
    means /= total
    return means


def interval(
    samples: Floats, confidence: float, *, estimate: float, kind: Kind = "percentile"
) -> tuple[float, float]:
    """Bootstrap confidence interval of a statistic.

    Parameters
    ----------
    samples : ndarray, shape (n_bootstraps,)
        The statistic of each bootstrap sample.
    confidence : float
        E.g. 0.95.
    estimate : float
        The statistic of the data.
    kind : {'percentile', 'basic'}
        `basic` mirrors the percentiles at the estimate, which takes out the bias of statistics
        that noise pushes to one side, such as an extreme value.

    Returns
    -------
    low, high : float
        The interval.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    if kind == "basic":
        low, high = 2 * estimate - high, 2 * estimate - low
    return float(low), float(high)
