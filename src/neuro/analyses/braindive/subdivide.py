"""Clusters of voxels within a region, by the directions of their encoder weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Clusters:
    """A region in parts.

    Parameters
    ----------
    labels : ndarray of int, shape (n_voxels,)
        Number of the cluster of each voxel of the region, from 0, the largest first.
    cohesion : float
        Mean cosine between a voxel's weights and its cluster's mean direction.
    stability : ndarray, shape (n_splits,)
        Adjusted Rand index between clusters of two halves of the data; 0 is chance.
    """

    labels: Ints
    cohesion: float
    stability: Floats


def subdivide(
    weights: Floats,
    halves: Sequence[tuple[Floats, Floats]],
    k: int,
    rng: np.random.Generator,
    n_starts: int = 10,
) -> Clusters:
    """Cluster voxels by cosine k-means.

    Parameters
    ----------
    weights : ndarray, shape (n_voxels, n_features)
        Of the region's voxels.
    halves : sequence of (ndarray, ndarray)
        The same weights, fitted to either half of the data, for several splits.
    k : int
        Number of clusters.
    rng : numpy.random.Generator
        Random numbers.
    n_starts : int
        Starts, of which the most cohesive is kept.

    Returns
    -------
    clusters : Clusters

    Raises
    ------
    ValueError
        If there are fewer voxels than clusters.
    """
    from sklearn.metrics import adjusted_rand_score

    if len(weights) < 2 * k:
        raise ValueError(
            f"subdivision: {len(weights)} voxels cannot be parted into {k} clusters of two or more"
        )
    labels, cohesion = cosine_kmeans(weights, k, rng, n_starts)
    order = np.argsort(-np.bincount(labels, minlength=k), kind="stable")
    stability = [
        float(adjusted_rand_score(*(cosine_kmeans(half, k, rng, n_starts)[0] for half in both)))
        for both in halves
    ]
    return Clusters(np.argsort(order)[labels], cohesion, np.array(stability))


def cosine_kmeans(
    weights: Floats, k: int, rng: np.random.Generator, n_starts: int = 10, n_rounds: int = 50
) -> tuple[Ints, float]:
    """K-means on the unit sphere.

    Returns
    -------
    labels : ndarray of int, shape (n_voxels,)
        Numbers of clusters.
    cohesion : float
        Mean cosine to the own cluster's direction.
    """
    unit = weights / np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)
    best: tuple[Ints, float] | None = None
    for _ in range(n_starts):
        centers = unit[rng.choice(len(unit), k, replace=False)]
        labels = np.full(len(unit), -1)
        for _ in range(n_rounds):
            new = (unit @ centers.T).argmax(axis=1)
            if (new == labels).all():
                break
            labels = new
            sums = np.array([unit[labels == j].sum(axis=0) for j in range(k)])
            empty = ~np.isin(np.arange(k), labels)
            # A cluster that lost its voxels begins anew at the one that fits worst.
            sums[empty] = unit[(unit @ centers.T).max(axis=1).argmin()]
            centers = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        cohesion = float((unit @ centers.T).max(axis=1).mean())
        if best is None or cohesion > best[1]:
            best = (labels, cohesion)
    assert best is not None
    return best
