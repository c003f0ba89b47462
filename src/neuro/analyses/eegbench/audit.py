"""Tests that no score comes from a leak: labels shuffled, recordings told apart, leaky splits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.stats

from neuro.analyses.eegbench.evaluate import Evaluation, Prepared, evaluate
from neuro.analyses.eegbench.method import Method, Setting
from neuro.analyses.eegbench.splits import Fold, overlapping, time_order
from neuro.analyses.eegbench.trials import Floats, Ints, Strings, Trials
from neuro.io.progress import follow
from neuro.stats.splits import contiguous_blocks

logger = logging.getLogger(__name__)

TOLERANCE = 0.02
"""A mean over shuffles that is further from chance is told."""
N_FOLDS = 5
N_TIMES = 3
MOST_SHOWN = 32
"""Channels, and samples, of which likeness is judged."""
MOST_TRIALS = 400
"""Trials that are cut into windows: more would take time and show no more."""
"""Parts of a recording that are told apart where there is one subject."""


class Nearest:
    """The class of the most alike training trial: what remembers profits most from a leak."""

    def fit(self, X: Prepared, y: Ints, groups: Strings) -> Self:
        """Remember all training trials."""
        self.known, self.y, self.n_classes = _unit(X), y, int(y.max()) + 1
        return self

    def predict_proba(self, X: Prepared) -> Floats:
        """Be sure of the class of the trial with the highest correlation."""
        said: Floats = np.eye(self.n_classes)[self.y[(_unit(X) @ self.known.T).argmax(axis=1)]]
        return said


def _unit(X: Prepared) -> Prepared:
    coarse = X[:, :: -(-X.shape[1] // MOST_SHOWN), :: -(-X.shape[2] // MOST_SHOWN)]
    flat = coarse.reshape(len(X), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: Prepared = np.divide(flat, length, out=np.zeros_like(flat), where=length > 0)
    return unit


MEMORY = Method("nearest-trial", "most alike trial", "baseline", lambda _: Nearest())
"""Added to what leaky splits are shown with."""


@dataclass(frozen=True)
class Finding:
    """A line of the audit.

    Parameters
    ----------
    test : str
        `shuffled`, `identity`, `windows` or `neighbors`.
    method : str
        Whose score it is.
    value, low, high : float
        Balanced accuracy, and its bounds where there are some.
    chance : float
        What it is worth without knowledge of the trials.
    clean : float
        The same of the split that does not leak; NaN where there is none.
    verdict : str
        `passed`, `failed`, `caught`, or `told`.
    detail : str
        What was done, and found.
    """

    test: str
    method: str
    value: float
    low: float
    high: float
    chance: float
    clean: float
    verdict: str
    detail: str


def shuffled(
    trials: Trials,
    folds: Sequence[Fold],
    methods: Sequence[Method],
    n_shuffles: int,
    n_tests: int,
    rng: np.random.Generator,
) -> list[Finding]:
    """Score methods on labels that were shuffled: whatever is above chance is a leak.

    Parameters
    ----------
    trials : Trials
        Of a task. Labels are permuted among trials of one subject on one side of the publisher's
        split, so that shares stay.
    folds : sequence of Fold
        The split.
    methods : sequence of Method
        Which.
    n_shuffles : int
        How often.
    n_tests : int
        Methods times tasks of the benchmark: intervals hold for all of them at once (Bonferroni).
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    findings : list of Finding
        One per method; passed when the interval covers chance and the mean is within
        :data:`TOLERANCE` of it.
    """
    values: dict[str, list[float]] = {method.name: [] for method in methods}
    ready = [_prepared_once(method, trials) for method in methods]
    cells = np.unique(np.stack([trials.subject, trials.part]), axis=1, return_inverse=True)[1]
    for _ in follow(range(n_shuffles), logger, "shuffle"):
        y = trials.y.copy()
        for cell in np.unique(cells):
            own = np.flatnonzero(cells.reshape(-1) == cell)
            y[own] = rng.permutation(y[own])
        for name, value in _means(evaluate(replace(trials, y=y), folds, ready), y).items():
            values[name].append(value)
    chance = 1 / len(trials.classes)
    level = 1 - 0.05 / n_tests
    found = []
    for name, drawn in values.items():
        if not drawn:
            continue
        mean, error = float(np.mean(drawn)), float(np.std(drawn, ddof=1) / np.sqrt(n_shuffles))
        half = float(scipy.stats.t.ppf(0.5 + level / 2, n_shuffles - 1)) * error
        fine = abs(mean - chance) <= max(half, 1e-12) and abs(mean - chance) <= TOLERANCE
        detail = f"mean of {n_shuffles} shuffles; interval at {level:.2%}, for {n_tests} tests"
        found.append(
            Finding("shuffled", name, mean, mean - half, mean + half, chance, float("nan"),
                    "passed" if fine else "failed", detail)
        )  # fmt: skip
    return found


def _prepared_once(method: Method, trials: Trials) -> Method:
    """The method with what it makes of the trials at hand: labels have no part in that."""
    if method.prepare is None:
        return method
    setting = Setting(trials.sensors, trials.data.shape[2], len(trials.classes))
    array = method.prepare(trials, setting)
    return replace(method, prepare=lambda *_: array)


def identity(trials: Trials, methods: Sequence[Method]) -> list[Finding]:
    """Tell subjects apart (or, of one subject, parts of the recording), blocks held out.

    What can be told apart so well is there for a leaky split to use.
    """
    names = np.unique(trials.subject)
    order = time_order(trials)
    block = np.empty(len(trials), dtype=np.intp)
    y = np.empty(len(trials), dtype=np.intp)
    if len(names) > 1:
        for k, name in enumerate(names):
            own = order[trials.subject[order] == name]
            y[own] = k
            block[own] = np.arange(len(own)) * N_FOLDS // len(own)
        classes, what = tuple(names.tolist()), f"which of {len(names)} subjects"
    elif np.isnan(trials.onset).any():
        return []
    else:
        y[order] = np.arange(len(order)) * N_TIMES // len(order)
        for k in range(N_TIMES):
            own = order[y[order] == k]
            block[own] = np.arange(len(own)) * N_FOLDS // len(own)
        classes, what = ("early", "middle", "late"), f"which of {N_TIMES} parts of the recording"
    probed = replace(trials, y=y, classes=classes)
    folds = _folds(block, y)
    return [
        Finding("identity", name, value, float("nan"), float("nan"), 1 / len(classes),
                float("nan"), "told", f"{what} a trial is of, {N_FOLDS} blocks of time held out")
        for name, value in _means(evaluate(probed, folds, methods), y).items()
    ]  # fmt: skip


def neighbors(trials: Trials, methods: Sequence[Method], rng: np.random.Generator) -> list[Finding]:
    """Deal single trials of each subject into folds at random, against blocks of time."""
    order = time_order(trials)
    random, timely = (np.empty(len(trials), dtype=np.intp) for _ in range(2))
    for name in np.unique(trials.subject):
        own = order[trials.subject[order] == name]
        timely[own] = contiguous_blocks(trials.y[own], N_FOLDS)
        for k in np.unique(trials.y[own]):
            same = rng.permutation(own[trials.y[own] == k])
            random[same] = np.arange(len(same)) % N_FOLDS
    leaky, clean = (
        _means(evaluate(trials, _folds(block, trials.y), methods), trials.y)
        for block in (random, timely)
    )
    detail = f"single trials dealt at random, against {N_FOLDS} blocks of time; all subjects pooled"
    return _inflation("neighbors", leaky, clean, trials, "told", detail)


def windows(
    trials: Trials, methods: Sequence[Method], share: float, rng: np.random.Generator
) -> list[Finding]:
    """Deal overlapping windows of trials at random, against folds that keep trials whole.

    Parameters
    ----------
    trials : Trials
        Of a task.
    methods : sequence of Method
        Which.
    share : float
        Length of a window, as a share of the trial; each begins half a window after the one
        before.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    findings : list of Finding
        One per method; caught where training windows share samples with tested ones.
    """
    if len(trials) > MOST_TRIALS:
        trials = trials.take(np.sort(rng.permutation(len(trials))[:MOST_TRIALS]))
    cut, parent = cut_windows(trials, share)
    random, whole = (np.empty(len(cut), dtype=np.intp) for _ in range(2))
    fold_of = np.empty(len(trials), dtype=np.intp)
    for k in np.unique(trials.y):
        same = rng.permutation(np.flatnonzero(trials.y == k))
        fold_of[same] = np.arange(len(same)) % N_FOLDS
        own = rng.permutation(np.flatnonzero(cut.y == k))
        random[own] = np.arange(len(own)) % N_FOLDS
    whole = fold_of[parent]
    splits = [_folds(block, cut.y) for block in (random, whole)]
    leaky, clean = (_means(evaluate(cut, folds, methods), cut.y) for folds in splits)
    leaks, none = (overlapping(cut, folds) for folds in splits)
    verdict = "caught" if leaks and not none else "failed"
    detail = (
        f"windows of {share:.0%} of a trial, overlapping by half, dealt at random: "
        f"{leaks[0] if leaks else 'no overlap found'}"
    )
    return _inflation("windows", leaky, clean, trials, verdict, detail)


def cut_windows(trials: Trials, share: float) -> tuple[Trials, Ints]:
    """Cut trials into windows that overlap by half.

    Parameters
    ----------
    trials : Trials
        Any.
    share : float
        Length of a window, as a share of the trial.

    Returns
    -------
    windows : Trials
        Each trial is a recording of its own, so that its windows are known to overlap whether the
        trials' times are known or not.
    parent : ndarray of int
        The trial that each window is of.
    """
    n_times = trials.data.shape[2]
    length = max(2, round(share * n_times))
    starts = list(range(0, n_times - length + 1, max(1, length // 2)))
    parent = np.repeat(np.arange(len(trials)), len(starts))
    data = np.stack([trials.data[:, :, start : start + length] for start in starts], axis=1)
    cut = trials.take(parent)
    return replace(
        cut,
        data=data.reshape(-1, trials.data.shape[1], length),
        run=np.array([str(k) for k in parent]),
        onset=np.tile(np.array(starts) / trials.sensors.sfreq, len(trials)),
    ), parent


def _inflation(
    test: str,
    leaky: dict[str, float],
    clean: dict[str, float],
    trials: Trials,
    verdict: str,
    detail: str,
) -> list[Finding]:
    nothing, chance = float("nan"), 1 / len(trials.classes)
    return [
        Finding(test, name, leaky[name], nothing, nothing, chance, clean[name], verdict, detail)
        for name in leaky
    ]


def _folds(block: Ints, y: Ints) -> list[Fold]:
    """A fold per block; inner validation by other blocks."""
    folds = []
    for k in np.unique(block):
        train = np.flatnonzero(block != k)
        groups = np.array([f"block {other + 1}" for other in block[train]])
        folds.append(Fold(f"block {k + 1}", "", train, np.flatnonzero(block == k), groups))
    return folds


def _means(evaluation: Evaluation, y: Ints) -> dict[str, float]:
    """Mean over folds of each method's balanced accuracy."""
    values: dict[str, list[float]] = {}
    for one in evaluation.outcomes:
        truth = y[one.fold.test]
        right = one.probability.argmax(axis=1) == truth
        recalls = [right[truth == k].mean() for k in np.unique(truth)]
        values.setdefault(one.method.name, []).append(float(np.mean(recalls)))
    return {name: float(np.mean(found)) for name, found in values.items()}
