"""Delete-one-block jackknife: intervals of statistics of a time series' mean.

Blocks of consecutive windows keep the dependence of neighbors inside (Künsch, 1989, Annals of
Statistics 17:1217-1241). For spectra it is taken of the logarithm, after Thomson & Chave (1991).
"""

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from neuro.stats.intervals import Band

Floats = NDArray[np.float64]

MOST_BLOCKS = 20
"""More blocks would be shorter, hence less independent, and hardly narrow the t quantile."""


def leave_one_out(samples: Floats, n_blocks: int = MOST_BLOCKS) -> Floats:
    """Means without one block of consecutive samples each.

    Parameters
    ----------
    samples : ndarray, shape (n_samples, ...)
        In order of time.
    n_blocks : int
        Blocks, at most one per sample.

    Returns
    -------
    means : ndarray, shape (n_blocks, ...)
        Mean over all samples outside of each block.

    Raises
    ------
    ValueError
        If there are fewer than two samples.
    """
    n = len(samples)
    if n < 2:
        raise ValueError(f"A jackknife needs at least two samples, got {n}")
    edges = np.linspace(0, n, min(n_blocks, n) + 1).round().astype(int)
    sums = np.add.reduceat(samples, edges[:-1], axis=0)
    left = (n - np.diff(edges)).reshape(-1, *[1] * (samples.ndim - 1))
    means: Floats = (sums.sum(axis=0) - sums) / left
    return means


def jackknife_band(estimate: Floats, left_out: Floats, confidence: float) -> Band:
    """Pointwise t interval from the spread of delete-one estimates.

    Parameters
    ----------
    estimate : ndarray, shape (...)
        The statistic of all data.
    left_out : ndarray, shape (n_blocks, ...)
        The statistic without each block.
    confidence : float
        E.g. 0.95.

    Returns
    -------
    band : Band
        Estimate and bounds, shape (...).
    """
    n = len(left_out)
    error = np.sqrt((n - 1) * left_out.var(axis=0))
    half = scipy.stats.t.ppf(0.5 + confidence / 2, n - 1) * error
    estimate = np.asarray(estimate, dtype=float)
    return Band(estimate, estimate - half, estimate + half)
