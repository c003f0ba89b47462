"""Linear discriminant analysis with Ledoit and Wolf's shrinkage, also of many features.

The same numbers as scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")`.
The shrunk covariance is a diagonal plus what as many vectors span as there are trials: with more
features than trials it is inverted by Woodbury's identity, without being formed.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, lstsq
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]


class ShrinkageLDA(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Discriminant analysis with one covariance, each class's part being shrunk."""

    def fit(self, X: Floats, y: NDArray[Any]) -> Self:
        """Find means and directions.

        Parameters
        ----------
        X : ndarray, shape (n_trials, n_features)
            Features.
        y : ndarray, shape (n_trials,)
            Classes.
        """
        self.classes_, counts = np.unique(y, return_counts=True)
        priors = counts / len(y)
        parts = [X[y == label] for label in self.classes_]
        means = np.array([part.mean(axis=0) for part in parts])
        diagonal, rows = np.zeros(X.shape[1]), []
        for part, mean, prior in zip(parts, means, priors, strict=True):
            share, scale, level = _shrinkage(part - mean, mean)
            diagonal += prior * share * level * scale**2
            rows.append(np.sqrt(prior * (1 - share) / len(part)) * (part - mean))
        directions = _solve(np.concatenate(rows), diagonal, means.T).T
        offsets = -0.5 * (means * directions).sum(axis=1) + np.log(priors)
        self.coef_, self.intercept_ = directions, offsets
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Log-likelihood ratio of the second class, or up to a constant of each of several."""
        scores: Floats = X @ self.coef_.T + self.intercept_
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities of the classes, shape (n_trials, n_classes)."""
        found: Floats = softmax(X @ self.coef_.T + self.intercept_, axis=1)
        return found

    def predict(self, X: Floats) -> NDArray[Any]:
        """Likeliest class."""
        found: NDArray[Any] = self.classes_[(X @ self.coef_.T + self.intercept_).argmax(axis=1)]
        return found


def _shrinkage(centered: Floats, mean: Floats) -> tuple[float, Floats, float]:
    """Ledoit and Wolf's share for standardized features, their scales, and the mean variance."""
    n, p = centered.shape
    variances, eps = centered.var(axis=0), np.finfo(float).eps
    # As scikit-learn does: what is constant up to rounding is not scaled.
    constant = variances <= n * eps * variances + (n * mean * eps) ** 2
    scale = np.where(constant, 1.0, np.sqrt(variances))
    z = centered / scale
    level = float((z**2).sum() / n / p)
    gram = z @ z.T if n < p else z.T @ z
    squares = float((gram**2).sum()) / n**2
    fourth = float(((z**2).sum(axis=1) ** 2).sum())
    delta = (squares - p * level**2) / p
    beta = min((fourth / n - squares) / (p * n), delta)
    return (0.0 if beta == 0 else beta / delta), scale, level


def _solve(rows: Floats, diagonal: Floats, targets: Floats) -> Floats:
    """Solve (rows.T @ rows + diag(diagonal)) x = targets."""
    n, p = rows.shape
    if p <= n or diagonal.min() <= 0:
        matrix = rows.T @ rows
        matrix[np.arange(p), np.arange(p)] += diagonal
        try:
            found: Floats = cho_solve(cho_factor(matrix), targets)
        except np.linalg.LinAlgError:
            # Features that depend on each other, and nothing was shrunk: the shortest solution.
            found = lstsq(matrix, targets)[0]
        return found
    root = np.sqrt(diagonal)
    scaled = rows / root
    # An array by its own transpose takes half the products.
    inner = scaled @ scaled.T
    inner[np.arange(n), np.arange(n)] += 1
    first: Floats = targets / diagonal[:, np.newaxis]
    solved: Floats = first - (scaled.T @ cho_solve(cho_factor(inner), rows @ first)) / root[:, None]
    return solved
