"""Area under the ROC curve of out-of-fold scores, its interval and its null distribution.

Pairs of a positive and a negative sample are compared within a fold only: scores of different
folds come from different classifiers. The area is the share of such pairs in which the positive
one has the higher score; ties count half (Hanley & McNeil, 1982, Radiology 143:29-36).
"""

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

CHANCE = 0.5


def ranks_within(scores: Floats, folds: Ints) -> Floats:
    """Ranks of the scores within each fold, from 1; ties share their mean rank.

    Parameters
    ----------
    scores : ndarray, shape (n_samples, ...)
        Out-of-fold scores.
    folds : ndarray of int, shape (n_samples,)
        Fold in which each sample was predicted.

    Returns
    -------
    ranks : ndarray, shape (n_samples, ...)
    """
    ranks = np.empty(scores.shape)
    for fold in np.unique(folds):
        ranks[folds == fold] = scipy.stats.rankdata(scores[folds == fold], axis=0)
    return ranks


@dataclass(frozen=True)
class Pairs:
    """Pairs of a positive and a negative sample within folds.

    Parameters
    ----------
    n : int
        Number of pairs.
    lowest : float
        Least sum of the positive samples' ranks.
    used : ndarray of bool, shape (n_samples,)
        Samples of folds that have both kinds.
    """

    n: int
    lowest: float
    used: Bools

    @classmethod
    def of(cls, labels: Bools, folds: Ints) -> "Pairs":
        """Count the pairs.

        Raises
        ------
        ValueError
            If no fold has samples of both kinds.
        """
        used = np.zeros(len(folds), dtype=bool)
        n, lowest = 0, 0.0
        for fold in np.unique(folds):
            n_positive = int(labels[folds == fold].sum())
            n_negative = int((folds == fold).sum()) - n_positive
            if n_positive and n_negative:
                used |= folds == fold
                lowest += n_positive * (n_positive + 1) / 2
                n += n_positive * n_negative
        if not n:
            raise ValueError("No fold has samples of both kinds, so there is no pair to compare")
        return cls(n, lowest, used)

    def areas(self, sums: Floats) -> Floats:
        """Areas under the curve from sums of the positive samples' ranks."""
        return (sums - self.lowest) / self.n


def areas(ranks: Floats, labels: Bools, folds: Ints) -> Floats:
    """Area under the curve, over all pairs within folds.

    Parameters
    ----------
    ranks : ndarray, shape (n_samples, n_scores)
        Of :func:`ranks_within`.
    labels : ndarray of bool, shape (..., n_samples)
        Which samples are positive; each row has as many in a fold as the others.
    folds : ndarray of int, shape (n_samples,)
        Fold of each sample.

    Returns
    -------
    areas : ndarray, shape (..., n_scores)
        Between 0 and 1; chance is 0.5.

    Raises
    ------
    ValueError
        If no fold has samples of both kinds.
    """
    pairs = Pairs.of(labels.reshape(-1, labels.shape[-1])[0], folds)
    return pairs.areas(labels[..., pairs.used].astype(float) @ ranks[pairs.used])


def rank_sums(scores: NDArray[np.float32], labels: Bools) -> Floats:
    """Sums of the positive samples' ranks, many at once.

    Parameters
    ----------
    scores : ndarray of float32, shape (..., n_rows, n_samples)
        Scores; each row is ranked by itself. The last bit is lost.
    labels : ndarray of bool, shape (n_rows, n_samples)
        Which samples are positive. Equal scores count in favor of positive samples.

    Returns
    -------
    sums : ndarray, shape (..., n_rows)
    """
    # The label travels in the last bit: sorting then needs no index.
    bits = np.ascontiguousarray(scores, dtype=np.float32).view(np.uint32)
    carried = ((bits & np.uint32(0xFFFFFFFE)) | labels.astype(np.uint32)).view(np.float32)
    carried.sort(axis=-1)
    positive = carried.view(np.uint32) & np.uint32(1)
    sums: Floats = positive.astype(float) @ np.arange(1.0, scores.shape[-1] + 1)
    return sums


def permuted_labels(labels: Bools, folds: Ints, n: int, rng: np.random.Generator) -> Bools:
    """Permute labels within folds, shape (n, n_samples)."""
    permuted = np.empty((n, len(labels)), dtype=bool)
    for fold in np.unique(folds):
        inside = folds == fold
        permuted[:, inside] = rng.permuted(np.tile(labels[inside], (n, 1)), axis=1)
    return permuted


def bootstrap_areas(
    scores: Floats, labels: Bools, folds: Ints, n: int, rng: np.random.Generator
) -> Floats:
    """Areas of bootstrap samples, drawn within each fold and kind; the scores stay as they are.

    The same samples are drawn for all scores, so that differences between them are paired.

    Parameters
    ----------
    scores : ndarray, shape (n_samples, n_scores)
        Out-of-fold scores.
    labels : ndarray of bool, shape (n_samples,)
        Which samples are positive.
    folds : ndarray of int, shape (n_samples,)
        Fold of each sample.
    n : int
        Bootstrap samples.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    areas : ndarray, shape (n, n_scores)
    """
    sums, pairs = np.zeros((n, scores.shape[1])), 0
    for fold in np.unique(folds):
        positive, negative = (scores[(folds == fold) & (labels == kind)] for kind in (True, False))
        if not len(positive) or not len(negative):
            continue
        drawn = [rng.multinomial(len(s), np.full(len(s), 1 / len(s)), n).astype(float)
                 for s in (positive, negative)]  # fmt: skip
        pairs += len(positive) * len(negative)
        for i in range(scores.shape[1]):
            above = positive[:, i, np.newaxis] - negative[:, i]
            wins = (above > 0) + 0.5 * (above == 0)
            sums[:, i] += ((drawn[0] @ wins) * drawn[1]).sum(axis=1)
    if not pairs:
        raise ValueError("No fold has samples of both kinds, so there is no pair to compare")
    return sums / pairs


def p_above(observed: Floats, null: Floats) -> Floats:
    """One-sided p of large values; the data count as one of the permutations.

    Parameters
    ----------
    observed : ndarray, shape (...)
        Statistics of the data.
    null : ndarray, shape (n_permutations,)
        Null distribution, e.g. of the largest of all statistics.

    Returns
    -------
    p : ndarray, shape (...)
    """
    ordered = np.sort(null)
    # A tie through rounding counts as reached: the conservative side.
    reached = len(null) - np.searchsorted(ordered, np.asarray(observed) - 1e-12)
    return np.asarray((1 + reached) / (1 + len(null)), dtype=float)


def level(null: Floats, alpha: float) -> float:
    """Value that a statistic must exceed for :func:`p_above` to be at most alpha.

    Infinite where there are too few permutations for that.
    """
    allowed = int(np.floor(alpha * (1 + len(null)) + 1e-9)) - 1
    return float(np.sort(null)[len(null) - 1 - allowed]) if allowed >= 0 else float("inf")
