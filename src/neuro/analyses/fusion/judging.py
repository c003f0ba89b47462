"""How good scores are: area, calibration, and differences between methods, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.ridge import Scored
from neuro.stats.auc import areas, bootstrap_areas, ranks_within
from neuro.stats.bootstrap import interval
from neuro.stats.folds import Outer

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Interval = tuple[float, float]

CONFIDENCE = 0.95
N_BOOTSTRAPS = 2000
N_BINS = 5


@dataclass(frozen=True, eq=False)
class Judged:
    """A method's numbers.

    Parameters
    ----------
    auroc : float
        Area under the curve, over pairs of subjects of the same fold.
    interval : tuple of float
        95 % bootstrap interval over subjects.
    balanced_accuracy : float
        At a probability of one half, groups weighing the same.
    probability : ndarray, shape (n,)
        Of the second group, at equal frequencies.
    brier, calibration_error : float
        Mean squared error of probabilities; mean distance of probabilities and frequencies in
        five bins of as many subjects.
    difference, difference_interval : float, tuple of float | None
        Area of the reference less this one, paired; None for the reference itself.
    """

    auroc: float
    interval: Interval
    balanced_accuracy: float
    probability: Floats
    brier: float
    calibration_error: float
    difference: float | None
    difference_interval: Interval | None


def fold_numbers(folds: list[Outer], n: int) -> Ints:
    """Fold that each subject is tested in."""
    numbers = np.zeros(n, np.int64)
    for k, fold in enumerate(folds):
        numbers[fold.split.test] = k
    return numbers


def area_of(scores: Floats, labels: Bools, numbers: Ints) -> float:
    """Area under the curve over pairs within folds; over all pairs where folds lack a group."""
    if not any(len(set(labels[numbers == k].tolist())) == 2 for k in np.unique(numbers)):
        numbers = np.zeros_like(numbers)
    return float(areas(ranks_within(scores[:, None], numbers), labels, numbers)[0])


def calibrated(scored: Scored, labels: Bools, folds: list[Outer]) -> Floats:
    """Probabilities of the second group: Platt's logistic curve of each fold's inner scores.

    Parameters
    ----------
    scored : Scored
        Scores of test subjects, and of training subjects by inner folds.
    labels : ndarray of bool, shape (n,)
        Groups; both weigh the same.
    folds : list of Outer
        The folds.
    """
    from sklearn.linear_model import LogisticRegression

    probability = np.full(len(labels), 0.5)
    for k, fold in enumerate(folds):
        inner = scored.inner[k]
        there = np.flatnonzero(np.isfinite(inner))
        spread = float(inner[there].std())
        if spread < 1e-12:
            continue
        curve = LogisticRegression(C=10.0, class_weight="balanced")
        curve.fit(inner[there, None] / spread, labels[there])
        test = fold.split.test
        probability[test] = curve.predict_proba(scored.test[test, None] / spread)[:, 1]
    return probability


def bins_of(probability: Floats, labels: Bools, n_bins: int = N_BINS) -> Floats:
    """Mean probability, frequency and number of subjects, in bins of as many subjects each.

    Returns
    -------
    bins : ndarray, shape (n_bins, 3)
    """
    parts = np.array_split(np.argsort(probability, kind="stable"), min(n_bins, len(labels)))
    return np.array([[probability[i].mean(), labels[i].mean(), len(i)] for i in parts])


def judge(
    scored: Mapping[str, Scored],
    labels: Bools,
    folds: list[Outer],
    rng: np.random.Generator,
    reference: str,
) -> dict[str, Judged]:
    """Judge methods by the same bootstrap samples of subjects.

    Parameters
    ----------
    scored : mapping of str to Scored
        By method.
    labels : ndarray of bool, shape (n,)
        Groups.
    folds : list of Outer
        Folds.
    rng : numpy.random.Generator
        Random numbers.
    reference : str
        The method that others are compared with.
    """
    names = list(scored)
    numbers = fold_numbers(folds, len(labels))
    if not any(len(set(labels[numbers == k].tolist())) == 2 for k in np.unique(numbers)):
        numbers = np.zeros_like(numbers)
    scores = np.stack([scored[name].test for name in names], axis=1)
    drawn = bootstrap_areas(scores, labels, numbers, N_BOOTSTRAPS, rng)
    found = areas(ranks_within(scores, numbers), labels, numbers)
    judged = {}
    for k, name in enumerate(names):
        probability = calibrated(scored[name], labels, folds)
        bins = bins_of(probability, labels)
        gain = gain_interval = None
        if reference in scored and name != reference:
            r = names.index(reference)
            gain = float(found[r] - found[k])
            gain_interval = interval(drawn[:, r] - drawn[:, k], CONFIDENCE, estimate=gain)
        judged[name] = Judged(
            auroc=float(found[k]),
            interval=interval(drawn[:, k], CONFIDENCE, estimate=float(found[k])),
            balanced_accuracy=_balanced(probability, labels),
            probability=probability,
            brier=float(np.mean((probability - labels) ** 2)),
            calibration_error=float(
                np.average(np.abs(bins[:, 0] - bins[:, 1]), weights=bins[:, 2])
            ),
            difference=gain,
            difference_interval=gain_interval,
        )
    return judged


def _balanced(probability: Floats, labels: Bools) -> float:
    hits = (probability > 0.5) == labels
    return float(np.mean([hits[labels == kind].mean() for kind in (True, False)]))
