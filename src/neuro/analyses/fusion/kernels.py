"""Kernels of people from their features: the plain methods that fusion is compared with."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import Cohort, Modality
from neuro.stats.tangent import Tangent, positive

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

N_COMPONENTS, N_VARIATES, RIDGE = 10, 5, 0.1
"""CCA: principal components of a modality, pairs of variates, share of variance added."""
N_NEIGHBORS, WIDTH, N_ROUNDS = 20, 0.5, 20
"""SNF: neighbors, width of affinities, rounds of diffusion (Wang et al., 2014)."""


class Features:
    """Standardized features of a fold, and kernels of them.

    Parameters
    ----------
    cohort : Cohort
        The people.
    train : ndarray of int
        Training subjects; means, spreads and effects of confounds are theirs.
    """

    def __init__(self, cohort: Cohort, train: Ints) -> None:
        self.cohort, self.train = cohort, train

    @cached_property
    def scaled(self) -> dict[str, Floats]:
        """Each view, with mean 0 and variance 1 in training; who lacks it is at the mean."""
        return {view.name: self._scale(view.values) for view in self.cohort.views}

    def _scale(self, values: Floats) -> Floats:
        there = ~np.isnan(values[:, 0])
        own = self.train[there[self.train]]
        design = np.ones((len(values), 1))
        if self.cohort.confounds is not None:
            design = np.hstack([design, self.cohort.confounds])
        residual = values - design @ (np.linalg.pinv(design[own]) @ values[own])
        spread = residual[own].std(0)
        used = spread > 1e-9
        return np.where(there[:, None], residual[:, used] / spread[used], 0.0)

    def view(self, name: str) -> Floats:
        """Linear kernel of a view, of mean diagonal 1 or so."""
        z = self.scaled[name]
        return np.asarray(z @ z.T / max(z.shape[1], 1))

    def modality(self, modality: Modality) -> Floats:
        """Mean of a modality's kernels."""
        return np.asarray(
            np.mean([self.view(view.name) for view in self.cohort.of(modality)], axis=0)
        )


def both(features: Features) -> list[Floats]:
    """All features side by side, each modality with the same weight."""
    return [features.modality("function") + features.modality("structure")]


def products(features: Features) -> list[Floats]:
    """Products of what both modalities have at the same region, or pair of regions."""
    found = []
    n_pairs = len(features.cohort.regions)
    n_pairs = n_pairs * (n_pairs - 1) // 2
    for kind in ("regions", "edges"):
        for a in features.cohort.of("function", kind):
            for b in features.cohort.of("structure", kind):
                z = _whole(features, a.values, a.name) * _whole(features, b.values, b.name)
                z = z - z[features.train].mean(0)
                spread = z[features.train].std(0)
                z = z[:, spread > 1e-9] / spread[spread > 1e-9]
                found.append(z @ z.T / max(z.shape[1], 1))
    return [np.sum(found, axis=0)]


def _whole(features: Features, values: Floats, name: str) -> Floats:
    """Standardized features with the constant ones, as zeros."""
    there = ~np.isnan(values[:, 0])
    own = features.train[there[features.train]]
    z, wide = features.scaled[name], np.zeros(values.shape)
    if z.shape[1] == values.shape[1]:
        return z
    wide[:, values[own].std(0) > 1e-9] = z
    return wide


def kernel_product(features: Features) -> list[Floats]:
    """All products of a functional and a structural feature, at whatever places."""
    return [features.modality("function") * features.modality("structure")]


