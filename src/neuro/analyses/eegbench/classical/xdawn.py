"""xDAWN spatial filters (Rivet et al., 2009, IEEE Transactions on Biomedical Engineering 56:2035).

The classes stand for pyriemann's of the same names and give the same numbers; what several of them
need of the same trials, filters and filtered trials, is computed once.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk
from sklearn.base import BaseEstimator, TransformerMixin

from neuro.analyses.eegbench.classical.covariance import (
    Estimator,
    Floats,
    oas_shares,
    shrink,
    trial_covariances,
)
from neuro.analyses.eegbench.classical.shared import remember

Labels = NDArray[Any]


def pooled_covariance(data: Floats, estimator: Estimator) -> Floats:
    """Covariance of channels over all samples of all trials.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    estimator : str
        As in :func:`neuro.analyses.eegbench.classical.covariance.trial_covariances`.
    """
    n_channels = data.shape[1]
    joined = np.ascontiguousarray(data.transpose(1, 0, 2)).reshape(n_channels, -1)
    if estimator == "lwf":
        found: Floats = trial_covariances(joined[np.newaxis], estimator)[0]
        return found
    # A symmetric product costs half of a general one; BLAS sees the transpose, which is in order.
    product = dsyrk(1 / joined.shape[1], joined.T, trans=1)
    mean = joined.mean(axis=1)
    lower = np.triu(product, 1)
    covariance: Floats = lower + lower.T + np.diag(np.diag(product)) - np.outer(mean, mean)
    if estimator == "oas":
        return shrink(covariance, oas_shares(covariance, joined.shape[1]))
    return covariance


def fit_filters(data: Floats, y: Labels, n_filters: int, estimator: Estimator) -> list[Floats]:
    """Find, for each class, the filters that raise its average most above the whole.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    y : ndarray, shape (n_trials,)
        Classes.
    n_filters : int
        Filters of each class.
    estimator : str
        Of both covariances, that of the averages and that of the whole.

    Returns
    -------
    filters, averages : ndarray, shapes (n_classes x n_filters, n_channels) and (..., n_times)
        Filters of unit norm, and each class's average as its filters show it.
    """
    whole = pooled_covariance(data, estimator)
    filters, averages = [], []
    for label in np.unique(y):
        average = data[y == label].mean(axis=0)
        _, vectors = eigh(trial_covariances(average[np.newaxis], estimator)[0], whole)
        best = vectors[:, ::-1][:, :n_filters]
        filters.append((best / np.linalg.norm(best, axis=0)).T)
        averages.append(filters[-1] @ average)
    return [np.concatenate(filters), np.concatenate(averages)]


def apply_filters(filters: Floats, data: Floats) -> Floats:
    """Filter trials in space; the same filters on the same trials only once.

    Parameters
    ----------
    filters : ndarray, shape (n_filters, n_channels)
        Weights.
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    """
    return remember(("filtered",), (filters, data), lambda: filters @ data)


class Xdawn(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Trials as xDAWN filters show them.

    Parameters
    ----------
    nfilter : int
        Filters of each class.
    estimator : str
        `scm`, `lwf` or `oas`.
    """

    def __init__(self, nfilter: int = 4, estimator: Estimator = "scm") -> None:
        self.nfilter = nfilter
        self.estimator = estimator

    def fit(self, X: Floats, y: Labels) -> Self:
        """Find the filters."""
        self.filters_, self.evokeds_ = remember(
            ("xdawn", self.nfilter, self.estimator),
            (X, y),
            lambda: fit_filters(X, y, self.nfilter, self.estimator),
        )
        return self

    def transform(self, X: Floats) -> Floats:
        """Apply them."""
        return apply_filters(self.filters_, X)


class XdawnCovariances(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Covariances of filtered trials below the averages of all classes.

    Parameters
    ----------
    nfilter : int
        Filters of each class.
    estimator, xdawn_estimator : str
        `scm`, `lwf` or `oas`, for the trials' covariances and for the filters.
    """

    def __init__(
        self, nfilter: int = 4, estimator: Estimator = "scm", xdawn_estimator: Estimator = "scm"
    ) -> None:
        self.nfilter = nfilter
        self.estimator = estimator
        self.xdawn_estimator = xdawn_estimator

    def fit(self, X: Floats, y: Labels) -> Self:
        """Find filters and averages."""
        self.xdawn_ = Xdawn(self.nfilter, self.xdawn_estimator).fit(X, y)
        return self

    def transform(self, X: Floats) -> Floats:
        """Estimate covariances, shape (n_trials, n, n), n being 2 x n_classes x nfilter."""
        filtered = self.xdawn_.transform(X)
        return stacked_covariances(filtered, self.xdawn_.evokeds_, self.estimator)


class ERPCovariances(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Covariances of trials below the leading components of the averages of all classes.

    Parameters
    ----------
    estimator : str
        `scm`, `lwf` or `oas`.
    svd : int or None
        Components of each class's average; None for the average itself.
    """

    def __init__(self, estimator: Estimator = "scm", svd: int | None = None) -> None:
        self.estimator = estimator
        self.svd = svd

    def fit(self, X: Floats, y: Labels) -> Self:
        """Find the averages."""
        averages = [X[y == label].mean(axis=0) for label in np.unique(y)]
        if self.svd is not None:
            bases = [np.linalg.svd(p, full_matrices=False)[0][:, : self.svd] for p in averages]
            averages = [u.T @ p for u, p in zip(bases, averages, strict=True)]
        self.P_ = np.concatenate(averages)
        return self

    def transform(self, X: Floats) -> Floats:
        """Estimate covariances, shape (n_trials, n, n)."""
        return stacked_covariances(X, self.P_, self.estimator)


def stacked_covariances(data: Floats, averages: Floats, estimator: Estimator) -> Floats:
    """Covariances of trials with the same rows above each.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    averages : ndarray, shape (n_rows, n_times)
        What is put above each.
    estimator : str
        Of the covariances.
    """
    above = np.broadcast_to(averages, (len(data), *averages.shape))
    return trial_covariances(np.concatenate((above, data), axis=1), estimator)
