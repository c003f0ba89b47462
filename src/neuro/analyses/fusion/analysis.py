"""The analysis of a cohort: all methods in the same folds, ablation, map, chance."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.activation import Activation, activate, deletion, sanity
from neuro.analyses.fusion.branch import Branch, alone, fit_branch, permuted_branch
from neuro.analyses.fusion.cohort import Cohort
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.heads import HeadPlan
from neuro.analyses.fusion.judging import Judged, area_of, fold_numbers, judge
from neuro.analyses.fusion.methods import ablate, lacking, score
from neuro.analyses.fusion.model import Fitted, FusionPlan, fit, permuted
from neuro.analyses.fusion.ridge import Scored
from neuro.io.progress import follow
from neuro.stats.auc import p_above, permuted_labels
from neuro.stats.folds import nested

if TYPE_CHECKING:
    from neuro.config.fusion import Fusion, FusionGroups

Floats = NDArray[np.float64]
OWN = "fusion"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found.

    Parameters
    ----------
    fitted : Fitted
        The model.
    scored, judged : dict
        By method.
    variants : dict of str to tuple of str and Judged
        Label and numbers of the model's variants.
    activation : Activation
        The map.
    curves : dict of str to ndarray
        Areas as the brain is deleted.
    sanity : dict of str to float
        Correlation with randomized maps.
    null : ndarray, shape (n_permutations,)
        Areas of the model with permuted labels.
    p : float | None
        Share of permutations with so large an area.
    left_out : dict of str to str
        Methods that were not used, and why.
    chosen : tuple of str
        Of one modality alone: the networks that each outer fold chose.
    """

    fitted: Fitted
    scored: dict[str, Scored]
    judged: dict[str, Judged]
    variants: dict[str, tuple[str, Judged]]
    activation: Activation
    curves: dict[str, Floats]
    sanity: dict[str, float]
    null: Floats
    p: float | None
    left_out: dict[str, str]
    chosen: tuple[str, ...] = ()

    @property
    def best_other(self) -> str | None:
        """The best method other than the model; None where there is no other."""
        others = [name for name in self.judged if name != OWN]
        return max(others, key=lambda name: self.judged[name].auroc) if others else None


def plan_of(settings: "Fusion") -> FusionPlan:
    """The model of a configuration."""
    return FusionPlan(
        EncoderPlan(
            alignments=tuple(settings.alignments),
            shared=settings.shared,
            nonnegative=settings.nonnegative,
            n_networks=settings.n_networks,
            n_encoders=settings.n_encoders,
            n_steps=settings.n_steps,
            rate=settings.rate,
            dropout=settings.dropout,
            temperature=settings.temperature,
        ),
        HeadPlan(interactions=tuple(settings.interactions)),
    )


def analyse(
    cohort: Cohort, settings: "Fusion", asked: "FusionGroups", rng: np.random.Generator
) -> Analysis:
    """Compare all methods, and look into the model.

    Parameters
    ----------
    cohort : Cohort
        The people.
    settings : Fusion
        The model, and what it is compared with.
    asked : FusionGroups
        Folds.
    rng : numpy.random.Generator
        Random numbers.
    """
    assert cohort.labels is not None
    groups = cohort.subjects
    if asked.group_by == "site" and cohort.sites is not None:
        groups = cohort.sites
    folds = nested(
        cohort.labels, groups, cohort.subjects, asked.n_folds, asked.n_inner, rng, cohort.sites
    )
    branch = fit_branch(cohort, folds, plan_of(settings), rng) if alone(cohort) else None
    fitted = fit(cohort, folds, plan_of(settings), rng) if branch is None else branch.fitted
    logger.info("fusion: %d folds, %d parameters", len(folds), fitted.n_parameters)
    scored = {OWN: fitted.scored}
    left_out: dict[str, str] = {}
    for name in dict.fromkeys(settings.methods):
        if why := lacking(cohort, name):
            left_out[name] = why
            continue
        scored[name] = score(cohort, name, folds, rng)
        logger.info("%s: done", name)
    variants = _variants(fitted, branch, rng) if settings.ablation else {}
    others = {OWN: fitted.scored} | {name: each for name, (_, each) in variants.items()}
    changed = judge(others, cohort.labels, folds, rng, OWN)
    activation = activate(fitted)
    null = _null(fitted, branch, settings.n_permutations, rng)
    judged = judge(scored, cohort.labels, folds, rng, OWN)
    return Analysis(
        fitted=fitted,
        scored=scored,
        judged=judged,
        variants={name: (label, changed[name]) for name, (label, _) in variants.items()},
        activation=activation,
        curves=deletion(fitted, activation, rng),
        sanity=sanity(fitted, activation, rng),
        null=null,
        p=float(p_above(np.array(judged[OWN].auroc), null)) if len(null) else None,
        left_out=left_out,
        chosen=() if branch is None else branch.chosen,
    )


def _variants(
    fitted: Fitted, branch: Branch | None, rng: np.random.Generator
) -> dict[str, tuple[str, Scored]]:
    """Every term switched; of one modality, every candidate without a choice."""
    if branch is None:
        return ablate(fitted, rng)
    named = branch.candidates.items()
    return {f"candidate{k + 1}": (label, each.scored) for k, (label, each) in enumerate(named)}


def _null(fitted: Fitted, branch: Branch | None, n: int, rng: np.random.Generator) -> Floats:
    """Areas with labels that are permuted within folds."""
    labels = fitted.cohort.labels
    assert labels is not None
    numbers = fold_numbers(fitted.folds, len(labels))
    drawn = permuted_labels(labels, numbers.astype(np.intp), n, rng)
    found = []
    for each in follow(drawn, logger, "permutation", n):
        again = permuted(fitted, each)[1] if branch is None else permuted_branch(branch, each)
        found.append(area_of(again.test, each, numbers))
    return np.array(found)
