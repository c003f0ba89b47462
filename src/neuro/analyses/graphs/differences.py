"""Differences between two groups of maps, corrected over voxels by the largest statistic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.region_mask import t_values
from neuro.stats.auc import p_above, permuted_labels

Floats = NDArray[np.float64]

BATCH = 100
"""Permutations at a time."""


@dataclass(frozen=True, eq=False)
class Difference:
    """Second group against first.

    Parameters
    ----------
    t : ndarray, shape (n_features,)
        Student's t.
    p : ndarray, shape (n_features,)
        Two-sided, corrected for all features by the distribution of the largest |t|.
    critical : float
        |t| of p = 0.05.
    """

    t: Floats
    p: Floats
    critical: float


def group_difference(
    maps: Floats,
    labels: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    sites: NDArray[np.str_] | None = None,
    confounds: Floats | None = None,
    n_permutations: int = 1000,
) -> Difference:
    """Compare two groups, voxel by voxel.

    Site means and confounds are regressed out first; labels are permuted within sites.

    Parameters
    ----------
    maps : ndarray, shape (n_subjects, n_features)
        A feature map of each subject.
    labels : ndarray of bool, shape (n_subjects,)
        Whether a subject is of the second group.
    rng : numpy.random.Generator
        Random numbers.
    sites : ndarray of str, shape (n_subjects,) | None
        Sites.
    confounds : ndarray, shape (n_subjects, n_confounds) | None
        E.g. age and motion.
    n_permutations : int
        Permutations.

    Returns
    -------
    difference : Difference
        t of every feature, with p corrected over all of them.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> maps, labels = rng.standard_normal((40, 50)), np.arange(40) >= 20
    >>> maps[labels, 3] += 2.0  # one node differs
    >>> found = neuro.graphs.group_difference(maps, labels, rng, n_permutations=99)
    >>> np.flatnonzero(found.p <= 0.05).tolist()
    [3]
    """
    if len(set(labels.tolist())) < 2 or min(labels.sum(), (~labels).sum()) < 2:
        raise ValueError("a group difference needs at least two subjects in each of two groups")
    residual = _residual(maps, sites, confounds)
    observed = t_values(residual, labels)
    within = (
        np.zeros(len(labels), np.int64)
        if sites is None
        else np.unique(sites, return_inverse=True)[1].astype(np.int64)
    )
    largest = [
        np.abs(
            t_values(residual, permuted_labels(labels, within, min(BATCH, n_permutations - k), rng))
        ).max(axis=1)
        for k in range(0, n_permutations, BATCH)
    ]
    null = np.concatenate(largest)
    return Difference(observed, p_above(np.abs(observed), null), float(np.quantile(null, 0.95)))


def _residual(maps: Floats, sites: NDArray[np.str_] | None, confounds: Floats | None) -> Floats:
    """Maps less what sites and confounds explain."""
    columns = [np.ones((len(maps), 1))]
    if sites is not None:
        columns.append((sites[:, None] == np.unique(sites)[1:]).astype(float))
    if confounds is not None:
        columns.append(confounds - confounds.mean(axis=0))
    nuisance = np.hstack(columns)
    return np.asarray(maps - nuisance @ np.linalg.lstsq(nuisance, maps, rcond=None)[0])
