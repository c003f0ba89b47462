"""Decoding over time: classifiers trained at each time, tested at all times, and permuted.

Permutations train anew. With the classifiers' scores as they are, and only the labels of the test
permuted, the folds would pass for independent: in noise, such a test finds something two to four
times as often as it should.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.stats.auc import Pairs, areas, rank_sums, ranks_within
from neuro.stats.decoders import train
from neuro.stats.splits import Split

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

MOST_NUMBERS = 2**23
"""Permuted scores that are held at once."""


@dataclass(frozen=True)
class Generalized:
    """Decoding from each time to all others.

    Parameters
    ----------
    scores : ndarray, shape (n_trials, n_times)
        Out-of-fold scores of each trial at the time of training.
    matrix : ndarray, shape (n_times, n_times)
        Area under the curve by time of training (row) and of testing (column).
    null : ndarray, shape (n_permutations,)
        Largest area of the diagonal, by permutation.
    matrix_null : ndarray, shape (n_permutations,)
        Largest area of the matrix, by permutation.
    """

    scores: Floats
    matrix: Floats
    null: Floats
    matrix_null: Floats


def generalize(
    data: Floats,
    labels: Bools,
    splits: Sequence[Split],
    folds: Ints,
    permuted: Bools,
    share: float | None = None,
) -> Generalized:
    """Decode two classes over time.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    labels : ndarray of bool, shape (n_trials,)
        Class of each.
    splits : sequence of Split
        Training and test trials of each fold.
    folds : ndarray of int, shape (n_trials,)
        Number of the split in which each trial is tested.
    permuted : ndarray of bool, shape (n_permutations, n_trials)
        Labels permuted within folds.
    share : float | None
        Shrinkage of the classifiers; None for Ledoit and Wolf's.

    Returns
    -------
    generalized : Generalized
        Scores, areas, and the largest areas of the permutations.
    """
    n_trials, _, n_times = data.shape
    scores, matrix = np.empty((n_trials, n_times)), np.empty((n_times, n_times))
    diagonal, largest = (np.zeros(len(permuted)) for _ in range(2))
    pairs = Pairs.of(labels, folds)
    for time in range(n_times):
        everywhere = np.empty((n_trials, n_times))
        sums = np.zeros((n_times, len(permuted)))
        for split in splits:
            trained = train(data[split.train, :, time], share)
            tested = trained.standardize(data[split.test])
            weights = trained.weights(labels[split.train])
            everywhere[split.test] = np.matmul(weights, tested)
            sums += _permuted_sums(
                trained.weights(permuted[:, split.train]), tested, permuted[:, split.test]
            )
        scores[:, time] = everywhere[:, time]
        matrix[time] = areas(ranks_within(everywhere, folds), labels, folds)
        null = pairs.areas(sums)
        np.maximum(diagonal, null[time], out=diagonal)
        np.maximum(largest, null.max(axis=0), out=largest)
    return Generalized(scores, matrix, diagonal, largest)


def _permuted_sums(weights: Floats, tested: Floats, labels: Bools) -> Floats:
    """Rank sums of the true class at all times, shape (n_times, n_permutations)."""
    # Single precision: it is ranks that count. Times first, so that trials are sorted in a row.
    by_time = np.ascontiguousarray(tested.transpose(2, 1, 0), dtype=np.float32)
    single = weights.astype(np.float32)
    step = max(1, MOST_NUMBERS // labels.size)
    parts = [
        rank_sums(single @ by_time[start : start + step], labels)
        for start in range(0, len(by_time), step)
    ]
    return np.concatenate(parts)
