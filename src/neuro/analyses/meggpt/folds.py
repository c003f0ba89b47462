"""Which trials are learned from and which are tested, and what a model may see before.

A tokenizer and a model learn from samples, not from trials alone; so a fold says which stretches
of recordings they may see. No sample of a tested block, or of a tested subject, is among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals

Ints = NDArray[np.intp]
N_INNER = 4
"""Groups of training trials in a recording, for inner validation."""


@dataclass(frozen=True)
class Recording:
    """A recording with trials.

    Parameters
    ----------
    subject : str
        Whose it is.
    data : ndarray, shape (n_channels, n_times)
        Signals, in any unit; trials side by side where there is nothing between them.
    onsets : ndarray of int, shape (n_trials,)
        First sample of each trial's window, ascending.
    y : ndarray of int, shape (n_trials,)
        Classes, from 0.
    part : ndarray of str | None, shape (n_trials,)
        `train` or `test`, as the publisher says.
    stretches : ndarray of int | None, shape (n_stretches, 2)
        First samples and ends of what was recorded in one go; the whole if not given.
    """

    subject: str
    data: Signals
    onsets: Ints
    y: Ints
    part: NDArray[np.str_] | None = None
    stretches: Ints | None = None

    @property
    def whole(self) -> Ints:
        """Stretches, given or not."""
        if self.stretches is None:
            return np.array([[0, self.data.shape[1]]], dtype=np.intp)
        return self.stretches


@dataclass(frozen=True)
class Fold:
    """One test.

    Parameters
    ----------
    split, name, subject : str
        Kind of test, what is tested, and whose; empty for several subjects.
    train, test : ndarray of int, shape (n_trials, 2)
        Recording and trial.
    groups : ndarray of str, shape (n_train,)
        Inner validation holds out whole groups.
    stretches : ndarray of int, shape (n_stretches, 3)
        Recording, first sample and end of what may be learned from.
    """

    split: str
    name: str
    subject: str
    train: Ints
    test: Ints
    groups: NDArray[np.str_]
    stretches: Ints


def new_block(
    recordings: Sequence[Recording], length: int, n_blocks: int = 4, gap: int = 0
) -> list[Fold]:
    """Each block of time of all recordings, on the other blocks.

    Parameters
    ----------
    recordings : sequence of Recording
        One or several of each subject.
    length : int
        Samples of a trial's window.
    n_blocks : int
        Blocks per recording, with as many trials each.
    gap : int
        Samples around a tested block that nothing is learned from.

    Returns
    -------
    folds : list of Fold
        One for each block.
    """
    folds = []
    for k in range(n_blocks):
        holes, tested = [], []
        for r, one in enumerate(recordings):
            block = np.array_split(np.arange(len(one.onsets)), n_blocks)[k]
            if not len(block):
                raise ValueError(
                    f"n_blocks: recording {r} has {len(one.onsets)} trials, too few for {n_blocks}"
                )
            first, last = one.onsets[block[0]], one.onsets[block[-1]] + length
            holes.append((r, int(first) - gap, int(last) + gap))
            tested.append(block)
        stretches = _without(_all(recordings), holes)
        folds.append(
            _fold("new-block", f"block {k + 1}", "", recordings, length, tested, stretches)
        )
    return folds


def new_subject(recordings: Sequence[Recording], length: int) -> list[Fold]:
    """Each subject on all others.

    Raises
    ------
    ValueError
        If there is one subject only.
    """
    names = sorted({one.subject for one in recordings})
    if len(names) < 2:
        raise ValueError(f"new-subject needs recordings of at least 2 subjects. Got {names}.")
    folds = []
    for name in names:
        own = [one.subject == name for one in recordings]
        tested = [
            np.arange(len(one.y) * is_own) for one, is_own in zip(recordings, own, strict=True)
        ]
        stretches = _all(recordings)
        stretches = stretches[~np.array(own)[stretches[:, 0]]]
        folds.append(_fold("new-subject", name, name, recordings, length, tested, stretches))
    return folds


def published(recordings: Sequence[Recording], length: int) -> list[Fold]:
    """The publisher's test trials; nothing is learned from a stretch that has one."""
    tested, kept = [], []
    for r, one in enumerate(recordings):
        if one.part is None:
            raise ValueError(f"recording {r}: its trials have no published part")
        test = np.flatnonzero(one.part == "test")
        tested.append(test)
        for start, stop in one.whole:
            if not ((one.onsets[test] < stop) & (one.onsets[test] + length > start)).any():
                kept.append((r, start, stop))
    stretches = np.array(kept, dtype=np.intp).reshape(-1, 3)
    return [_fold("published", "published", "", recordings, length, tested, stretches)]


def _fold(
    split: str,
    name: str,
    subject: str,
    recordings: Sequence[Recording],
    length: int,
    tested: Sequence[Ints],
    stretches: Ints,
) -> Fold:
    """Training trials are those that lie within what may be learned from."""
    train, test, groups = [], [], []
    for r, (one, trials) in enumerate(zip(recordings, tested, strict=True)):
        test += [(r, int(i)) for i in trials]
        own = stretches[stretches[:, 0] == r]
        inside = np.zeros(len(one.onsets), dtype=bool)
        for _, start, stop in own:
            inside |= (one.onsets >= start) & (one.onsets + length <= stop)
        left = np.flatnonzero(inside)
        train += [(r, int(i)) for i in left]
        groups += [f"{r}, {k}" for k in _parts(one.y[left])]
    missing = {int(y) for one in recordings for y in one.y} - {
        int(recordings[r].y[i]) for r, i in train
    }
    if missing or not test:
        raise ValueError(
            f"{split}, {name}: no training trial of class {sorted(missing)}, "
            f"or none of {len(test)} tested"
        )
    learned, held = (np.array(each, dtype=np.intp).reshape(-1, 2) for each in (train, test))
    return Fold(split, name, subject, learned, held, np.array(groups), stretches)


def _parts(y: Ints) -> Ints:
    """Contiguous parts of each class, so that each part has all classes."""
    part = np.zeros(len(y), dtype=np.intp)
    for k in np.unique(y):
        own = np.flatnonzero(y == k)
        part[own] = np.arange(len(own)) * N_INNER // len(own)
    return part


def _all(recordings: Sequence[Recording]) -> Ints:
    rows = [(r, start, stop) for r, one in enumerate(recordings) for start, stop in one.whole]
    return np.array(rows, dtype=np.intp)


def _without(stretches: Ints, holes: Sequence[tuple[int, int, int]]) -> Ints:
    """Stretches without holes."""
    left = []
    for r, start, stop in stretches:
        begin = start
        for _, hole, end in sorted(each for each in holes if each[0] == r):
            if begin < min(hole, stop):
                left.append((r, begin, min(hole, stop)))
            begin = max(begin, end)
        if begin < stop:
            left.append((r, begin, stop))
    return np.array(left, dtype=np.intp).reshape(-1, 3)
