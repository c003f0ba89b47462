"""Everything that is asked of one table: ranking, agreement, stability, prediction."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from neuro.analyses.screening.engine import Screening, screen
from neuro.analyses.screening.measures import evaluate, interval, measures
from neuro.analyses.screening.predict import Predicted, Setting, Variant, predict
from neuro.analyses.screening.stability import stability
from neuro.analyses.screening.study import Study
from neuro.io.progress import follow
from neuro.stats.dependence.block import Floats
from neuro.stats.dependence.methods import Options

if TYPE_CHECKING:
    from neuro.config import screening as config

logger = logging.getLogger(__name__)

TOP = 50
"""Features whose overlap between methods is told."""


@dataclass(frozen=True)
class Ranked:
    """Ranking of the features.

    Parameters
    ----------
    score : Screening
        By the method that ranks, with significance.
    estimate : ndarray, shape (n_features,)
        Mutual information, nats.
    effect : ndarray, shape (n_features,)
        Signed correlation with the outcome; of two classes, with the second; else NaN.
    stability : ndarray, shape (n_features,) | None
        Share of halves that select a feature.
    n_selected : int
        Features that each half selects.
    """

    score: Screening
    estimate: Floats
    effect: Floats
    stability: Floats | None
    n_selected: int


@dataclass(frozen=True)
class Agreement:
    """How alike methods rank: Spearman's correlation, and common ones among the best."""

    methods: tuple[str, ...]
    correlation: Floats
    overlap: Floats
    n_top: int


@dataclass(frozen=True)
class Result:
    """A measure of one variant of prediction.

    Parameters
    ----------
    variant, measure : str
        Which.
    value : float
        Mean over repeats.
    interval : tuple of float
        95 %, over subjects.
    chance : float
        Where nothing is predicted.
    null : ndarray, shape (n_permutations,)
        The same of permuted outcomes, one repeat each.
    """

    variant: str
    measure: str
    value: float
    interval: tuple[float, float]
    chance: float
    null: Floats

    @property
    def p(self) -> float | None:
        """Share of permuted runs that are as good; None without them."""
        if not len(self.null):
            return None
        return float((1 + (self.null >= self.value).sum()) / (1 + len(self.null)))


