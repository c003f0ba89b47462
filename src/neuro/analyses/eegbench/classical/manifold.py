"""Geometry of symmetric positive definite matrices, for stacks of them.

Affine-invariant metric (Pennec et al., 2006, International Journal of Computer Vision 66:41-66).
The mean whitens by a Cholesky factor, which is cheaper than a square root and leads to the same
mean, and combines the last steps instead of taking many.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE, MOST_STEPS, MEMORY = 3e-8, 100, 6


def logarithm(matrices: Floats) -> Floats:
    """Take the logarithm of matrices.

    Parameters
    ----------
    matrices : ndarray, shape (..., n, n)
        Symmetric positive definite.

    Returns
    -------
    logarithms : ndarray, shape (..., n, n)

    Raises
    ------
    ValueError
        If a matrix is not positive definite.
    """
    values, vectors = _eigen(matrices)
    found: Floats = (vectors * np.log(values)[..., np.newaxis, :]) @ _t(vectors)
    return found


def _eigen(matrices: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, which must be positive, and eigenvectors."""
    values, vectors = np.linalg.eigh(matrices)
    if values.min() <= 0:
        bad = int((values.min(axis=-1) <= 0).sum())
        raise ValueError(
            f"{bad} covariance matrices are not positive definite: channels depend on each other, "
            "as after an average reference or an interpolation; use a shrunk estimator, `oas` or "
            "`lwf`, or fewer components"
        )
    return values, vectors


def riemannian_mean(matrices: Floats) -> Floats:
    """Find the matrix with the least sum of squared distances to the given ones.

    Parameters
    ----------
    matrices : ndarray, shape (n_matrices, n, n)
        Symmetric positive definite.

    Returns
    -------
    mean : ndarray, shape (n, n)

    Raises
    ------
    ValueError
        If a matrix is not positive definite.
    RuntimeError
        If the mean was not found in 100 steps.
    """
    mean: Floats = matrices.mean(axis=0)
    mixed = Mixed()
    for _ in range(MOST_STEPS):
        stepped, error = _stepped(matrices, mean)
        if error <= TOLERANCE:
            return stepped
        before, after = (logarithm(matrix) for matrix in (mean, stepped))
        mean = _exponential(mixed(before, after, error))
    raise RuntimeError(f"The Riemannian mean was not found in {MOST_STEPS} steps")


def _stepped(matrices: Floats, mean: Floats) -> tuple[Floats, float]:
    """One gradient step, and the gradient's norm before it."""
    factor: NDArray[np.floating[Any]] = np.linalg.cholesky(mean)
    values, vectors = _eigen(whiten(matrices, factor))
    n = len(mean)
    # The mean of all logarithms is one product of long matrices.
    columns = vectors.transpose(1, 0, 2)
    direction = (columns * np.log(values)).reshape(n, -1) @ columns.reshape(n, -1).T / len(matrices)
    lengths, turned = np.linalg.eigh((direction + direction.T) / 2)
    moved = factor @ (turned * np.exp(lengths / 2))
    return moved @ moved.T, float(np.linalg.norm(direction))


class Mixed:
    """Anderson mixing of a fixed-point iteration (Walker & Ni, 2011, SIAM J. Numer. Anal. 49:1715).

    Steps along a gradient converge the slower, the more the matrices differ; a combination of the
    last few steps takes a third of as many.
    """

    def __init__(self) -> None:
        self._steps: list[Floats] = []
        self._points: list[Floats] = []
        self._least = np.inf

    def __call__(self, before: Floats, after: Floats, error: float) -> Floats:
        """Combine a step with those before it.

        Parameters
        ----------
        before, after : ndarray
            Where the step began, and where it led.
        error : float
            Of the point where it began: if it has grown, earlier steps are forgotten.
        """
        if error > 2 * self._least:
            self._steps, self._points = [], []
        self._least = min(error, self._least)
        self._steps = [*self._steps, (after - before).ravel()][-MEMORY:]
        self._points = [*self._points, after.ravel()][-MEMORY:]
        if len(self._steps) == 1:
            return after
        changes = np.diff(self._steps, axis=0).T
        weights = np.linalg.lstsq(changes, self._steps[-1], rcond=1e-10)[0]
        mixed: Floats = self._points[-1] - np.diff(self._points, axis=0).T @ weights
        return mixed.reshape(after.shape)


def _exponential(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    found: Floats = (vectors * np.exp(values)) @ vectors.T
    return found


def whiten(matrices: Floats, factor: NDArray[np.floating[Any]]) -> Floats:
    """Express matrices relative to a reference.

    Parameters
    ----------
    matrices : ndarray, shape (..., n, n)
        Symmetric.
    factor : ndarray, shape (n, n)
        Lower Cholesky factor of the reference, or its symmetric square root.
    """
    n = len(factor)
    inverse = np.linalg.inv(factor)
    # Two products of long matrices rather than two for each matrix; the second is transposed,
    # which of a symmetric one is the same.
    half = (matrices.reshape(-1, n) @ inverse.T).reshape(-1, n, n)
    whitened = (_t(half).reshape(-1, n) @ inverse.T).reshape(matrices.shape)
    found: Floats = (whitened + _t(whitened)) / 2
    return found


def tangent_vectors(matrices: Floats, reference: Floats) -> Floats:
    """Project matrices on the tangent space at a reference.

    Parameters
    ----------
    matrices : ndarray, shape (n_matrices, n, n)
        Symmetric positive definite.
    reference : ndarray, shape (n, n)
        The same.

    Returns
    -------
    vectors : ndarray, shape (n_matrices, n (n + 1) / 2)
        Upper triangles of the logarithms; off the diagonal times the square root of 2, so that
        the Euclidean norm is the distance from the reference.
    """
    logarithms = logarithm(whiten(matrices, square_root(reference)))
    rows, columns = np.triu_indices(len(reference))
    weights = np.where(rows == columns, 1.0, np.sqrt(2))
    found: Floats = logarithms[:, rows, columns] * weights
    return found


def square_root(matrix: Floats) -> Floats:
    """Symmetric square root.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Symmetric positive definite.
    """
    values, vectors = np.linalg.eigh(matrix)
    found: Floats = (vectors * np.sqrt(values)) @ vectors.T
    return found


def squared_distances(matrices: Floats, reference: Floats) -> Floats:
    """Squared distances of matrices from a reference.

    Parameters
    ----------
    matrices : ndarray, shape (n_matrices, n, n)
        Symmetric positive definite.
    reference : ndarray, shape (n, n)
        The same.
    """
    values = np.linalg.eigvalsh(whiten(matrices, np.linalg.cholesky(reference)))
    found: Floats = (np.log(values) ** 2).sum(axis=-1)
    return found


def _t(matrices: Floats) -> Floats:
    return np.swapaxes(matrices, -1, -2)
