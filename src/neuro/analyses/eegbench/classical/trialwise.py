"""Covariances of trials, and what reduces their channels."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from neuro.analyses.eegbench.classical.covariance import Estimator, Floats, trial_covariances
from neuro.analyses.eegbench.classical.shared import remember
from neuro.analyses.eegbench.classical.steps import PerTrial
from neuro.analyses.eegbench.classical.xdawn import apply_filters, pooled_covariance


class Covariances(PerTrial):
    """Covariance of each trial; stands for pyriemann's.

    Parameters
    ----------
    estimator : str
        `scm`, `lwf` or `oas`.
    """

    def __init__(self, estimator: Estimator = "scm") -> None:
        self.estimator = estimator

    def transform(self, X: Floats) -> Floats:
        """Estimate, shape (n_trials, n_channels, n_channels)."""
        return trial_covariances(np.asarray(X, dtype=np.float64), self.estimator)


class PrincipalChannels(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Leading principal components of the channels, where there are more channels than that.

    Riemannian geometry costs the third power of the number of channels and is noisy in many; no
    label is looked at.

    Parameters
    ----------
    n_components : int
        Components.
    """

    def __init__(self, n_components: int = 24) -> None:
        self.n_components = n_components

    def fit(self, X: Floats, y: object = None) -> Self:
        """Find the components of trials of shape (n_trials, n_channels, n_times)."""
        self.filters_ = remember(("channels", self.n_components), (X,), lambda: self._filters(X))
        return self

    def _filters(self, X: Floats) -> Floats:
        if X.shape[1] <= self.n_components:
            return np.eye(X.shape[1])
        _, vectors = np.linalg.eigh(pooled_covariance(X, "scm"))
        return np.ascontiguousarray(vectors[:, ::-1][:, : self.n_components].T)

    def transform(self, X: Floats) -> Floats:
        """Apply them."""
        filters = self.filters_
        return apply_filters(filters, X)
