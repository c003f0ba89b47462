"""Who is trained on and who is tested: by subject or by block of time, never by single trial.

Neighboring trials share slow drifts; overlapping windows share samples. What is tested is
therefore a subject, a block of time with a gap around it, or what the publisher has set aside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuro.analyses.eegbench.trials import Floats, Ints, Strings, Trials
from neuro.stats.splits import contiguous_blocks

if TYPE_CHECKING:
    from neuro.config.eegbench import SplitSettings

N_INNER = 5
"""Groups of trials for inner validation, where subjects or blocks do not make them."""


@dataclass(frozen=True)
class Fold:
    """One test.

    Parameters
    ----------
    name : str
        What is tested, e.g. `s01, block 2`.
    subject : str
        Whose trials are tested; empty for several subjects.
    train, test : ndarray of int
        Indices of trials, ascending, without a common one.
    groups : ndarray of str, shape (n_train,)
        Group of each training trial: inner validation holds out whole groups.
    """

    name: str
    subject: str
    train: Ints
    test: Ints
    groups: Strings


def make_folds(trials: Trials, split: str, settings: "SplitSettings") -> list[Fold]:
    """Split trials.

    Parameters
    ----------
    trials : Trials
        Of one task.
    split : str
        A key of :data:`SPLITS`.
    settings : SplitSettings
        Blocks, gaps, seeds, shares.

    Returns
    -------
    folds : list of Fold
        Every fold has all classes on both sides of it.

    Raises
    ------
    ValueError
        If the trials do not allow for the split, or a side lacks a class.
    """
    folds = SPLITS[split](trials, settings)
    for fold in folds:
        for side, index in (("training", fold.train), ("test", fold.test)):
            there = {trials.classes[k] for k in np.unique(trials.y[index])}
            if lacking := sorted(set(trials.classes) - there):
                raise ValueError(
                    f"split {split}, {fold.name}: no {side} trial of {lacking}; "
                    f"{len(index)} {side} trials are left"
                )
    return folds


def time_order(trials: Trials) -> Ints:
    """Indices of the trials by subject, recording and time; where time is unknown, as they come.

    Parameters
    ----------
    trials : Trials
        Any.
    """
    recording = np.unique(trials.recording, return_inverse=True)[1]
    place = np.where(np.isnan(trials.onset), np.arange(len(trials)), trials.onset)
    return np.lexsort((place, recording))


def published(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """The publisher's training and test trials."""
    train, test = (np.flatnonzero(trials.part == part) for part in ("train", "test"))
    if not len(train) or not len(test):
        raise ValueError("the trials have no published split: no `part` of train and test")
    subjects = set(trials.subject[test].tolist())
    one = subjects.pop() if len(subjects) == 1 else ""
    return [Fold("published", one, train, test, within_class(trials, train))]


