"""What is held out inside a training set: whole groups, never single trials of one."""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.trials import Ints, Strings

N_BLOCKS = 5
"""A single group is cut into so many blocks of trials."""


def inner_groups(y: Ints, groups: Strings, n_max: int | None = None) -> Ints:
    """Number the groups that are held out together.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    groups : ndarray of str, shape (n_trials,)
        Subject or block of each trial.
    n_max : int or None
        Groups are dealt into at most so many.

    Returns
    -------
    number : ndarray of int, shape (n_trials,)
        From 0; where there is a single group, the first fifth of each class's trials in their order
        is block 0, and so on, since published training sets are often sorted by class.
    """
    names, number = np.unique(groups, return_inverse=True)
    if len(names) == 1:
        number = np.zeros(len(y), np.intp)
        for label in np.unique(y):
            (mine,) = np.nonzero(y == label)
            number[mine] = np.arange(len(mine)) * N_BLOCKS // len(mine)
    return number % n_max if n_max else number


def hold_out(
    y: Ints, groups: Strings, share: float, rng: np.random.Generator, n_draws: int = 20
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Set groups aside for validation.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    groups : ndarray of str, shape (n_trials,)
        Subject or block of each trial.
    share : float
        Of the groups, rounded, at least one.
    rng : numpy.random.Generator
        Draws them.
    n_draws : int
        How often, at most, until each class is on both sides.

    Returns
    -------
    train, validation : ndarray of int
        Trials; validation is empty if there is no such draw.
    """
    number = inner_groups(y, groups)
    n_groups = int(number.max()) + 1
    n_out = min(max(1, round(share * n_groups)), n_groups - 1)
    n_classes = len(np.unique(y))
    for _ in range(n_draws if n_out > 0 and share > 0 else 0):
        out = np.isin(number, rng.choice(n_groups, n_out, replace=False))
        if all(len(np.unique(y[side])) == n_classes for side in (out, ~out)):
            return np.flatnonzero(~out), np.flatnonzero(out)
    return np.arange(len(y)), np.arange(0)


def balanced_weights(y: Ints, n_classes: int) -> NDArray[np.float32]:
    """Weigh classes by the inverse of their frequency, with a mean over trials of 1.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    n_classes : int
        Classes; one that does not occur has weight 0.
    """
    count = np.bincount(y, minlength=n_classes)
    present = count > 0
    weights = np.zeros(n_classes, np.float32)
    weights[present] = len(y) / (present.sum() * count[present])
    return weights
