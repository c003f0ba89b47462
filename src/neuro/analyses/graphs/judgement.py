"""How good predictions are: area, balanced accuracy, their intervals, and chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.validation import Design, Predicted, validate
from neuro.stats.auc import areas, bootstrap_areas, p_above, permuted_labels, ranks_within
from neuro.stats.bootstrap import interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Judged:
    """A classifier's card.

    Parameters
    ----------
    auroc, balanced_accuracy, accuracy : float
        Of out-of-fold predictions; the area counts pairs within folds.
    auroc_interval, balanced_interval : tuple of float
        95 % bootstrap intervals over subjects, classifiers as they are.
    p : float | None
        Share of permutations with so large an area; None where none were made.
    null : ndarray, shape (n_permutations,)
        Areas with permuted labels, everything learned anew.
    majority : float
        Accuracy of the larger class.
    """

    auroc: float
    auroc_interval: tuple[float, float]
    balanced_accuracy: float
    balanced_interval: tuple[float, float]
    accuracy: float
    majority: float
    p: float | None
    null: Floats


def area(predicted: Predicted, labels: Bools) -> float:
    """Area under the curve over pairs within folds; all pairs where no fold has both classes."""
    folds = _folds(predicted, labels)
    return float(areas(ranks_within(predicted.scores[:, None], folds), labels, folds)[0])


def _folds(predicted: Predicted, labels: Bools) -> NDArray[np.int64]:
    folds = predicted.folds
    both = any(len(set(labels[folds == k].tolist())) == 2 for k in np.unique(folds))
    return folds if both else np.zeros_like(folds)


def judge(
    cohort: Cohort,
    predicted: Predicted,
    rng: np.random.Generator,
    *,
    null: Floats | None = None,
    n_bootstraps: int = 1000,
) -> Judged:
    """Score predictions.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    predicted : Predicted
        Of :func:`neuro.analyses.graphs.validation.validate`.
    rng : numpy.random.Generator
        Random numbers of the bootstrap.
    null : ndarray | None
        Of :func:`permutations`.
    n_bootstraps : int
        Bootstrap samples.
    """
    labels = cohort.labels
    found = area(predicted, labels)
    samples = bootstrap_areas(
        predicted.scores[:, None], labels, _folds(predicted, labels), n_bootstraps, rng
    )[:, 0]
    hits = (predicted.scores > 0) == labels
    rates = [hits[labels == kind] for kind in (True, False)]
    balanced = float(np.mean([rate.mean() for rate in rates]))
    drawn = np.mean(
        [rng.binomial(len(rate), rate.mean(), n_bootstraps) / len(rate) for rate in rates], axis=0
    )
    share = float(labels.mean())
    return Judged(
        auroc=found,
        auroc_interval=interval(samples, CONFIDENCE, estimate=found),
        balanced_accuracy=balanced,
        balanced_interval=interval(drawn, CONFIDENCE, estimate=balanced),
        accuracy=float(hits.mean()),
        majority=max(share, 1 - share),
        p=None if null is None or not len(null) else float(p_above(np.array(found), null)),
        null=np.array([]) if null is None else null,
    )


def permutations(
    cohort: Cohort, name: str, design: Design, n: int, rng: np.random.Generator
) -> Floats:
    """Areas with labels permuted within sites, the whole nested validation done anew.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    name : str
        The classifier.
    design : Design
        How.
    n : int
        Permutations.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    areas : ndarray, shape (n,)
    """
    from dataclasses import replace

    sites = np.zeros(len(cohort)) if cohort.sites is None else cohort.sites
    within = np.unique(sites, return_inverse=True)[1].astype(np.int64)
    found = []
    for labels in permuted_labels(cohort.labels, within, n, rng):
        other = replace(cohort, labels=labels)
        found.append(area(validate(other, name, design, rng), labels))
    return np.array(found)
