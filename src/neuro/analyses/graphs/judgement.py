"""How good predictions are: area, balanced accuracy, their intervals, and chance."""

import logging
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.validation import Design, Predicted, nested_scores, views_of
from neuro.analyses.graphs.views import Views
from neuro.io.progress import follow
from neuro.stats.auc import areas, bootstrap_areas, p_above, permuted_labels, ranks_within
from neuro.stats.bootstrap import interval

logger = logging.getLogger(__name__)

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
    p, balanced_p : float | None
        Share of permutations with so large an area, or balanced accuracy; None where none were
        made.
    null : ndarray, shape (n_permutations, 2)
        Areas and balanced accuracies with permuted labels, everything learned anew.
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
    balanced_p: float | None
    null: Floats


def area(predicted: Predicted, labels: Bools) -> float:
    """Area under the curve over pairs within folds; all pairs where no fold has both classes."""
    return _area(predicted.scores, _folds(predicted.folds, labels), labels)


def _area(scores: Floats, folds: NDArray[np.int64], labels: Bools) -> float:
    return float(areas(ranks_within(scores[:, None], folds), labels, folds)[0])


def _balanced(scores: Floats, labels: Bools) -> float:
    return float(np.mean([((scores > 0) == labels)[labels == kind].mean() for kind in (0, 1)]))


def _folds(folds: NDArray[np.int64], labels: Bools) -> NDArray[np.int64]:
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
    null : ndarray | None, shape (n_permutations, 2)
        Of :func:`permutations`.
    n_bootstraps : int
        Bootstrap samples.

    Returns
    -------
    judged : Judged
        Scores with intervals, and p where there is a null.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(40) % 2 == 1
    >>> features = rng.standard_normal((40, 10)) + labels[:, None]
    >>> cohort = neuro.graphs.Cohort(features, labels, np.arange(40).astype(str))
    >>> predicted = neuro.graphs.validate(
    ...     cohort, "ridge", neuro.graphs.Design(n_folds=4, n_inner=2), rng)
    >>> judged = neuro.graphs.judge(cohort, predicted, rng, n_bootstraps=200)
    >>> judged.auroc_interval[0] <= judged.auroc <= judged.auroc_interval[1]
    True
    """
    labels = cohort.labels
    found = area(predicted, labels)
    folds = _folds(predicted.folds, labels)
    samples = bootstrap_areas(predicted.scores[:, None], labels, folds, n_bootstraps, rng)[:, 0]
    hits = (predicted.scores > 0) == labels
    rates = [hits[labels == kind] for kind in (True, False)]
    balanced = _balanced(predicted.scores, labels)
    drawn = np.mean(
        [rng.binomial(len(rate), rate.mean(), n_bootstraps) / len(rate) for rate in rates], axis=0
    )
    share = float(labels.mean())
    null = np.zeros((0, 2)) if null is None else null
    p, balanced_p = (
        float(p_above(np.array(value), null[:, k])) if len(null) else None
        for k, value in enumerate((found, balanced))
    )
    return Judged(
        auroc=found,
        auroc_interval=interval(samples, CONFIDENCE, estimate=found),
        balanced_accuracy=balanced,
        balanced_interval=interval(drawn, CONFIDENCE, estimate=balanced),
        accuracy=float(hits.mean()),
        majority=max(share, 1 - share),
        p=p,
        balanced_p=balanced_p,
        null=null,
    )


def by_site(cohort: Cohort, predicted: Predicted) -> pd.DataFrame:
    """How well each site's subjects are told apart.

    Returns
    -------
    table : DataFrame
        `site`, `n` of each class, `auroc`, `balanced_accuracy`; areas over pairs within folds, or
        over all pairs of a site where it has none.
    """
    sites = np.full(len(cohort), "all") if cohort.sites is None else cohort.sites
    rows = []
    for site in np.unique(sites):
        here = sites == site
        labels, scores = cohort.labels[here], predicted.scores[here]
        folds = _folds(predicted.folds[here], labels)
        rows.append(
            {
                "site": str(site),
                **{f"n_{c}": int((labels == k).sum()) for k, c in enumerate(cohort.classes)},
                "auroc": _area(scores, folds, labels),
                "balanced_accuracy": _balanced(scores, labels),
            }
        )
    return pd.DataFrame(rows)


def permutations(
    cohort: Cohort,
    name: str,
    design: Design,
    n: int,
    rng: np.random.Generator,
    views: Views | None = None,
) -> Floats:
    """Areas and balanced accuracies with permuted labels, the nested validation done anew.

    Labels are permuted within folds, and within sites, so that folds stay as they are and what
    does not depend on labels is learned once. Where folds cut through sites such strata would be
    too small: there labels are permuted within sites, and folds are dealt anew each time.

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
    views : Views | None
        Of :func:`neuro.analyses.graphs.validation.views_of`; None for new folds.

    Returns
    -------
    null : ndarray, shape (n, 2)
    """
    fixed = cohort.sites is None or design.group_by == "site"
    views = views_of(cohort, design, rng) if views is None else views
    within = np.zeros(len(cohort), np.int64)
    if cohort.sites is not None:
        within = np.unique(cohort.sites, return_inverse=True)[1].astype(np.int64)
    if fixed:
        within = within * len(views.plan) + _numbers(views)
    found = []
    drawn = permuted_labels(cohort.labels, within, n, rng)
    for labels in follow(drawn, logger, f"{name}: permutation", n):
        own = views if fixed else views_of(replace(cohort, labels=labels), design, rng)
        scores = nested_scores(own, name, labels, int(rng.integers(2**31)))
        folds = _folds(_numbers(own), labels)
        found.append((_area(scores, folds, labels), _balanced(scores, labels)))
    return np.array(found).reshape(n, 2)


def _numbers(views: Views) -> NDArray[np.int64]:
    """Number of the outer fold that each subject is predicted in."""
    folds = np.zeros(len(views.cohort), np.int64)
    for k, outer in enumerate(views.plan):
        folds[outer.split.test] = k
    return folds
