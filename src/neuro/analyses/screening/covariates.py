"""Screening beyond covariates: residuals, and mutual information given them.

`residualise` takes the linear part of covariates out of quantities. `conditional` asks for the
information that a feature has of the outcome when covariates are known: within strata of
categorical covariates, by any method; for others from nearest neighbors (Mesner & Shalizi, 2021).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.matrix import LEAST
from neuro.stats.dependence.methods import Method, Options
from neuro.stats.dependence.nearest import insert
from neuro.stats.dependence.outcome import looks_categorical

Adjust = Literal["residualise", "conditional"]


def check_covariates(covariates: Floats, n_samples: int) -> Floats:
    """Check covariates, and bring them into the form (n_samples, n_covariates).

    Raises
    ------
    ValueError
        If they are of another length than the samples, or have missing or infinite values.
    """
    table = np.asarray(covariates, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != n_samples:
        raise ValueError(
            f"covariates must have one row for each of the {n_samples} samples, got shape "
            f"{table.shape}"
        )
    if not np.isfinite(table).all():
        raise ValueError("covariates have missing or infinite values; leave these samples out")
    return table


def residuals(values: Floats, covariates: Floats) -> Floats:
    """Take the linear part of covariates out of each row.

    Parameters
    ----------
    values : ndarray, shape (n_variables, n_samples)
        Complete.
    covariates : ndarray, shape (n_samples, n_covariates)
        Complete.

    Returns
    -------
    residuals : ndarray, shape (n_variables, n_samples)
        Residuals of least squares with an intercept; of rounding size only, they are zero.
    """
    design = np.column_stack([np.ones(values.shape[1]), covariates])
    basis = _basis(design)
    left: Floats = values - (values @ basis) @ basis.T
    spread = values.std(1, keepdims=True)
    left[np.abs(left) < 1e-10 * spread] = 0.0
    return left


def _basis(design: Floats) -> Floats:
    """Orthonormal basis of the columns; collinear ones add nothing."""
    scale = np.linalg.norm(design, axis=0)
    left, size, _ = np.linalg.svd(design / np.where(scale > 0, scale, 1), full_matrices=False)
    basis: Floats = left[:, size > 1e-10 * size[0]]
    return basis


def strata(
    covariates: Floats, least: int = LEAST, names: Sequence[str] | None = None
) -> NDArray[np.intp]:
    """Number of the stratum of each sample, where all covariates are categories.

    Parameters
    ----------
    covariates : ndarray, shape (n_samples, n_covariates)
        Codes.
    least : int
        Samples that each stratum must have.
    names : sequence of str, optional
        Names of the covariates, for errors.

    Raises
    ------
    ValueError
        If a covariate is a quantity, or a stratum has less samples.
    """
    for k in range(covariates.shape[1]):
        if not looks_categorical(covariates[:, k]):
            name = k if names is None else repr(names[k])
            raise ValueError(
                f"covariate {name} is no category; strata need categories: condition by `knn`, or "
                "`residualise`"
            )
    _, numbers, counts = np.unique(covariates, axis=0, return_inverse=True, return_counts=True)
    if counts.min() < least:
        raise ValueError(
            f"conditioning: a stratum of the covariates has {counts.min()} samples, at least "
            f"{least} are needed; use fewer covariates, or `residualise`"
        )
    return numbers.ravel()


def within_strata(
    method: Method, x: Block, y: Block, numbers: NDArray[np.intp], options: Options
) -> Floats:
    """Mean of a method over strata, weighted by their samples.

    Parameters
    ----------
    method : Method
        The method.
    x, y : Block
        Features and outcome.
    numbers : ndarray of int, shape (n_samples,)
        Stratum of each sample.
    options : Options
        What the method is told.

    Returns
    -------
    values : ndarray, shape (n_features,)
        For an estimate: conditional mutual information, nats. A stratum where the outcome has one
        value has none.
    """
    total = np.zeros(len(x))
    for stratum in np.unique(numbers):
        here = numbers == stratum
        outcome = y.only(here)
        if np.ptp(outcome.values) > 0:
            total += outcome.n * method(x.only(here), outcome, options)
    mean: Floats = total / x.n
    return mean


def conditional_knn(x: Block, y: Block, covariates: Floats, n_neighbors: int = 3) -> Floats:
    """Mutual information of features with the outcome, given covariates, from nearest neighbors.

    Parameters
    ----------
    x, y : Block
        Features and outcome, quantities or categories.
    covariates : ndarray, shape (n_samples, n_covariates)
        Quantities or codes of categories.
    n_neighbors : int
        Neighbors.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats. Takes n^2 steps per feature.
    """
    table = digamma(np.arange(1, x.n + 2))
    given = np.ascontiguousarray(Block(covariates.T).standard)
    apart = np.zeros((x.n, x.n))
    for row in given:
        np.maximum(apart, np.abs(row[:, None] - row), out=apart)
    out = np.empty(len(x))
    _conditional(_scaled(x), _scaled(y)[0], apart, n_neighbors, np.r_[0.0, table], out)
    return out


def _scaled(block: Block) -> Floats:
    """Quantities with unit variance; categories far apart from each other."""
    return block.codes.astype(np.float64) * 1e6 if block.categorical else block.standard


@compiled
def _conditional(
    x: Floats, y: Floats, apart: Floats, k: int, digammas: Floats, out: Floats
) -> None:
    n_features, n = x.shape
    joint, nearest = np.empty(n), np.empty(k)
    for b in range(n_features):
        total = 0.0
        for s in range(n):
            for other in range(n):
                joint[other] = max(
                    abs(x[b, other] - x[b, s]), abs(y[other] - y[s]), apart[s, other]
                )
            nearest[:] = np.inf
            for other in range(n):
                if other != s and joint[other] < nearest[k - 1]:
                    insert(nearest, joint[other])
            radius = nearest[k - 1]
            counts_x, counts_y, counts, equal = 0, 0, 0, 0
            for other in range(n):
                near = apart[s, other] <= radius if radius <= 0 else apart[s, other] < radius
                if other == s or not near:
                    continue
                to_x, to_y = abs(x[b, other] - x[b, s]), abs(y[other] - y[s])
                counts += 1
                counts_x += to_x <= radius if radius <= 0 else to_x < radius
                counts_y += to_y <= radius if radius <= 0 else to_y < radius
                equal += joint[other] <= 0
            total += digammas[equal if radius <= 0 else k] + digammas[counts + 1]
            total -= digammas[counts_x + 1] + digammas[counts_y + 1]
        out[b] = total / n
