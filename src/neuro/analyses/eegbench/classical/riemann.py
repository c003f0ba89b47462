"""Steps on covariance matrices: tangent space, minimum distance to mean, recentering.

The first two stand for pyriemann's and give the same numbers. Barachant et al., 2012, IEEE
Transactions on Biomedical Engineering 59:920-928; recentering: Zanini et al., 2018, the same
65:1107-1116.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from neuro.analyses.eegbench.classical.covariance import Floats
from neuro.analyses.eegbench.classical.manifold import (
    riemannian_mean,
    square_root,
    squared_distances,
    tangent_vectors,
    whiten,
)
from neuro.analyses.eegbench.trials import Strings

FEWEST = 8
"""Matrices that a reference is estimated from, at least."""


class TangentSpace(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Vectors of the tangent space at the mean of the training trials."""

    def fit(self, X: Floats, y: object = None) -> Self:
        """Find the mean of matrices of shape (n_trials, n, n)."""
        self.reference_ = riemannian_mean(X)
        return self

    def transform(self, X: Floats) -> Floats:
        """Project, shape (n_trials, n (n + 1) / 2)."""
        return tangent_vectors(X, self.reference_)


class MDM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Class whose mean is nearest."""

    def fit(self, X: Floats, y: NDArray[Any]) -> Self:
        """Find the mean of each class's matrices, of shape (n_trials, n, n)."""
        self.classes_ = np.unique(y)
        self.covmeans_ = np.array([riemannian_mean(X[y == label]) for label in self.classes_])
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Softmax of minus the squared distances, shape (n_trials, n_classes)."""
        distances = np.array([squared_distances(X, mean) for mean in self.covmeans_])
        found: Floats = softmax(-distances.T, axis=1)
        return found

    def predict(self, X: Floats) -> NDArray[Any]:
        """Nearest class."""
        found: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return found


class Recenter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Matrices relative to the mean of whom they are of.

    Training matrices are recentered by subject or block; matrices to be predicted, which have to
    be of one subject, by their own mean: this needs no label, but all of them at once.
    """

    def fit(self, X: Floats, y: object = None, groups: Strings | None = None) -> Self:
        """Do nothing: what is recentered is always relative to itself."""
        return self

    def fit_transform(self, X: Floats, y: object = None, groups: Strings | None = None) -> Floats:
        """Recenter training matrices.

        Parameters
        ----------
        X : ndarray, shape (n_trials, n, n)
            Symmetric positive definite.
        y : object
            Not looked at.
        groups : ndarray of str, shape (n_trials,), or None
            Subject or block of each; None for one.
        """
        if groups is None:
            return self.transform(X)
        found = np.empty_like(X)
        for group in np.unique(groups):
            found[groups == group] = self.transform(X[groups == group])
        return found

    def transform(self, X: Floats) -> Floats:
        """Recenter matrices of one subject.

        Raises
        ------
        ValueError
            If there are too few to know their mean.
        """
        if len(X) < FEWEST:
            raise ValueError(
                f"Recentering needs at least {FEWEST} trials of a subject or block, got {len(X)}"
            )
        return whiten(X, square_root(riemannian_mean(X)))
