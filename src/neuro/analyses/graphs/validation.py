"""Nested cross-validation of a diagnosis, grouped by site or subject.

Everything that learns - harmonization, tangent mean, region mask, scaling, classifier and its
parameters - is fitted on training subjects alone, within every inner and outer fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.classifiers import MODELS, Model, Params, decision
from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.combat import ComBat
from neuro.analyses.graphs.region_mask import RegionMask
from neuro.analyses.graphs.tangent import Tangent
from neuro.stats.auc import areas, ranks_within
from neuro.stats.splits import Split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
GroupBy = Literal["site", "subject"]


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


def split(
    labels: Bools, groups: Sequence[Any] | NDArray[Any], n_folds: int, rng: np.random.Generator
) -> list[Split]:
    """Stratified folds that keep groups together.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or a fold would lack a class in training.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    n_groups = len(np.unique(np.asarray(groups)))
    alone = n_groups == len(labels)
    n = min(n_folds, n_groups)
    if alone:
        n = min(n, int(labels.sum()), int((~labels).sum()))
    if n < 2:
        raise ValueError(
            f"cross-validation needs at least two groups, and two subjects of each class, got "
            f"{n_groups} groups and {int(labels.sum())} of {len(labels)} in the second class"
        )
    # Without groups to keep together the plain splitter is a hundred times faster.
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    folds = kind(n, shuffle=True, random_state=int(rng.integers(2**31)))
    parts = folds.split(np.zeros(len(labels)), labels, None if alone else groups)
    found = []
    for k, (train, test) in enumerate(parts):
        if len(set(labels[train].tolist())) < 2:
            raise ValueError(
                f"fold {k + 1}: its {len(train)} training subjects have one class; use fewer "
                "folds, or group by subject"
            )
        found.append(Split(f"fold {k + 1}", train, test))
    return found