def rank(study: Study, params: "config.Screening", rng: np.random.Generator) -> Ranked:
    """Rank all features.

    Parameters
    ----------
    study : Study
        What is screened.
    params : Screening
        The section `screening`.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ranked : Ranked
        In the order of the features.
    """
    score = _screen(study, params, params.score, n_permutations=params.n_permutations, rng=rng)
    n_selected = max(1, min(params.stability_selected, study.features.n_features // 3))
    stable = None
    if params.stability_pairs:
        stable = stability(
            study.features,
            study.outcome.values[0],
            n_selected,
            params.stability_pairs,
            rng,
            method=params.score,
            options=_options(params),
            outcome_kind=_kind(study),
            covariates=study.covariates,
            adjust=params.adjust,
            memory_mb=params.memory_mb,
        )
    estimate = _screen(study, params, params.estimate).strength
    return Ranked(score, estimate, _effect(study, params), stable, n_selected)


def agree(study: Study, params: "config.Screening", ranked: Ranked) -> Agreement:
    """Hold the rankings of several methods against each other."""
    names = tuple(dict.fromkeys([params.score, params.estimate, *params.compare]))
    known = {params.score: ranked.score.strength, params.estimate: ranked.estimate}
    rows = [
        known[name] if name in known else _screen(study, params, name).strength for name in names
    ]
    usable = np.isfinite(rows).all(axis=0)
    values = np.array(rows)[:, usable]
    ranks = np.array([rankdata(row) for row in values])
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.atleast_2d(np.corrcoef(ranks))
    n_top = min(TOP, max(1, values.shape[1] // 4))
    best = np.zeros(values.shape, bool)
    np.put_along_axis(best, np.argsort(-values, axis=1)[:, :n_top], True, axis=1)
    overlap = best.astype(np.float64) @ best.T / n_top
    return Agreement(names, np.nan_to_num(correlation), overlap, n_top)


def foretell(
    study: Study, params: "config.Screening", asked: "config.Prediction", rng: np.random.Generator
) -> tuple[list[Result], dict[Variant, Predicted]]:
    """Predict in nested cross-validation, leakily, and from covariates alone; and by chance.

    Parameters
    ----------
    study : Study
        What is screened.
    params : Screening
        The section `screening`.
    asked : Prediction
        Its part `prediction`.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    results : list of Result
        Per variant and measure.
    predictions : dict of Variant to Predicted
        By variant.
    """
    x = np.asarray(study.features.columns(0, study.features.n_features), dtype=np.float64)
    setting = Setting(
        params.score,
        tuple(asked.n_features),
        asked.n_splits,
        asked.inner_splits,
        asked.n_repeats,
        asked.redundancy,
        asked.n_candidates,
        _options(params),
    )
    variants: list[Variant] = ["nested", "leaky"]
    if study.covariates is not None:
        variants.append("covariates")
    seed = int(rng.integers(2**63))
    predictions = {
        # The same folds for all of them.
        variant: predict(
            x, study.outcome, study.covariates, setting, variant, np.random.default_rng(seed)
        )
        for variant in variants
    }
    nulls = _nulls(x, study, setting, asked.n_permutations, variants, rng)
    results = [
        Result(
            variant,
            measure.name,
            evaluate(measure.name, predicted, study.outcome),
            interval(measure.name, predicted, study.outcome, rng),
            measure.chance,
            nulls[variant, measure.name],
        )
        for variant, predicted in predictions.items()
        for measure in measures(study.outcome)
    ]
    return results, predictions


def _nulls(
    x: Floats,
    study: Study,
    setting: Setting,
    n_permutations: int,
    variants: list[Variant],
    rng: np.random.Generator,
) -> dict[tuple[str, str], Floats]:
    """Measures of runs with permuted outcomes; each deals its subjects into folds once."""
    once = replace(setting, n_repeats=1)
    known = measures(study.outcome)
    nulls: dict[tuple[str, str], Floats] = {
        (variant, measure.name): np.empty(n_permutations)
        for variant in variants
        for measure in known
    }
    for i in follow(range(n_permutations), logger, "permutation"):
        permuted = study.outcome.permuted(rng.permutation(study.outcome.n))
        for variant in variants:
            predicted = predict(x, permuted, study.covariates, once, variant, rng)
            for measure in known:
                nulls[variant, measure.name][i] = evaluate(measure.name, predicted, permuted)
    return nulls


def _options(params: "config.Screening") -> Options:
    return Options(params.n_neighbors, params.bins)


def _kind(study: Study) -> str:
    return "categorical" if study.outcome.categorical else "continuous"


def _screen(
    study: Study,
    params: "config.Screening",
    method: str,
    *,
    n_permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> Screening:
    return screen(
        study.features,
        study.outcome.values[0],
        method,
        options=_options(params),
        outcome_kind="categorical" if study.outcome.categorical else "continuous",
        covariates=study.covariates,
        adjust=params.adjust,
        n_permutations=n_permutations,
        rng=rng,
        memory_mb=params.memory_mb,
    )


def _effect(study: Study, params: "config.Screening") -> Floats:
    """Signed correlation; the sign is that of the second class against the first."""
    y = (
        study.outcome.codes[0].astype(np.float64)
        if study.outcome.categorical
        else study.outcome.values[0]
    )
    effect = np.full(study.features.n_features, np.nan)
    if study.outcome.categorical and study.outcome.n_levels > 2:
        return effect
    size = max(1, int(params.memory_mb * 1e6 / (64 * len(y))))
    for start, values in study.features.chunks(size):
        there = ~np.isnan(values)
        count = np.maximum(there.sum(1), 1)
        filled = np.where(there, values, 0.0)
        mean_x = filled.sum(1, keepdims=True) / count[:, None]
        mean_y = (there @ y)[:, None] / count[:, None]
        a, b = np.where(there, values - mean_x, 0.0), np.where(there, y - mean_y, 0.0)
        spread = np.sqrt(np.square(a).sum(1) * np.square(b).sum(1))
        effect[start : start + len(values)] = np.divide(
            (a * b).sum(1), spread, out=np.full(len(values), np.nan), where=spread > 0
        )
    return effect