def tangent(features: Features) -> list[Floats]:
    """Connectivity in the tangent space, with the structural features."""
    matrices = features.cohort.matrices
    if matrices is None:
        raise ValueError("tangent_ridge: needs correlation matrices, of which there are none")
    there = ~np.isnan(matrices[:, 0, 0])
    values = np.full((len(matrices), matrices.shape[1] * (matrices.shape[1] + 1) // 2), np.nan)
    # Where exactly the space touches matters little: a coarse mean takes a tenth of the time.
    space = Tangent.fit(positive(matrices[features.train[there[features.train]]]), 1e-3)
    values[there] = space.transform(positive(matrices[there]))
    z = features._scale(values)
    return [z @ z.T / z.shape[1] + features.modality("structure")]


def canonical(features: Features) -> list[Floats]:
    """Canonical variates of both modalities' principal components."""
    train = features.train
    scores = []
    for modality in ("function", "structure"):
        kernel = features.modality(modality)
        values, vectors = np.linalg.eigh(kernel[np.ix_(train, train)])
        n = min(N_COMPONENTS, len(train) - 2)
        scores.append(kernel[:, train] @ vectors[:, -n:] / np.sqrt(np.maximum(values[-n:], 1e-9)))
    rooted = []
    for score in scores:
        covariance = score[train].T @ score[train] / len(train)
        covariance += RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        values, vectors = np.linalg.eigh(covariance)
        rooted.append(score @ (vectors / np.sqrt(values)) @ vectors.T)
    left, _, right = np.linalg.svd(rooted[0][train].T @ rooted[1][train])
    n = min(N_VARIATES, len(left))
    z = np.hstack([rooted[0] @ left[:, :n], rooted[1] @ right[:n].T])
    z = (z - z[train].mean(0)) / z[train].std(0)
    return [z @ z.T / z.shape[1]]


def similarity_network(features: Features) -> list[Floats]:
    """Similarity network fusion of all views (Wang et al., 2014); labels play no part."""
    similar = [_affinity(features.scaled[view.name]) for view in features.cohort.views]
    near = [_nearest(each) for each in similar]
    full = [_full(each) for each in similar]
    for _ in range(N_ROUNDS):
        others = [
            np.mean([full[j] for j in range(len(full)) if j != k] or [full[k]], axis=0)
            for k in range(len(full))
        ]
        full = [_full(n @ other @ n.T) for n, other in zip(near, others, strict=True)]
    fused = np.mean(full, axis=0)
    fused = (fused + fused.T) / 2
    scale = np.sqrt(np.diag(fused))
    fused = fused / scale[:, None] / scale
    values, vectors = np.linalg.eigh(fused)
    kernel = (vectors * np.maximum(values, 0)) @ vectors.T
    center = np.eye(len(kernel)) - np.isin(np.arange(len(kernel)), features.train) / len(
        features.train
    )
    kernel = center @ kernel @ center.T
    return [kernel / np.mean(np.diag(kernel))]


def _affinity(z: Floats) -> Floats:
    squares = np.square(z).sum(1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares - 2 * z @ z.T, 0))
    k = min(N_NEIGHBORS, len(z) - 1)
    mean = np.sort(distance, axis=1)[:, 1 : k + 1].mean(1)
    width = WIDTH * (mean[:, None] + mean + distance) / 3 + 1e-12
    return np.asarray(np.exp(-(distance**2) / (2 * width**2)))


def _nearest(similar: Floats) -> Floats:
    k = min(N_NEIGHBORS, len(similar) - 1)
    least = np.sort(similar, axis=1)[:, -k][:, None]
    near = np.where(similar >= least, similar, 0)
    return np.asarray(near / near.sum(1, keepdims=True))


def _full(similar: Floats) -> Floats:
    apart = similar - np.diag(np.diag(similar))
    found = apart / (2 * np.maximum(apart.sum(1, keepdims=True), 1e-12)) + 0.5 * np.eye(len(apart))
    return np.asarray((found + found.T) / 2)


def aligned_weights(kernels: list[Floats], targets: Floats, train: Ints) -> Floats:
    """Weights of kernels by their alignment with the groups, as multiple-kernel learning takes.

    Parameters
    ----------
    kernels : list of ndarray, shape (n, n)
        Kernels.
    targets : ndarray, shape (n,)
        Targets.
    train : ndarray of int
        Training subjects.

    Returns
    -------
    weights : ndarray, shape (n_kernels,)
        Nonnegative; solve Cortes et al.'s (2012) problem of centered alignment.
    """
    from scipy.optimize import nnls

    center = np.eye(len(train)) - 1 / len(train)
    own = [center @ kernel[np.ix_(train, train)] @ center for kernel in kernels]
    y = targets[train] - targets[train].mean()
    gram = np.array([[np.sum(a * b) for b in own] for a in own])
    aimed = np.array([y @ kernel @ y for kernel in own])
    root = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)))
    weights: Floats = nnls(root.T, np.linalg.solve(root, aimed))[0]
    return weights / weights.sum() if weights.sum() > 0 else np.full(len(own), 1 / len(own))


KERNELS: dict[str, Callable[[Features], list[Floats]]] = {
    "function_ridge": lambda features: [features.modality("function")],
    "structure_ridge": lambda features: [features.modality("structure")],
    "early": both,
    "mkl": lambda features: [features.view(view.name) for view in features.cohort.views],
    "cca": canonical,
    "snf": similarity_network,
    "tangent_ridge": tangent,
    "products": products,
    "kernel_product": kernel_product,
}
"""Kernels of each method; several are weighted in training."""
