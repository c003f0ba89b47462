"""Connectivity in the tangent space at the training subjects' mean (Varoquaux et al. 2010)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE, MOST_ITERATIONS = 1e-7, 60
STEP = 0.85
"""Whole steps overshoot where matrices lie far apart: shorter ones take half as many."""


def positive(matrices: Floats, floor: float = 1e-3) -> Floats:
    """Shrink symmetric matrices toward their mean diagonal until they are positive definite.

    Parameters
    ----------
    matrices : ndarray, shape (n, r, r)
        E.g. correlations that were rounded.
    floor : float
        Least eigenvalue, as a share of the mean one.

    Returns
    -------
    matrices : ndarray, shape (n, r, r)
    """
    n_nodes = matrices.shape[-1]
    scale = np.trace(matrices, axis1=1, axis2=2) / n_nodes
    least = np.linalg.eigvalsh(matrices)[:, 0]
    lacking = np.clip(floor * scale - least, 0, None)
    share = np.where(lacking > 0, lacking / np.maximum(scale - least, 1e-12), 0)[:, None, None]
    return np.asarray((1 - share) * matrices + share * scale[:, None, None] * np.eye(n_nodes))


@dataclass(frozen=True, eq=False)
class Tangent:
    """The space at a mean.

    Parameters
    ----------
    mean : ndarray, shape (r, r)
        Geometric mean of the training matrices.
    """

    mean: Floats

    @classmethod
    def fit(cls, matrices: Floats, tolerance: float = TOLERANCE) -> "Tangent":
        """Find the geometric mean by fixed-point steps, from the arithmetic mean.

        Parameters
        ----------
        matrices : ndarray, shape (n, r, r)
            Positive definite, of the training subjects.
        tolerance : float
            Root mean square of the mean deviation at which steps end.

        Raises
        ------
        ValueError
            If a matrix is not positive definite.
        """
        if (np.linalg.eigvalsh(matrices)[:, 0] <= 0).any():
            raise ValueError(
                "tangent: matrices must be positive definite; use a shrunk covariance "
                "(`preprocess.connectivity.estimator: ledoit_wolf`)"
            )
        mean = matrices.mean(axis=0)
        for _ in range(MOST_ITERATIONS):
            values, vectors = np.linalg.eigh(mean)
            root = (vectors * np.sqrt(values)) @ vectors.T
            step = _logs((vectors / np.sqrt(values)) @ vectors.T, matrices).mean(axis=0)
            mean = root @ _map(STEP * step, np.exp) @ root
            if np.linalg.norm(step) / np.sqrt(step.size) < tolerance:
                break
        return cls(mean)

    def transform(self, matrices: Floats) -> Floats:
        """Deviations from the mean, as features of equal weight.

        Returns
        -------
        features : ndarray, shape (n, r (r + 1) / 2)
            Upper triangles with the diagonal; what is off it is multiplied by the root of 2.
        """
        logs = _logs(_power(self.mean, -0.5), matrices)
        rows, columns = np.triu_indices(len(self.mean))
        return np.asarray(logs[:, rows, columns] * np.where(rows == columns, 1, np.sqrt(2)))


def _map(matrices: Floats, function: "np.ufunc") -> Floats:
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * function(values)[..., None, :]) @ np.swapaxes(vectors, -1, -2))


def _power(matrix: Floats, exponent: float) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**exponent) @ vectors.T)


def _logs(whitener: Floats, matrices: Floats) -> Floats:
    return _map(whitener @ matrices @ whitener, np.log)
