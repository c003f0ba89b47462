"""Linear heads on the embeddings of frozen encoders, tuned on groups that are held out."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.networks.holdout import balanced_weights, inner_groups
from neuro.analyses.eegbench.trials import Floats, Ints, Strings

Reals = NDArray[np.float32] | NDArray[np.float64]

PENALTIES = np.logspace(-4, 4, 17)
"""Tried, relative to the mean eigenvalue of the Gram matrix."""
N_COMPONENTS = 100
"""Principal components that the logistic head sees."""
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Inverse penalties that it tries."""


@dataclass
class RidgeProbe:
    """Ridge regression on class indicators, made probabilities by logistic regression.

    Penalties are judged by leaving out one group at a time, exactly, from one eigendecomposition:
    if G is the inverse of the penalized Gram matrix, the errors of a left-out block b are
    ``inv(G[b, b]) @ (G @ t)[b]``. The scores of left-out groups also calibrate the probabilities.

    Parameters
    ----------
    n_classes : int
        Classes.
    class_weights : bool
        Whether trials are weighed by the inverse frequency of their class.
    """

    n_classes: int
    class_weights: bool = True
    penalty: float = field(default=np.nan, init=False)
    cost_: dict[str, float] = field(default_factory=dict, init=False)

    def fit(self, X: Reals, y: Ints, groups: Strings) -> Self:
        """Learn from training trials.

        Parameters
        ----------
        X : ndarray, shape (n_trials, n_features)
            Embeddings.
        y : ndarray of int, shape (n_trials,)
            Classes.
        groups : ndarray of str, shape (n_trials,)
            Subject or block of each trial.
        """
        from sklearn.linear_model import LogisticRegression

        self._mean, self._scale = standard(X)
        Z = (X - self._mean) / self._scale
        root = np.ones(len(y))
        if self.class_weights:
            root = np.sqrt(balanced_weights(y, self.n_classes)[y].astype(np.float64))
        targets = np.where(np.eye(self.n_classes)[y] > 0, 1.0, -1.0)
        # The intercept is one more feature, so large that it is not penalized in effect.
        gram = (Z @ Z.T).astype(np.float64) + 1e3 * Z.shape[1]
        values, vectors = np.linalg.eigh(root[:, None] * gram * root)
        unit = float(np.trace(gram) / len(y) - 1e3 * Z.shape[1])
        out = _left_out(values, vectors, root[:, None] * targets, inner_groups(y, groups), unit)
        errors = [float((error**2).sum()) for error in out]
        best = int(np.argmin(errors))
        self.penalty = float(PENALTIES[best])
        shrunk = vectors / (np.maximum(values, 0) + self.penalty * unit)
        dual = root[:, None] * (shrunk @ (vectors.T @ (root[:, None] * targets)))
        self._coefficients = Z.T @ dual
        self._intercept = 1e3 * Z.shape[1] * dual.sum(axis=0)
        scores = targets - out[best] / root[:, None]
        weight = "balanced" if self.class_weights else None
        self._calibrate = LogisticRegression(C=1e3, class_weight=weight, max_iter=500)
        self._calibrate.fit(scores, y)
        return self

    def predict_proba(self, X: Reals) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        scores = (X - self._mean) / self._scale @ self._coefficients + self._intercept
        return spread(
            self._calibrate.predict_proba(scores), self._calibrate.classes_, self.n_classes
        )


def _left_out(
    values: Floats, vectors: Floats, targets: Floats, blocks: Ints, unit: float
) -> list[Floats]:
    """Errors of each trial when its block is left out, for each penalty."""
    rotated = vectors.T @ targets
    found = []
    for penalty in PENALTIES:
        inverse = 1 / (np.maximum(values, 0) + penalty * unit)
        error = vectors @ (inverse[:, None] * rotated)
        for block in np.unique(blocks):
            rows = vectors[blocks == block]
            error[blocks == block] = np.linalg.solve(
                (rows * inverse) @ rows.T, error[blocks == block]
            )
        found.append(error)
    return found


@dataclass
class LogisticProbe:
    """Logistic regression on the first principal components.

    Parameters
    ----------
    n_classes : int
        Classes.
    class_weights : bool
        Whether trials are weighed by the inverse frequency of their class.
    """

    n_classes: int
    class_weights: bool = True
    cost_: dict[str, float] = field(default_factory=dict, init=False)

    def fit(self, X: Reals, y: Ints, groups: Strings) -> Self:
        """Learn from training trials, as :meth:`RidgeProbe.fit`."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import log_loss

        self._mean, self._scale = standard(X)
        Z = (X - self._mean) / self._scale
        values, vectors = np.linalg.eigh((Z @ Z.T).astype(np.float64))
        keep = np.flatnonzero(values > values[-1] * 1e-6)[-N_COMPONENTS:]
        self._axes = Z.T @ (vectors[:, keep] / values[keep]) * np.sqrt(len(y))
        scores = Z @ self._axes
        number = inner_groups(y, groups, n_max=5)
        weight = "balanced" if self.class_weights else None
        losses = []
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, class_weight=weight, max_iter=500)
            loss = 0.0
            for group in np.unique(number):
                out = number == group
                if len(np.unique(y[~out])) < 2:
                    continue
                model.fit(scores[~out], y[~out])
                p = spread(model.predict_proba(scores[out]), model.classes_, self.n_classes)
                w = balanced_weights(y, self.n_classes)[y[out]] if weight else None
                loss += log_loss(y[out], p, labels=range(self.n_classes), sample_weight=w)
            losses.append(loss)
        best = STRENGTHS[int(np.argmin(losses))]
        self._model = LogisticRegression(C=best, class_weight=weight, max_iter=500).fit(scores, y)
        return self

    def predict_proba(self, X: Reals) -> Floats:
        """Give the probability of each class, shape (n_trials, n_classes)."""
        scores = (X - self._mean) / self._scale @ self._axes
        return spread(self._model.predict_proba(scores), self._model.classes_, self.n_classes)


def standard(X: Reals) -> tuple[Reals, Reals]:
    """Mean and standard deviation of features; 1 for a feature that does not vary.

    Parameters
    ----------
    X : ndarray, shape (n_trials, n_features)
        Embeddings.
    """
    scale = X.std(axis=0)
    scale[scale <= 1e-7 * scale.max(initial=0)] = 1
    return X.mean(axis=0), scale


def spread(found: Floats, classes: Ints, n_classes: int) -> Floats:
    """Put probabilities of the classes that were trained on among all classes.

    Parameters
    ----------
    found : ndarray, shape (n_trials, n_found)
        Probabilities.
    classes : ndarray of int, shape (n_found,)
        Which classes they are of.
    n_classes : int
        All.
    """
    full = np.zeros((len(found), n_classes))
    full[:, classes] = found
    return full
