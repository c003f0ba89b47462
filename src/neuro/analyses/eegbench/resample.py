"""Intervals and tests of scores by resampling what is independent: subjects, blocks, or trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np

from neuro.analyses.eegbench.splits import Fold
from neuro.analyses.eegbench.trials import Floats, Ints, Strings

FEWEST = 5
"""Fewer subjects, or blocks, say too little of the spread between them to be resampled."""


class Labelled(Protocol):
    """Trials, or what is known of them without their data."""

    @property
    def y(self) -> Ints:
        """Classes."""

    @property
    def subject(self) -> Strings:
        """Who was recorded."""

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Units:
    """What is drawn with replacement.

    Parameters
    ----------
    kind : str
        `subjects`, `blocks` or `trials`.
    number : ndarray of int, shape (n_trials,)
        Unit of each trial, from 0.
    stratum : ndarray of int, shape (n_units,)
        Units are drawn within strata.
    """

    kind: str
    number: Ints
    stratum: Ints


def choose_units(trials: Labelled, folds: Sequence[Fold]) -> Units:
    """Choose what is resampled: subjects where there are enough, else blocks, else trials.

    Parameters
    ----------
    trials : Trials or Labels
        Of the task.
    folds : sequence of Fold
        Of a split; blocks are its folds where they do not share trials.
    """
    tested = np.unique(np.concatenate([fold.test for fold in folds]))
    names, number = np.unique(trials.subject, return_inverse=True)
    if len(np.unique(trials.subject[tested])) >= FEWEST:
        return Units("subjects", number, np.zeros(len(names), dtype=np.intp))
    disjoint = sum(len(fold.test) for fold in folds) == len(tested)
    if disjoint and len(folds) >= FEWEST:
        block = np.zeros(len(trials), dtype=np.intp)
        for k, fold in enumerate(folds):
            block[fold.test] = k
        return Units("blocks", block, np.zeros(len(folds), dtype=np.intp))
    return Units("trials", np.arange(len(trials), dtype=np.intp), _strata(number, trials.y))


def _strata(subject: Ints, y: Ints) -> Ints:
    return np.unique(np.stack([subject, y]), axis=1, return_inverse=True)[1].reshape(-1)


def draw(units: Units, used: Ints, n: int, rng: np.random.Generator) -> Floats:
    """How often each unit is drawn in each bootstrap sample.

    Parameters
    ----------
    units : Units
        What is drawn.
    used : ndarray of int
        Trials that are tested; units without one are never drawn.
    n : int
        Samples.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    counts : ndarray, shape (n, n_units)
    """
    counts = np.zeros((n, len(units.stratum)))
    there = np.unique(units.number[used])
    for stratum in np.unique(units.stratum[there]):
        own = there[units.stratum[there] == stratum]
        counts[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=n)
    return counts


def weighted_scores(y: Ints, probability: Floats, weights: Floats) -> dict[str, Floats]:
    """Balanced accuracy and area under the ROC curve of weighted trials, many weights at once.

    Parameters
    ----------
    y : ndarray of int, shape (n_trials,)
        Classes.
    probability : ndarray, shape (n_trials, n_classes)
        Of each class.
    weights : ndarray, shape (n, n_trials)
        How often each trial counts.

    Returns
    -------
    scores : dict of str to ndarray, shape (n,)
        `balanced_accuracy` and `auroc`; NaN where a class has no weight.
    """
    n_classes = probability.shape[1]
    right = probability.argmax(axis=1) == y
    recalls, areas = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for k in range(n_classes):
            own = y == k
            recalls.append(weights[:, own] @ right[own] / weights[:, own].sum(axis=1))
            if n_classes > 2 or k == 1:
                areas.append(_areas(probability[:, k], own, weights))
    return {
        "balanced_accuracy": np.mean(recalls, axis=0),
        "auroc": np.mean(areas, axis=0),
    }


def _areas(values: Floats, positive: "np.ndarray", weights: Floats) -> Floats:
    """Weighted share of pairs in order, by sorting: ties count half."""
    order = np.argsort(values, kind="stable")
    up = weights[:, order] * positive[order]
    down = weights[:, order] * ~positive[order]
    _, start = np.unique(values[order], return_index=True)
    ups, downs = (np.add.reduceat(part, start, axis=1) for part in (up, down))
    below = np.cumsum(downs, axis=1) - 0.5 * downs
    area: Floats = (ups * below).sum(axis=1) / (ups.sum(axis=1) * downs.sum(axis=1))
    return area


def mean_over_folds(
    trials: Labelled,
    folds: Sequence[Fold],
    probabilities: Sequence[Floats],
    units: Units,
    counts: Floats,
) -> dict[str, Floats]:
    """Scores of a method in each bootstrap sample: means over folds.

    Parameters
    ----------
    trials : Trials or Labels
        Of the task.
    folds : sequence of Fold
        Of a split.
    probabilities : sequence of ndarray, shape (n_test, n_classes)
        What the method said in each fold.
    units : Units
        What was drawn.
    counts : ndarray, shape (n, n_units)
        How often.

    Returns
    -------
    scores : dict of str to ndarray, shape (n,)
        A fold counts by the weight of what was drawn of it.
    """
    sums: dict[str, Floats] = {}
    totals: dict[str, Floats] = {}
    for fold, probability in zip(folds, probabilities, strict=True):
        weights = counts[:, units.number[fold.test]]
        share = weights.mean(axis=1)
        for name, values in weighted_scores(trials.y[fold.test], probability, weights).items():
            known = np.isfinite(values)
            part = np.where(known, values, 0.0) * share
            sums[name] = sums.get(name, 0.0) + part
            totals[name] = totals.get(name, 0.0) + share * known
    with np.errstate(invalid="ignore", divide="ignore"):
        return {name: sums[name] / totals[name] for name in sums}


@dataclass(frozen=True)
class Estimate:
    """A score with its interval and its bootstrap samples.

    Parameters
    ----------
    value, low, high : float
        Mean over folds, and bounds.
    samples : ndarray
        Bootstrap samples; those of two methods are paired.
    """

    value: float
    low: float
    high: float
    samples: Floats


def estimates(
    trials: Labelled,
    folds: Sequence[Fold],
    said: Mapping[str, Sequence[Floats]],
    units: Units,
    n: int,
    confidence: float,
    seed: int,
) -> dict[str, dict[str, Estimate]]:
    """Scores of methods with percentile intervals; all methods meet the same samples.

    Parameters
    ----------
    trials, folds, units
        As for :func:`mean_over_folds`.
    said : mapping of str to sequence of ndarray
        Probabilities of each method in each fold.
    n : int
        Bootstrap samples.
    confidence : float
        E.g. 0.95.
    seed : int
        Of the samples. They do not depend on which methods there are.

    Returns
    -------
    estimates : dict of str to dict of str to Estimate
        By method and metric.
    """
    rng = np.random.default_rng(seed)
    used = np.concatenate([fold.test for fold in folds])
    counts = draw(units, used, n, rng)
    tail = (1 - confidence) / 2
    found: dict[str, dict[str, Estimate]] = {}
    for method, probabilities in said.items():
        ones = np.ones((1, counts.shape[1]))
        values = mean_over_folds(trials, folds, probabilities, units, ones)
        samples = mean_over_folds(trials, folds, probabilities, units, counts)
        found[method] = {}
        for name, drawn in samples.items():
            low, high = np.nanquantile(drawn, [tail, 1 - tail])
            value = float(values[name][0])
            found[method][name] = Estimate(value, float(low), float(high), drawn)
    return found


def paired_p(first: Floats, second: Floats) -> float:
    """Two-sided bootstrap p of a difference of paired samples."""
    difference = first - second
    known = difference[np.isfinite(difference)]
    n = len(known)
    # A sample in which both are equal speaks for neither.
    below, above = (known <= 0).sum(), (known >= 0).sum()
    return float(min(1.0, 2 * (1 + min(below, above)) / (1 + n)))


def holm(p: Sequence[float]) -> list[float]:
    """Correct p for their number (Holm, 1979, Scandinavian Journal of Statistics 6:65-70)."""
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = running
    return [float(value) for value in adjusted]


def pairwise(
    found: Mapping[str, Mapping[str, Estimate]], metric: str, confidence: float
) -> list[tuple[str, str, float, float, float, float, float]]:
    """Compare all pairs of methods.

    Parameters
    ----------
    found : mapping of str to mapping of str to Estimate
        By method and metric.
    metric : str
        Which.
    confidence : float
        Of the intervals.

    Returns
    -------
    pairs : list of tuple
        First, second, difference with the bounds of its paired interval, p, and p after Holm.
    """
    pairs = list(combinations(found, 2))
    both = [(found[a][metric], found[b][metric]) for a, b in pairs]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    bounds = [np.nanquantile(one.samples - two.samples, tails) for one, two in both]
    p = [paired_p(one.samples, two.samples) for one, two in both]
    return [
        (*pair, one.value - two.value, float(low), float(high), raw, corrected)
        for pair, (one, two), (low, high), raw, corrected in zip(
            pairs, both, bounds, p, holm(p), strict=True
        )
    ]
