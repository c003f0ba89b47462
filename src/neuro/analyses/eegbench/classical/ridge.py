"""Ridge regression on the classes, its penalty chosen on groups that were held out.

Works on products of trials with each other, so that the number of features costs once, and every
penalty one product (Hastie et al., 2009, The elements of statistical learning, section 18.3.5).
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from neuro.analyses.eegbench.classical.inner import Calibration, left_out
from neuro.analyses.eegbench.trials import Strings
from neuro.stats.splits import Split

Floats = NDArray[np.float64]

PENALTIES: tuple[float, ...] = tuple(float(p) for p in np.logspace(-5, 2, 15))
"""As shares of the mean squared norm of a trial."""


class RidgeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge regression on one column of 1 and -1 per class.

    Parameters
    ----------
    penalties : list of float or None
        To choose from, as shares of the mean squared norm of a training trial; None for 15 from
        1e-5 to 100.
    """

    def __init__(self, penalties: list[float] | None = None) -> None:
        self.penalties = penalties

    def fit(self, X: Floats, y: NDArray[Any], groups: Strings | None = None) -> Self:
        """Choose the penalty and find the weights.

        Parameters
        ----------
        X : ndarray, shape (n_trials, ...)
            Features of any shape.
        y : ndarray, shape (n_trials,)
            Classes.
        groups : ndarray of str, shape (n_trials,), or None
            Subject or block of each trial.
        """
        rows = np.asarray(X, dtype=np.float64).reshape(len(X), -1)
        self.classes_, codes = np.unique(y, return_inverse=True)
        codes = codes.astype(np.intp)
        targets = 2.0 * (codes[:, np.newaxis] == np.arange(len(self.classes_))) - 1
        self._mean = rows.mean(axis=0)
        rows = rows - self._mean
        gram = rows @ rows.T
        penalties = np.array(self.penalties or PENALTIES) * (np.trace(gram) / len(gram) or 1.0)

        def decide(split: Split) -> Floats:
            return _dual(gram, targets, penalties, split)

        decisions, index = left_out(codes, groups, decide)
        errors = ((decisions - targets[index][:, np.newaxis]) ** 2).mean(axis=(0, 2))
        best = int(errors.argmin())
        self.penalty_ = float(penalties[best])
        self._calibration = Calibration(decisions[:, best], codes[index], len(self.classes_))
        weights = np.linalg.solve(
            gram + self.penalty_ * np.eye(len(gram)), targets - targets.mean(axis=0)
        )
        self.coef_, self.intercept_ = rows.T @ weights, targets.mean(axis=0)
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Fitted values, shape (n_trials, n_classes), or of the second of two classes alone."""
        found = self._values(X)
        return found[:, 1] if len(self.classes_) == 2 else found

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of the classes, shape (n_trials, n_classes)."""
        return self._calibration(self._values(X))

    def predict(self, X: Floats) -> NDArray[Any]:
        """Class of the largest value."""
        found: NDArray[Any] = self.classes_[self._values(X).argmax(axis=1)]
        return found

    def _values(self, X: Floats) -> Floats:
        rows = np.asarray(X, dtype=np.float64).reshape(len(X), -1)
        found: Floats = (rows - self._mean) @ self.coef_ + self.intercept_
        return found


def _dual(gram: Floats, targets: Floats, penalties: Floats, split: Split) -> Floats:
    """Decisions for the tested part with each penalty, shape (n_test, n_penalties, n_classes)."""
    inner = gram[np.ix_(split.train, split.train)]
    cross = gram[np.ix_(split.test, split.train)]
    columns = inner.mean(axis=0)
    # Products of trials less the mean of those trained on.
    cross = cross - columns - cross.mean(axis=1, keepdims=True) + columns.mean()
    inner = inner - columns - columns[:, np.newaxis] + columns.mean()
    values, vectors = np.linalg.eigh(inner)
    offset = targets[split.train].mean(axis=0)
    turned = vectors.T @ (targets[split.train] - offset)
    damped = np.maximum(values, 0)[:, np.newaxis] + penalties
    scaled = turned[:, np.newaxis] / damped[:, :, np.newaxis]
    found: Floats = np.einsum("ti,ipk->tpk", cross @ vectors, scaled) + offset
    return found
