"""Geometry of symmetric positive definite matrices, for stacks of them.

Affine-invariant metric (Pennec et al., 2006, International Journal of Computer Vision 66:41-66).
The mean takes a gradient step whose length is chosen from the eigenvalues of the whitened matrices
(Bini & Iannazzo, 2013, Linear Algebra and its Applications 438:1700-1710), and whitens by a
Cholesky factor, which is cheaper than a square root and leads to the same mean.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Floats = NDArray[np.float64]

TOLERANCE, MOST_STEPS = 1e-10, 100


def logarithm(matrices: Floats) -> tuple[Floats, Floats]:
    """Take the logarithm of matrices.

    Parameters
    ----------
    matrices : ndarray, shape (..., n, n)
        Symmetric positive definite.

    Returns
    -------
    logarithms : ndarray, shape (..., n, n)
    eigenvalues : ndarray, shape (..., n)
        Of `matrices`, ascending.

    Raises
    ------
    ValueError
        If a matrix is not positive definite.
    """
    values, vectors = np.linalg.eigh(matrices)
    if values.min() <= 0:
        bad = int((values.min(axis=-1) <= 0).sum())
        raise ValueError(
            f"{bad} covariance matrices are not positive definite: channels depend on each other, "
            "as after an average reference or an interpolation; use a shrunk estimator, `oas` or "
            "`lwf`, or fewer components"
        )
    return (vectors * np.log(values)[..., np.newaxis, :]) @ _t(vectors), values


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
    for _ in range(MOST_STEPS):
        factor: NDArray[np.floating[Any]] = np.linalg.cholesky(mean)
        logarithms, values = logarithm(whiten(matrices, factor))
        direction = logarithms.mean(axis=0)
        low, q = np.linalg.eigh(direction * _step(values))
        moved = factor @ (q * np.exp(low / 2))
        mean = moved @ moved.T
        if np.linalg.norm(direction) <= TOLERANCE * np.sqrt(len(mean)):
            return mean
    raise RuntimeError(f"The Riemannian mean was not found in {MOST_STEPS} steps")


def _step(values: Floats) -> float:
    """Length of the step: the mean of the bounds of the Hessian's eigenvalues, inverted."""
    # The Hessian of one matrix has eigenvalues from 1 to log(c)/2 * coth(log(c)/2), c being the
    # condition number of the whitened matrix.
    half = np.log(values[..., -1] / values[..., 0]) / 2
    largest = np.where(half > 1e-8, half / np.tanh(np.maximum(half, 1e-8)), 1.0)
    return float(2 / (1 + largest.mean()))


def whiten(matrices: Floats, factor: NDArray[np.floating[Any]]) -> Floats:
    """Express matrices relative to a reference.

    Parameters
    ----------
    matrices : ndarray, shape (..., n, n)
        Symmetric.
    factor : ndarray, shape (n, n)
        Lower Cholesky factor of the reference, or its symmetric square root.
    """
    inverse = np.linalg.inv(factor)
    whitened = inverse @ matrices @ inverse.T
    return (whitened + _t(whitened)) / 2


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
    logarithms, _ = logarithm(whiten(matrices, square_root(reference)))
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
    factor = np.linalg.cholesky(reference)
    inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
    values = np.linalg.eigvalsh(inverse @ matrices @ inverse.T)
    found: Floats = (np.log(values) ** 2).sum(axis=-1)
    return found


def _t(matrices: Floats) -> Floats:
    return np.swapaxes(matrices, -1, -2)
