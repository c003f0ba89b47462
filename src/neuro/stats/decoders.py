"""Linear discriminant analysis of two classes, with a covariance that does not need the labels.

The covariance of all training trials, classes together, is shrunk, as Ledoit & Wolf (2004, Journal
of Multivariate Analysis 88:365-411) say if no share is given. It differs
from the covariance within classes by a part along the difference of their means only, so the
direction found is that of linear discriminant analysis with the same ridge; but other labels, as
in a permutation test, cost one product.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """What training learns before it sees labels.

    Parameters
    ----------
    mean, scale : ndarray, shape (n_channels,)
        Mean and standard deviation over training trials; the deviation of a constant channel is 1.
    operator : ndarray, shape (n_channels, n_trials)
        Inverse of the shrunk covariance times the standardized training trials.
    shrinkage, ridge : float
        Share of the shrinkage, and what it adds to the diagonal of the covariance.
    """

    mean: Floats
    scale: Floats
    operator: Floats
    shrinkage: float
    ridge: float

    def weights(self, labels: Bools) -> Floats:
        """Weights of the standardized channels, for one or many labellings.

        Parameters
        ----------
        labels : ndarray of bool, shape (..., n_trials)
            Class of each training trial.

        Returns
        -------
        weights : ndarray, shape (..., n_channels)

        Raises
        ------
        ValueError
            If a class has no trial.
        """
        n_true = labels.sum(axis=-1, keepdims=True)
        n_false = labels.shape[-1] - n_true
        if not n_true.all() or not n_false.all():
            raise ValueError("A classifier needs training trials of both classes")
        code = np.where(labels, 1 / n_true, -1 / n_false)
        found: Floats = code @ self.operator.T
        return found

    def standardize(self, data: Floats) -> Floats:
        """Standardize trials as the training trials were.

        Parameters
        ----------
        data : ndarray, shape (n_trials, n_channels, ...)
        """
        shape = (-1, *[1] * (data.ndim - 2))
        return (data - self.mean.reshape(shape)) / self.scale.reshape(shape)


def train(data: Floats, share: float | None = None) -> Trained:
    """Learn what the labels are not needed for.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels)
        Training trials.
    share : float | None
        Share of the shrinkage; None for Ledoit and Wolf's.

    Returns
    -------
    trained : Trained
        Gives the weights once labels are known.

    Raises
    ------
    ValueError
        If there are fewer than four trials, or no channel varies.
    """
    n, p = data.shape
    if n < 4:
        raise ValueError(f"Training needs at least 4 trials, got {n}")
    mean, scale = _standard(data)
    standardized = (data - mean) / scale
    covariance = standardized.T @ standardized / n
    mu = float(np.trace(covariance)) / p
    if mu == 0:
        raise ValueError("No channel varies over the training trials")
    if share is None:
        share = shrinkage(standardized, covariance)
    covariance *= 1 - share
    covariance[np.arange(p), np.arange(p)] += share * mu
    operator = np.linalg.solve(covariance, standardized.T)
    return Trained(mean, scale, operator, share, share * mu)


def shrinkage(data: Floats, covariance: Floats) -> float:
    """Share of the shrinkage after Ledoit & Wolf.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels)
        Trials with mean 0.
    covariance : ndarray, shape (n_channels, n_channels)
        Their covariance.

    Returns
    -------
    share : float
        Between 0 and 1.
    """
    n, p = data.shape
    if p == 1:
        return 0.0  # one channel has nothing to be shrunk to
    squares = float((covariance**2).sum())
    fourth = float(((data**2).sum(axis=1) ** 2).sum())
    beta = (fourth / n - squares) / (p * n)
    delta = (squares - float(np.trace(covariance)) ** 2 / p) / p
    beta = min(beta, delta)
    return 0.0 if beta == 0 else beta / delta


def _standard(data: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation over trials, with scikit-learn's idea of a constant channel."""
    n = len(data)
    mean, variance = data.mean(axis=0), data.var(axis=0)
    eps = np.finfo(float).eps
    constant = variance <= n * eps * variance + (n * mean * eps) ** 2
    return mean, np.where(constant, 1.0, np.sqrt(variance))
