"""Ridge regression on the classes, penalty and smoothing chosen on held-out groups.

Works on products of trials with each other, so that the number of features costs once, and every
penalty one product (Hastie et al., 2009, The elements of statistical learning, section 18.3.5).
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from neuro.analyses.eegbench.classical.inner import Calibration, inner_folds
from neuro.analyses.eegbench.trials import Ints, Strings
from neuro.stats.splits import Split

Floats = NDArray[np.float64]

PENALTIES: tuple[float, ...] = tuple(float(p) for p in np.logspace(-5, 2, 15))
"""As shares of the mean squared norm of a trial."""


@dataclass(frozen=True)
class _Tried:
    """A width: its training rows about their mean, and what it makes of held-out trials."""

    width: int
    mean: Floats
    rows: Floats
    gram: Floats
    penalty: float
    decisions: Floats
    error: float


class RidgeClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge regression on one column of 1 and -1 per class.

    Penalty and width are chosen together, by the squared error for groups that were held out.

    Parameters
    ----------
    penalties : list of float or None
        To choose from, as shares of the mean squared norm of a training trial; None for 15 from
        1e-5 to 100.
    widths : list of int or None
        To choose from: how many neighbors along the last axis, time, are averaged. None for 1.
    """

    def __init__(
        self, penalties: list[float] | None = None, widths: list[int] | None = None
    ) -> None:
        self.penalties = penalties
        self.widths = widths

    def fit(self, X: Floats, y: NDArray[Any], groups: Strings | None = None) -> Self:
        """Choose width and penalty, and find the weights.

        Parameters
        ----------
        X : ndarray, shape (n_trials, ..., n_times)
            Features.
        y : ndarray, shape (n_trials,)
            Classes.
        groups : ndarray of str, shape (n_trials,), or None
            Subject or block of each trial.
        """
        self.classes_, codes = np.unique(y, return_inverse=True)
        codes = codes.astype(np.intp)
        targets = 2.0 * (codes[:, np.newaxis] == np.arange(len(self.classes_))) - 1
        folds = inner_folds(codes, groups)
        index = np.concatenate([fold.test for fold in folds])
        widths = [width for width in self.widths or [1] if width <= X.shape[-1]] or [1]
        tried = [self._try(X, targets, folds, index, width) for width in widths]
        best = min(tried, key=lambda one: one.error)
        self.width_, self.penalty_, self.mean_ = best.width, best.penalty, best.mean
        self._calibration = Calibration(best.decisions, codes[index], len(self.classes_))
        damped = best.gram + best.penalty * np.eye(len(best.gram))
        weights = np.linalg.solve(damped, targets - targets.mean(axis=0))
        self.coef_, self.intercept_ = best.rows.T @ weights, targets.mean(axis=0)
        return self

    def _try(
        self, X: Floats, targets: Floats, folds: list[Split], index: Ints, width: int
    ) -> _Tried:
        """Find the best penalty with one width."""
        rows = _averaged(X, width)
        mean = rows.mean(axis=0)
        rows = rows - mean
        gram = rows @ rows.T
        penalties = np.array(self.penalties or PENALTIES) * (np.trace(gram) / len(gram) or 1.0)
        decisions = np.concatenate([_dual(gram, targets, penalties, fold) for fold in folds])
        errors = ((decisions - targets[index][:, np.newaxis]) ** 2).mean(axis=(0, 2))
        best = int(errors.argmin())
        penalty, error = float(penalties[best]), float(errors[best])
        return _Tried(width, mean, rows, gram, penalty, decisions[:, best], error)

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
        rows = _averaged(X, self.width_) - self.mean_
        found: Floats = rows @ self.coef_ + self.intercept_
        return found


def _averaged(X: Floats, width: int) -> Floats:
    """Vectors of means of neighbors; what is left over at the end is left out."""
    data = np.asarray(X, dtype=np.float64)
    kept = data.shape[-1] // width * width
    data = data[..., :kept]
    if width > 1:
        data = data.reshape(*data.shape[:-1], -1, width).mean(axis=-1)
    return data.reshape(len(data), -1)


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
