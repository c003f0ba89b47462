"""Inner validation: folds within the training trials, and probabilities from what they leave out.

Probabilities: Platt, 1999, Advances in Large Margin Classifiers, 61-74, for any number of classes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from neuro.analyses.eegbench.trials import Ints, Strings
from neuro.stats.splits import Split, blocked_splits

Floats = NDArray[np.float64]

MOST_FOLDS = 5


def inner_folds(y: Ints, groups: Strings | None) -> list[Split]:
    """Split training trials by group, or, where there is one only, into blocks of time.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    groups : ndarray of str, shape (n_trials,), or None
        Subject or block of each trial.

    Returns
    -------
    folds : list of Split
        At most five, whose training trials are of every class.

    Raises
    ------
    ValueError
        If there is none.
    """
    names = list(dict.fromkeys(groups.tolist())) if groups is not None else []
    if groups is not None and len(names) > 1:
        places = np.array([names.index(group) for group in groups.tolist()], dtype=np.intp)
        blocks = _spread(places, y)
    else:
        blocks = _fifths(y)
    n_classes, n_folds = len(np.unique(y)), len(np.unique(blocks))
    splits = blocked_splits(blocks) if n_folds > 1 else []
    folds = [split for split in splits if len(np.unique(y[split.train])) == n_classes]
    if not folds:
        raise ValueError(
            f"No inner validation is possible: of {len(y)} training trials in {len(names) or 1} "
            "groups, each group holds all trials of some class"
        )
    return folds


def _spread(places: Ints, y: Ints) -> Ints:
    """Fold of each trial: neighboring groups together, as blocks of a recording are in order."""
    n_groups = int(places.max()) + 1
    n_folds = min(MOST_FOLDS, n_groups)
    firsts = y[np.unique(places, return_index=True)[1]]
    if (y == firsts[places]).all():
        # Groups of one class each, as patients and controls are: every fold needs some of each.
        return _fifths(firsts)[places]
    return places * n_folds // n_groups


def _fifths(y: Ints) -> Ints:
    """Fold of each trial: contiguous parts of each class, as some sets are sorted by class."""
    blocks = np.zeros(len(y), dtype=np.intp)
    for label in np.unique(y):
        held = np.flatnonzero(y == label)
        blocks[held] = np.arange(len(held)) * min(MOST_FOLDS, len(held)) // len(held)
    return blocks


def left_out(
    y: Ints, groups: Strings | None, decide: Callable[[Split], Floats]
) -> tuple[Floats, Ints]:
    """Gather what is predicted of trials that were not trained on.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    groups : ndarray of str, shape (n_trials,), or None
        Subject or block of each trial.
    decide : callable
        Trains on one part of a split, and gives decisions for the other.

    Returns
    -------
    decisions : ndarray, shape (n_left_out, ...)
    index : ndarray of int, shape (n_left_out,)
        Trials that they are of.
    """
    folds = inner_folds(y, groups)
    return np.concatenate([decide(fold) for fold in folds]), np.concatenate(
        [fold.test for fold in folds]
    )


class Calibration:
    """Probabilities that are a softmax of a positive multiple of decisions, plus a constant.

    Parameters
    ----------
    decisions : ndarray, shape (n_trials,) or (n_trials, n_classes)
        Of trials that were not trained on.
    y : ndarray of int, shape (n_trials,)
        Their classes, from 0.
    n_classes : int
        Classes.
    """

    def __init__(self, decisions: Floats, y: Ints, n_classes: int) -> None:
        counts = np.bincount(y, minlength=n_classes)
        self._scale = float(np.std(decisions)) or 1.0
        scores = self._scores(decisions)
        # Platt's targets: short of certainty by as much as so few trials leave open.
        miss = 1 / (counts[y] + n_classes)
        targets = np.repeat(miss[:, np.newaxis], n_classes, axis=1)
        targets[np.arange(len(y)), y] += 1 - n_classes * miss

        def loss(parameters: Floats) -> tuple[float, Floats]:
            logits = np.exp(parameters[0]) * scores + parameters[1:]
            error = softmax(logits, axis=1) - targets
            slope = np.exp(parameters[0]) * (error * scores).sum()
            gradient = np.concatenate(([slope], error.sum(axis=0))) / len(y)
            value = -(targets * log_softmax(logits, axis=1)).sum() / len(y)
            return float(value), gradient

        bounds = [(-5.0, 5.0), *[(-10.0, 10.0)] * n_classes]
        found = minimize(loss, np.zeros(n_classes + 1), jac=True, method="L-BFGS-B", bounds=bounds)
        self._slope, self._offsets = float(np.exp(found.x[0])), found.x[1:]

    def _scores(self, decisions: Floats) -> Floats:
        scaled = decisions / self._scale
        return np.stack((-scaled / 2, scaled / 2), axis=1) if scaled.ndim == 1 else scaled

    def __call__(self, decisions: Floats) -> Floats:
        """Turn decisions into probabilities, shape (n_trials, n_classes)."""
        found: Floats = softmax(self._slope * self._scores(decisions) + self._offsets, axis=1)
        return found


def decisions_of(estimator: Any, X: NDArray[Any]) -> Floats:
    """Decisions of a classifier that knows no probabilities.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : ndarray, shape (n_trials, ...)
        Trials.
    """
    return np.asarray(estimator.decision_function(X), dtype=np.float64)
