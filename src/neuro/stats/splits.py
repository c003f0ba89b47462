"""Splits into training and test data: by blocks of time, or by group.

Neighboring trials share slow drifts and arousal: a random split puts one of a pair into training
and the other into the test, and scores what they share. Contiguous blocks, subjects or runs do
not (Varoquaux et al., 2017, NeuroImage 145:166-179).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Indices of training and test samples.

    Parameters
    ----------
    name : str
        What is tested, e.g. `block 1` or a group.
    train, test : ndarray of int
        Indices, ascending, without a common one.
    """

    name: str
    train: Ints
    test: Ints


def contiguous_blocks(labels: Sequence[object] | NDArray[np.generic], n_blocks: int) -> Ints:
    """Cut a sequence into contiguous blocks that hold equal numbers of each label, if possible.

    Parameters
    ----------
    labels : sequence, shape (n_samples,)
        Label of each sample, in order of time.
    n_blocks : int
        Number of blocks.

    Returns
    -------
    blocks : ndarray of int, shape (n_samples,)
        Number of each sample's block, from 0, never falling. Of all ways to cut, the one with the
        least sum of squared deviations from an equal share of each label.

    Raises
    ------
    ValueError
        If there are fewer samples than blocks, or fewer than two blocks.
    """
    labels = np.asarray(labels)
    n = len(labels)
    if not 2 <= n_blocks <= n:
        raise ValueError(f"n_blocks must be from 2 to the {n} samples, got {n_blocks}")
    kinds = np.unique(labels)
    counts = np.zeros((n + 1, len(kinds)))
    counts[1:] = np.cumsum(labels[:, np.newaxis] == kinds, axis=0)
    target = counts[-1] / n_blocks
    costs = np.full(n + 1, np.inf)
    costs[0] = 0.0
    cuts = np.zeros((n_blocks, n + 1), dtype=np.intp)
    for block in range(n_blocks):
        reached = np.full(n + 1, np.inf)
        for end in range(block + 1, n + 1):
            held = counts[end] - counts[:end]
            sums = costs[:end] + ((held - target) ** 2).sum(axis=1)
            cuts[block, end] = sums.argmin()
            reached[end] = sums[cuts[block, end]]
        costs = reached
    ends = [n]
    for block in reversed(range(n_blocks)):
        ends.append(int(cuts[block, ends[-1]]))
    return np.repeat(np.arange(n_blocks), np.diff(ends[::-1]))


def blocked_splits(
    blocks: Ints, starts: Floats | None = None, stops: Floats | None = None, gap: float = 0.0
) -> list[Split]:
    """Test each block on what was trained on the others.

    Parameters
    ----------
    blocks : ndarray of int, shape (n_samples,)
        Number of each sample's block, e.g. of :func:`contiguous_blocks`.
    starts, stops : ndarray, shape (n_samples,), or None
        When each sample begins and ends; training samples that overlap the time from the first
        start to the last stop of the block tested are left out. None where samples are instants.
    gap : float
        Least time between training samples and the block tested.

    Returns
    -------
    splits : list of Split
        One per block.

    Raises
    ------
    ValueError
        If nothing is left to train on.
    """
    splits = []
    for block in np.unique(blocks):
        test = blocks == block
        train = ~test
        if starts is not None and stops is not None:
            first, last = starts[test].min() - gap, stops[test].max() + gap
            train &= (stops <= first) | (starts >= last)
        if not train.any():
            raise ValueError(f"No sample to train on is left for block {block + 1}")
        splits.append(Split(f"block {block + 1}", np.flatnonzero(train), np.flatnonzero(test)))
    check_disjoint(splits, blocks)
    return splits


def leave_one_group_out(groups: Sequence[str] | NDArray[np.generic]) -> list[Split]:
    """Test each group, e.g. a subject or a run, on what was trained on the others.

    Parameters
    ----------
    groups : sequence, shape (n_samples,)
        Group of each sample.

    Returns
    -------
    splits : list of Split
        One per group, in the order of first appearance.

    Raises
    ------
    ValueError
        If there are fewer than two groups.
    """
    groups = np.asarray(groups)
    names = list(dict.fromkeys(groups.tolist()))
    if len(names) < 2:
        raise ValueError(f"Leaving one group out needs at least 2 groups, got {names}")
    splits = [
        Split(str(name), np.flatnonzero(groups != name), np.flatnonzero(groups == name))
        for name in names
    ]
    check_disjoint(splits, groups)
    return splits


def check_disjoint(splits: Sequence[Split], groups: Sequence[object] | NDArray[np.generic]) -> None:
    """Check that no sample and no group is on both sides of a split.

    Parameters
    ----------
    splits : sequence of Split
        The splits.
    groups : sequence, shape (n_samples,)
        Group or block of each sample.

    Raises
    ------
    ValueError
        If one is.
    """
    groups = np.asarray(groups)
    for split in splits:
        if both := np.intersect1d(split.train, split.test).tolist():
            raise ValueError(f"{split.name}: samples {both[:5]} are in training and in test")
        shared = np.intersect1d(groups[split.train], groups[split.test]).tolist()
        if shared:
            raise ValueError(f"{split.name}: {shared[:5]} are in training and in test")
