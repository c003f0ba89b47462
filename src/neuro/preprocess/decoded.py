"""What decoding finds in one contrast."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.stats.auc import level
from neuro.stats.intervals import Band
from neuro.stats.splits import Split

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
ALPHA = 0.05
"""Level of significance."""


@dataclass(frozen=True)
class Score:
    """Area under the ROC curve of one number per trial.

    Parameters
    ----------
    value, low, high : float
        Area over all pairs within blocks, and its bootstrap interval.
    p : float
        One-sided, of permutations of the labels within blocks.
    by_fold : ndarray, shape (n_folds,)
        Area in each block.
    """

    value: float
    low: float
    high: float
    p: float
    by_fold: Floats


@dataclass(frozen=True)
class Decoded:
    """What can be told of a contrast from single trials.

    Parameters
    ----------
    name : str
        The contrast.
    times : ndarray, shape (n_times,)
        Centers of the bins of time, s.
    width : float
        Their length, s.
    labels : ndarray of bool, shape (n_trials,)
        Whether a trial is of the first side; trials are in order of time.
    folds : ndarray of int, shape (n_trials,)
        Block in which each was predicted.
    splits : list of Split
        Trials that each block's classifiers were trained on, and the block.
    scores : ndarray, shape (n_trials, n_times)
        Out-of-fold scores, high for the first side.
    course : Band
        Area under the curve and its pointwise bootstrap interval, shape (n_times,).
    null : ndarray, shape (n_permutations,)
        Largest area over time of each permutation.
    p : ndarray, shape (n_times,)
        One-sided, corrected for all times.
    roi_course : ndarray, shape (n_times,)
        Area of the region's amplitude, without any training.
    matrix : ndarray, shape (n_times, n_times)
        Area of classifiers trained at one time (row) and tested at another (column).
    matrix_null : ndarray, shape (n_permutations,)
        Largest area of the matrix of each permutation.
    window, baseline : Score
        Of the mean over the contrast's window: all channels decoded, and the region's amplitude.
    gain : tuple of float
        Difference of the two and its paired bootstrap interval.
    """

    name: str
    times: Floats
    width: float
    labels: Bools
    folds: Ints
    splits: list[Split]
    scores: Floats
    course: Band
    null: Floats
    p: Floats
    roi_course: Floats
    matrix: Floats
    matrix_null: Floats
    window: Score
    baseline: Score
    gain: tuple[float, float, float]

    @property
    def threshold(self) -> float:
        """Area that a time must exceed, corrected for all times."""
        return level(self.null, ALPHA)

    @property
    def matrix_threshold(self) -> float:
        """Area that a pair of times must exceed, corrected for all pairs."""
        return level(self.matrix_null, ALPHA)

    @property
    def left_out(self) -> list[int]:
        """Trials outside of each block that its classifiers were not trained on."""
        return [len(self.labels) - len(s.train) - len(s.test) for s in self.splits]
