"""Ridge classification with kernels; the penalty is chosen in inner folds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import Cohort
from neuro.analyses.fusion.kernels import KERNELS, Features, aligned_weights
from neuro.stats.auc import areas, ranks_within
from neuro.stats.folds import Outer

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

PENALTIES = np.logspace(-1, 4, 8)
"""Added to the kernel's diagonal."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of a method.

    Parameters
    ----------
    test : ndarray, shape (n,)
        Of each subject, by the fold that it is a test subject of.
    inner : ndarray, shape (n_folds, n)
        Of each fold's training subjects, by inner folds; NaN for others.
    """

    test: Floats
    inner: Floats


def targets_of(labels: Bools, index: Ints) -> Floats:
    """Targets whose sum is zero, so that both groups weigh the same."""
    ill = int(labels[index].sum())
    well = len(index) - ill
    return np.where(labels, len(index) / (2 * ill), -len(index) / (2 * well))


def solve(kernel: Floats, labels: Bools, train: Ints, test: Ints) -> Floats:
    """Scores of test subjects at every penalty, shape (n_penalties, n_test)."""
    values, vectors = np.linalg.eigh(kernel[np.ix_(train, train)])
    aimed = vectors.T @ targets_of(labels, train)[train]
    weights = aimed / (np.maximum(values, 0) + PENALTIES[:, None])
    return np.asarray(weights @ (kernel[np.ix_(test, train)] @ vectors).T)


def score_ridge(cohort: Cohort, method: str, folds: list[Outer]) -> Scored:
    """Nested scores of a kernel method.

    Parameters
    ----------
    cohort : Cohort
        The people.
    method : str
        One of :data:`neuro.analyses.fusion.kernels.KERNELS`, or `late`.
    folds : list of Outer
        Folds.

    Raises
    ------
    ValueError
        If the cohort lacks what the method needs.
    """
    if cohort.labels is None:
        raise ValueError("labels: a classifier needs two groups, the cohort has none")
    if method == "late":
        return _late(cohort, folds)
    found = Scored(np.zeros(len(cohort)), np.full((len(folds), len(cohort)), np.nan))
    for k, fold in enumerate(folds):
        kernels = KERNELS[method](Features(cohort, fold.split.train))
        inner = np.zeros((len(PENALTIES), len(cohort)))
        number = np.zeros(len(cohort), np.int64)
        for i, split in enumerate(fold.inner):
            kernel = _weighted(kernels, cohort.labels, split.train)
            inner[:, split.test] = solve(kernel, cohort.labels, split.train, split.test)
            number[split.test] = i
        train = np.sort(np.concatenate([split.test for split in fold.inner]))
        ranks = ranks_within(inner[:, train].T, number[train])
        best = int(np.argmax(areas(ranks, cohort.labels[train], number[train])))
        found.inner[k, train] = inner[best, train]
        kernel = _weighted(kernels, cohort.labels, fold.split.train)
        test = fold.split.test
        found.test[test] = solve(kernel, cohort.labels, fold.split.train, test)[best]
    return found


def _weighted(kernels: list[Floats], labels: Bools, train: Ints) -> Floats:
    if len(kernels) == 1:
        return kernels[0]
    weights = aligned_weights(kernels, targets_of(labels, train), train)
    return np.asarray(np.tensordot(weights, np.array(kernels), axes=1))


def _late(cohort: Cohort, folds: list[Outer]) -> Scored:
    """Mean of both modalities' scores, each in units of its own spread in training."""
    parts = [score_ridge(cohort, f"{m}_ridge", folds) for m in ("function", "structure")]
    test = np.zeros(len(cohort))
    inner = np.zeros_like(parts[0].inner)
    for k, fold in enumerate(folds):
        for part in parts:
            spread = float(np.nanstd(part.inner[k])) or 1.0
            test[fold.split.test] += part.test[fold.split.test] / spread
            inner[k] += part.inner[k] / spread
    return Scored(test, inner)
