"""Logistic regression of many features from few trials, its penalty chosen by inner validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Array = NDArray[np.float64]
STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Inverse penalties to choose from, for trials of unit length on average."""


@dataclass(frozen=True)
class Logistic:
    """Fitted.

    Parameters
    ----------
    center, scale : ndarray, shape (n_features,)
        Of training trials.
    axes : ndarray, shape (n_features, rank)
        The space that training trials span; the penalty leaves no weight outside it.
    model : LogisticRegression
        In that space.
    """

    center: Array
    scale: Array
    axes: Array
    model: LogisticRegression

    def probability(self, x: NDArray[np.floating]) -> Array:
        """Probabilities of classes, shape (n_trials, n_classes)."""
        found: Array = self.model.predict_proba((x - self.center) / self.scale @ self.axes)
        return found

    def linear(self) -> tuple[Array, Array]:
        """Weights (n_classes, n_features) and offsets (n_classes,) of features as they come."""
        own, offset = self.model.coef_, self.model.intercept_
        if len(own) == 1:  # two classes have one row
            own, offset = np.stack([0 * own[0], own[0]]), np.array([0.0, offset[0]])
        weight = own @ self.axes.T / self.scale
        return weight, offset - weight @ self.center


def fit_logistic(
    x: NDArray[np.floating], y: NDArray[np.intp], groups: NDArray[np.str_]
) -> Logistic:
    """Fit to training trials.

    Parameters
    ----------
    x : ndarray, shape (n_trials, n_features)
        Features.
    y : ndarray of int, shape (n_trials,)
        Classes.
    groups : ndarray of str, shape (n_trials,)
        Inner validation holds out whole groups; of many groups, a fourth at a time.

    Returns
    -------
    fitted : Logistic
        With the penalty that foretold the groups held out best.
    """
    values = x.astype(np.float64)
    center, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1
    z = (values - center) / scale
    # A ridge penalty sees lengths only: the space of trials is all that matters.
    left, roots, _ = np.linalg.svd(z @ z.T, hermitian=True)
    rank = int((roots > 1e-10 * roots[0]).sum())
    axes = z.T @ (left[:, :rank] / np.sqrt(roots[:rank])) / np.sqrt(z.shape[1])
    turned = z @ axes
    held = np.unique(groups, return_inverse=True)[1] % 4
    strength = max(STRENGTHS, key=lambda each: _foretold(turned, y, held, each))
    return Logistic(center, scale, axes, _model(strength).fit(turned, y))


def _model(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=300)


def _foretold(x: Array, y: NDArray[np.intp], held: NDArray[np.intp], strength: float) -> float:
    """Mean log probability of what is held out."""
    total = 0.0
    for k in np.unique(held):
        inside = held != k
        if len(np.unique(y[inside])) < len(np.unique(y)):
            continue
        model = _model(strength).fit(x[inside], y[inside])
        log_p = model.predict_log_proba(x[~inside])
        total += float(log_p[np.arange(len(log_p)), y[~inside]].sum())
    return total