def validate(cohort: Cohort, name: str, design: Design, rng: np.random.Generator) -> Predicted:
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

    Returns
    -------
    predicted : Predicted
        Out-of-fold predictions.

    Raises
    ------
    ValueError
        If the cohort lacks what the classifier or the design needs.
    """
    model = _checked(cohort, name, design)
    groups = _groups(cohort, design)
    n = len(cohort)
    scores, probability = np.zeros(n), np.zeros(n)
    folds, chosen = np.zeros(n, dtype=np.int64), []
    seed = int(rng.integers(2**31))
    for k, outer in enumerate(split(cohort.labels, groups, design.n_folds, rng)):
        best, inner_scores = _choose(cohort, model, design, outer.train, groups, seed, rng)
        scores[outer.test] = _fit_predict(cohort, model, design, best, outer, seed)
        curve = _platt(inner_scores, cohort.labels[outer.train])
        probability[outer.test] = curve(scores[outer.test])
        folds[outer.test] = k
        chosen.append(best)
    return Predicted(scores, probability, folds, chosen)


def _checked(cohort: Cohort, name: str, design: Design) -> Model:
    try:
        model = MODELS[name]
    except KeyError:
        raise ValueError(f"classifier {name!r} unknown; allowed: {sorted(MODELS)}") from None
    needs = [
        (model.inputs == "tangent" and cohort.matrices is None, "connectivity matrices"),
        (
            model.inputs == "confounds" and cohort.confounds is None and cohort.sites is None,
            "confounds or sites",
        ),
        (model.masked and cohort.regions is None, "the features' regions"),
        ((design.group_by == "site" or design.harmonize) and cohort.sites is None, "sites"),
    ]
    lacking = [what for lacks, what in needs if lacks]
    if lacking:
        raise ValueError(f"{name}: the cohort lacks {' and '.join(lacking)}")
    return model


def _groups(cohort: Cohort, design: Design) -> NDArray[np.str_]:
    if design.group_by == "site" and cohort.sites is not None:
        return cohort.sites
    return cohort.subjects


def _choose(
    cohort: Cohort,
    model: Model,
    design: Design,
    train: Ints,
    groups: NDArray[np.str_],
    seed: int,
    rng: np.random.Generator,
) -> tuple[Params, Floats]:
    """Parameters with the largest area in inner folds, and the inner scores that they give."""
    labels = cohort.labels[train]
    # With one group left, as of two sites, inner folds can only be of subjects.
    inner_groups = groups[train] if len(np.unique(groups[train])) > 1 else cohort.subjects[train]
    splits = split(labels, inner_groups, design.n_inner, rng)
    best, best_area, best_scores = model.grid[0], -1.0, np.zeros(len(train))
    folds = np.zeros(len(train), dtype=np.int64)
    for k, inner in enumerate(splits):
        folds[inner.test] = k
    both = [k for k in np.unique(folds) if len(set(labels[folds == k].tolist())) == 2]
    used = folds if both else np.zeros_like(folds)
    inputs = [
        _inputs(cohort, model, design, train[inner.train], train[inner.test]) for inner in splits
    ]
    found = np.zeros((len(model.grid), len(train)))
    for inner, (fitted, tested) in zip(splits, inputs, strict=True):
        found[:, inner.test] = _all_scores(model, fitted, labels[inner.train], tested, seed)
    for params, scores in zip(model.grid, found, strict=True):
        area = float(areas(ranks_within(scores[:, None], used), labels, used)[0])
        if area > best_area + 1e-12:
            best, best_area, best_scores = params, area, scores
    return best, best_scores


def _all_scores(model: Model, fitted: Floats, labels: Bools, tested: Floats, seed: int) -> Floats:
    """Scores of every set of parameters, shape (n_params, n_tested)."""
    if model.path is not None:
        return np.asarray(model.path(fitted, labels, tested))
    estimators = [model.make(params, seed).fit(fitted, labels) for params in model.grid]
    return np.array([decision(estimator, tested) for estimator in estimators])


def _fit_predict(
    cohort: Cohort, model: Model, design: Design, params: Params, outer: Split, seed: int
) -> Floats:
    fitted, tested = _inputs(cohort, model, design, outer.train, outer.test)
    estimator = model.make(params, seed).fit(fitted, cohort.labels[outer.train])
    return np.asarray(decision(estimator, tested), dtype=float)


def _inputs(
    cohort: Cohort, model: Model, design: Design, train: Ints, test: Ints
) -> tuple[Floats, Floats]:
    """What the classifier sees, learned from the training subjects."""
    if model.inputs == "confounds":
        fitted, tested = (_nuisance(cohort, train, part) for part in (train, test))
    elif model.inputs == "tangent" and cohort.matrices is not None:
        space = Tangent.fit(cohort.matrices[train])
        fitted, tested = (space.transform(cohort.matrices[part]) for part in (train, test))
    else:
        fitted, tested = cohort.features[train], cohort.features[test]
    if design.harmonize and cohort.sites is not None and model.inputs != "confounds":
        kept = cohort.confounds
        own, new = (None if kept is None else kept[part] for part in (train, test))
        combat = ComBat.fit(fitted, cohort.sites[train], own)
        fitted = combat.transform(fitted, cohort.sites[train], own)
        tested = combat.transform(tested, cohort.sites[test], new)
    if model.masked and cohort.regions is not None:
        mask = RegionMask(cohort.regions, design.mask_share).fit(fitted, cohort.labels[train])
        fitted, tested = mask.transform(fitted), mask.transform(tested)
    return fitted, tested


def _nuisance(cohort: Cohort, train: Ints, part: Ints) -> Floats:
    """Confounds, and a column for each site that is in the training data."""
    columns = [] if cohort.confounds is None else [cohort.confounds[part]]
    if cohort.sites is not None:
        known = np.unique(cohort.sites[train])
        columns.append((cohort.sites[part][:, None] == known).astype(float))
    return np.hstack(columns)


def _platt(scores: Floats, labels: Bools) -> Any:
    """Logistic curve from scores to the probability of the second class."""
    from sklearn.linear_model import LogisticRegression

    spread = float(scores.std()) or 1.0
    curve = LogisticRegression(C=1e3).fit(scores[:, None] / spread, labels)
    return lambda new: curve.predict_proba(new[:, None] / spread)[:, 1]
