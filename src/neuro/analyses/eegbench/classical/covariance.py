"""Covariance matrices of single trials, all trials at once.

The same numbers as scikit-learn's `ledoit_wolf` (Ledoit & Wolf, 2004, Journal of Multivariate
Analysis 88:365-411) and `oas` (Chen et al., 2010, IEEE Transactions on Signal Processing
58:5016-5029) give trial by trial.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Estimator = Literal["scm", "lwf", "oas"]


def trial_covariances(data: Floats, estimator: Estimator = "oas") -> Floats:
    """Estimate the covariance of each trial over time.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    estimator : str
        `scm` for the sample covariance, `lwf` for Ledoit and Wolf's shrinkage, `oas` for the
        oracle approximating shrinkage.

    Returns
    -------
    covariances : ndarray, shape (n_trials, n_channels, n_channels)
    """
    centered = data - data.mean(axis=-1, keepdims=True)
    n_channels, n_times = data.shape[-2:]
    found: Floats = centered @ centered.transpose(0, 2, 1) / n_times
    if estimator == "scm" or n_channels == 1:
        return found
    shares = oas_shares(found, n_times) if estimator == "oas" else _lwf_shares(found, centered)
    return shrink(found, shares)


def shrink(covariances: Floats, shares: Floats) -> Floats:
    """Move covariances towards a multiple of the identity of the same trace.

    Parameters
    ----------
    covariances : ndarray, shape (..., n, n)
        Sample covariances.
    shares : ndarray, shape (...,)
        How far, from 0 to 1.
    """
    n = covariances.shape[-1]
    means = np.trace(covariances, axis1=-2, axis2=-1) / n
    shrunk: Floats = (1 - shares)[..., np.newaxis, np.newaxis] * covariances
    shrunk[..., np.arange(n), np.arange(n)] += (shares * means)[..., np.newaxis]
    return shrunk


def oas_shares(covariances: Floats, n_samples: int) -> Floats:
    """Share of the oracle approximating shrinkage.

    Parameters
    ----------
    covariances : ndarray, shape (..., n, n)
        Sample covariances.
    n_samples : int
        Samples that they were estimated from.
    """
    n = covariances.shape[-1]
    alpha = (covariances**2).mean(axis=(-2, -1))
    squared = (np.trace(covariances, axis1=-2, axis2=-1) / n) ** 2
    numerator = alpha + squared
    denominator = (n_samples + 1) * (alpha - squared / n)
    # A constant trial: nothing to shrink, and nothing to divide by.
    shares = np.divide(numerator, denominator, out=np.ones_like(numerator), where=denominator > 0)
    found: Floats = np.minimum(shares, 1.0)
    return found


def _lwf_shares(covariances: Floats, centered: Floats) -> Floats:
    n, n_times = centered.shape[-2:]
    traces = np.trace(covariances, axis1=-2, axis2=-1)
    fourth = ((centered**2).sum(axis=-2) ** 2).sum(axis=-1)
    squares = (covariances**2).sum(axis=(-2, -1))
    delta = (squares - traces**2 / n) / n
    beta = np.minimum((fourth / n_times - squares) / (n * n_times), delta)
    shares: Floats = np.divide(beta, delta, out=np.zeros_like(beta), where=beta != 0)
    return shares