def blocks(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """Within each subject, each block of time on the others, without what is close to it."""
    folds = []
    for subject, order in _subjects(trials):
        number = contiguous_blocks(trials.y[order], settings.n_blocks)
        groups = np.array([f"{subject}, block {k + 1}" for k in number])
        for k in range(settings.n_blocks):
            test = order[number == k]
            far = ~near(trials, order, test, settings) & (number != k)
            train = order[far]
            ascending = np.argsort(train)
            name = f"{subject}, block {k + 1}"
            folds.append(
                Fold(name, subject, train[ascending], np.sort(test), groups[far][ascending])
            )
    return folds


def leave_one_subject_out(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """Each subject on all others."""
    names = np.unique(trials.subject).tolist()
    if len(names) < 2:
        raise ValueError(f"leaving one subject out needs at least 2 subjects, got {names}")
    folds = []
    for name in names:
        test = trials.subject == name
        train = np.flatnonzero(~test)
        folds.append(Fold(name, name, train, np.flatnonzero(test), _by_subject(trials, train)))
    return folds


def subjects(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """A fifth of the subjects on the others, drawn anew for each seed.

    Subjects whose trials are all of one class (patients and controls) are drawn within classes.
    A fifth of all subjects is there for inner validation: methods take it from `groups`.
    """
    names = np.unique(trials.subject)
    if len(names) < N_INNER:
        raise ValueError(f"split `subjects` needs at least {N_INNER} subjects, got {len(names)}")
    kinds = np.array([_kind(trials.y[trials.subject == name]) for name in names])
    folds = []
    for seed in settings.subject_seeds:
        rng = np.random.default_rng(seed)
        tested: list[str] = []
        for kind in np.unique(kinds):
            drawn = rng.permutation(names[kinds == kind])
            tested += drawn[: max(1, round(len(drawn) / 5))].tolist()
        test = np.isin(trials.subject, tested)
        train = np.flatnonzero(~test)
        groups = _by_subject(trials, train)
        folds.append(Fold(f"seed {seed}", "", train, np.flatnonzero(test), groups))
    return folds


def few_shot(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """Within each subject, the first share of each class on what comes later, after a gap."""
    folds = []
    for subject, order in _subjects(trials):
        for share in settings.few_shot:
            y = trials.y[order]
            first = np.zeros(len(order), dtype=bool)
            for k in np.unique(y):
                own = np.flatnonzero(y == k)
                first[own[: max(2, round(share * len(own)))]] = True
            last = int(np.flatnonzero(first).max())
            later = np.arange(len(order)) > last
            later &= ~near(trials, order, order[first], settings)
            train = np.sort(order[first])
            name = f"{subject}, {share:.0%}"
            folds.append(
                Fold(name, subject, train, np.sort(order[later]), within_class(trials, train))
            )
    return folds


def cross_dataset(trials: Trials, settings: "SplitSettings") -> list[Fold]:
    """All trials of a dataset on those of another."""
    train, test = (np.flatnonzero(trials.part == part) for part in ("train", "test"))
    return [Fold("cross-dataset", "", train, test, _by_subject(trials, train))]


SPLITS: dict[str, Callable[[Trials, "SplitSettings"], list[Fold]]] = {
    "published": published,
    "blocks": blocks,
    "leave-one-subject-out": leave_one_subject_out,
    "subjects": subjects,
    "few-shot": few_shot,
    "cross-dataset": cross_dataset,
}
"""By name in the configuration."""


def within_class(trials: Trials, index: Ints, n_groups: int = N_INNER) -> Strings:
    """Group trials for inner validation: contiguous parts of each class, in order.

    Trials that are sorted by class have all classes in each group then, and trials in order of
    time are, but for edges, grouped by time.
    """
    number = np.empty(len(index), dtype=np.intp)
    for k in np.unique(trials.y[index]):
        own = np.flatnonzero(trials.y[index] == k)
        number[own] = np.arange(len(own)) * min(n_groups, len(own)) // len(own)
    return np.array([f"part {k + 1}" for k in number])


def near(trials: Trials, order: Ints, test: Ints, settings: "SplitSettings") -> "np.ndarray":
    """Which trials lie within the gap of those tested, in time or, if unknown, in trials.

    Parameters
    ----------
    trials : Trials
        All.
    order : ndarray of int
        Trials of one subject in order of time.
    test : ndarray of int
        Some of them.
    settings : SplitSettings
        The gaps.

    Returns
    -------
    near : ndarray of bool, shape (len(order),)
        True for the tested ones themselves too.
    """
    close = np.isin(order, test)
    recording = trials.recording[order]
    for name in np.unique(recording[close]):
        own = np.flatnonzero(recording == name)
        inside = close[own].copy()
        starts, stops, gap = _extent(trials, order[own], settings)
        for start, stop in zip(starts[inside], stops[inside], strict=True):
            close[own] |= (stops > start - gap) & (starts < stop + gap)
    return close


def _extent(trials: Trials, own: Ints, settings: "SplitSettings") -> tuple[Floats, Floats, float]:
    """Begin and end of trials, and the gap: in seconds, or else in trials."""
    onset = trials.onset[own]
    if np.isnan(onset).any():
        place = np.arange(len(own), dtype=float)
        return place, place + 1.0, float(settings.gap_trials)
    starts = onset + trials.sensors.tmin
    return starts, starts + trials.data.shape[2] / trials.sensors.sfreq, settings.gap


def overlapping(trials: Trials, folds: Sequence[Fold]) -> list[str]:
    """Find folds whose training trials share samples with those tested.

    Parameters
    ----------
    trials : Trials
        With known onsets.
    folds : sequence of Fold
        How they are split.

    Returns
    -------
    found : list of str
        A line for each fold that leaks: how many training trials overlap with tested ones.
    """
    starts = trials.onset + trials.sensors.tmin
    stops = starts + trials.data.shape[2] / trials.sensors.sfreq
    recording = np.unique(trials.recording, return_inverse=True)[1].reshape(-1)
    found = []
    for fold in folds:
        n = 0
        for name in np.unique(recording[fold.test]):
            train = fold.train[recording[fold.train] == name]
            test = fold.test[recording[fold.test] == name]
            shared = (starts[train][:, None] < stops[test] - 1e-9) & (
                stops[train][:, None] > starts[test] + 1e-9
            )
            n += int(shared.any(axis=1).sum())
        if n:
            found.append(f"{fold.name}: {n} of {len(fold.train)} training trials overlap the test")
    return found


def _subjects(trials: Trials) -> list[tuple[str, Ints]]:
    """Each subject's trials in order of time."""
    order = time_order(trials)
    return [(str(name), order[trials.subject[order] == name]) for name in np.unique(trials.subject)]


def _by_subject(trials: Trials, train: Ints) -> Strings:
    """Subjects as groups; parts of the trials where there is one subject only."""
    if len(np.unique(trials.subject[train])) > 1:
        return trials.subject[train]
    return within_class(trials, train)


def _kind(y: Ints) -> int:
    """The class of a subject whose trials are all of one; else -1."""
    return int(y[0]) if len(np.unique(y)) == 1 else -1
