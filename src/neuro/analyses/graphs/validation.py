"""Nested cross-validation of a diagnosis, grouped by site or subject.

Everything that learns - harmonization, tangent mean, region mask, scaling, classifier and its
parameters - is fitted on training subjects alone, within every inner and outer fold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.classifiers import MODELS, Model, Params, decision
from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.views import View, Views
from neuro.stats.auc import areas, ranks_within
from neuro.stats.folds import GroupBy, Outer, nested
from neuro.stats.splits import Split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """How a diagnosis is validated.

    Parameters
    ----------
    group_by : str
        What is never on both sides of a split: `site`, or `subject`.
    n_folds, n_inner : int
        Outer and inner folds; by site, outer folds are the sites where there are fewer.
    harmonize : bool
        ComBat over sites, with the confounds as covariates that are kept.
    mask_share : float
        Share of the regions that the region mask keeps.
    """

    group_by: GroupBy = "subject"
    n_folds: int = 10
    n_inner: int = 4
    harmonize: bool = False
    mask_share: float = 0.25


@dataclass(frozen=True, eq=False)
class Predicted:
    """Out-of-fold predictions of one classifier.

    Parameters
    ----------
    scores : ndarray, shape (n_subjects,)
        Positive where the second class is predicted.
    probability : ndarray, shape (n_subjects,)
        Of the second class, by Platt's logistic curve of inner out-of-fold scores.
    folds : ndarray of int, shape (n_subjects,)
        Outer fold in which each subject was predicted.
    chosen : list of mapping
        Parameters of each outer fold.
    """

    scores: Floats
    probability: Floats
    folds: Ints
    chosen: list[Params]


def views_of(cohort: Cohort, design: Design, rng: np.random.Generator) -> Views:
    """Deal the subjects into folds, in which several classifiers can then be validated.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    design : Design
        How.
    rng : numpy.random.Generator
        Random numbers of the folds.

    Raises
    ------
    ValueError
        If sites are asked for that the cohort lacks, or folds cannot be made.
    """
    if cohort.sites is None and (design.group_by == "site" or design.harmonize):
        raise ValueError("the cohort lacks sites: grouping by site and ComBat need them")
    by_site = design.group_by == "site" and cohort.sites is not None
    groups = cohort.sites if by_site and cohort.sites is not None else cohort.subjects
    plan = nested(
        cohort.labels,
        groups,
        cohort.subjects,
        design.n_folds,
        design.n_inner,
        rng,
        None if by_site else cohort.sites,
    )
    return Views(cohort, plan, design.harmonize, design.mask_share)


def validate(
    cohort: Cohort,
    name: str,
    design: Design,
    rng: np.random.Generator,
    views: Views | None = None,
) -> Predicted:
    """Predict every subject from others.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    name : str
        A classifier of :data:`neuro.analyses.graphs.classifiers.MODELS`.
    design : Design
        How.
    rng : numpy.random.Generator
        Random numbers of the folds and of the classifier.
    views : Views | None
        Of :func:`views_of`, of the same subjects, whatever their labels; None for new folds.

    Returns
    -------
    predicted : Predicted
        Out-of-fold predictions.

    Raises
    ------
    ValueError
        If the cohort lacks what the classifier or the design needs.

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
    >>> bool(np.mean((predicted.scores > 0) == labels) > 0.8)
    True
    """
    model = _checked(cohort, name)
    views = views_of(cohort, design, rng) if views is None else views
    seed = int(rng.integers(2**31))
    probability, folds = np.zeros(len(cohort)), np.zeros(len(cohort), dtype=np.int64)
    scores, inner, chosen = _nested_scores(views, model, cohort.labels, seed)
    for k, (outer, own) in enumerate(zip(views.plan, inner, strict=True)):
        curve = _platt(own, cohort.labels[outer.split.train])
        probability[outer.split.test] = curve(scores[outer.split.test])
        folds[outer.split.test] = k
    return Predicted(scores, probability, folds, chosen)


def nested_scores(views: Views, name: str, labels: Bools, seed: int) -> Floats:
    """Out-of-fold scores for labels that may be permuted, shape (n_subjects,)."""
    return _nested_scores(views, _checked(views.cohort, name), labels, seed)[0]


def _nested_scores(
    views: Views, model: Model, labels: Bools, seed: int
) -> tuple[Floats, list[Floats], list[Params]]:
    scores, inner, chosen = np.zeros(len(labels)), [], []
    for outer in views.plan:
        best, own = _choose(views, model, outer, labels, seed)
        view = seen(views, model, outer.split, labels)
        grid = (model.grid[best],)
        scores[outer.split.test] = _all_scores(model, view, labels[outer.split.train], seed, grid)[
            0
        ]
        inner.append(own)
        chosen.append(model.grid[best])
    return scores, inner, chosen


def seen(views: Views, model: Model, part: Split, labels: Bools) -> View:
    """What a classifier sees of a split."""
    return views.of(model.inputs, part, labels, rotated=model.rotated, masked=model.masked)


def _checked(cohort: Cohort, name: str) -> Model:
    try:
        model = MODELS[name]
    except KeyError:
        raise ValueError(f"classifier {name!r} unknown; allowed: {sorted(MODELS)}") from None
    if what := lacking(cohort, name):
        raise ValueError(f"{name}: the cohort lacks {what}")
    return model


def lacking(cohort: Cohort, name: str) -> str:
    """What a classifier would look at and the cohort has not; empty if it has all."""
    model = MODELS[name]
    needs = [
        (model.inputs == "tangent" and cohort.matrices is None, "connectivity matrices"),
        (model.inputs == "maps" and cohort.maps is None, "node maps"),
        (
            model.inputs == "confounds" and cohort.confounds is None and cohort.sites is None,
            "confounds or sites",
        ),
        (model.masked and cohort.regions is None, "the features' regions"),
    ]
    return " and ".join(what for lacks, what in needs if lacks)


def _choose(
    views: Views, model: Model, outer: Outer, labels: Bools, seed: int
) -> tuple[int, Floats]:
    """Parameters with the largest area in inner folds, and the inner scores that they give."""
    train = outer.split.train
    folds = np.zeros(len(train), dtype=np.int64)
    found = np.zeros((len(model.grid), len(train)))
    for k, inner in enumerate(outer.inner):
        at = np.searchsorted(train, inner.test)
        folds[at] = k
        view = seen(views, model, inner, labels)
        found[:, at] = _all_scores(model, view, labels[inner.train], seed, model.grid)
    own = labels[train]
    both = [k for k in np.unique(folds) if len(set(own[folds == k].tolist())) == 2]
    used = folds if both else np.zeros_like(folds)
    of_each = areas(ranks_within(found.T, used), own, used)
    best = int(np.flatnonzero(of_each > of_each.max() - 1e-12)[0])
    return best, found[best]


def _all_scores(
    model: Model, view: View, labels: Bools, seed: int, grid: tuple[Params, ...]
) -> Floats:
    """Scores of some sets of parameters, shape (n_params, n_tested)."""
    if model.path is not None:
        return np.asarray(model.path(view.fitted, labels, view.tested, grid))
    estimators = [model.make(params, seed).fit(view.fitted, labels) for params in grid]
    return np.array([decision(estimator, view.tested) for estimator in estimators])


def _platt(scores: Floats, labels: Bools) -> Any:
    """Logistic curve from scores to the probability of the second class."""
    from sklearn.linear_model import LogisticRegression

    spread = float(scores.std()) or 1.0
    curve = LogisticRegression(C=1e3).fit(scores[:, None] / spread, labels)
    return lambda new: curve.predict_proba(new[:, None] / spread)[:, 1]
