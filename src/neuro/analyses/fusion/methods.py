"""All methods by name, the model's own variants among them."""

from dataclasses import dataclass, replace

import numpy as np

from neuro.analyses.fusion.cohort import MODALITIES, Cohort
from neuro.analyses.fusion.encoders import Encoders
from neuro.analyses.fusion.kernels import KERNELS
from neuro.analyses.fusion.model import Fitted, FusionPlan, fit
from neuro.analyses.fusion.ridge import Scored, score_ridge
from neuro.analyses.fusion.transformer import score_transformer
from neuro.stats.folds import Outer

METHODS: dict[str, str] = {
    "fusion": "fusion",
    "function_ridge": "function alone, ridge",
    "structure_ridge": "structure alone, ridge",
    "early": "features side by side, ridge",
    "late": "mean of both modalities' scores",
    "cca": "canonical correlations",
    "mkl": "multiple-kernel learning",
    "snf": "similarity network fusion",
    "tangent_ridge": "tangent FC + structure, ridge",
    "transformer": "transformer",
    "products": "products at the same place, ridge",
    "kernel_product": "product of kernels",
}
"""Names of methods for people."""

ONE_MODALITY = {"function_ridge": "function", "structure_ridge": "structure"}
"""Methods that do with one modality, by the one they need."""


@dataclass(frozen=True)
class Term:
    """A variant of the model that lacks, or has, one term.

    Parameters
    ----------
    label : str
        Its name.
    plan : FusionPlan
        How it is made.
    retrained : bool
        Whether its encoders are others than the model's.
    """

    label: str
    plan: FusionPlan
    retrained: bool


def terms_of_ablation(plan: FusionPlan) -> dict[str, Term]:
    """Every term of the model, switched from what it is to what it is not."""
    encoder, head = plan.encoder, plan.head
    found = {}
    for name, told in (
        ("function", "alignment in function"),
        ("structure", "alignment in structure"),
        ("modalities", "alignment of product and sum"),
    ):
        has = name in encoder.alignments
        names = tuple(a for a in encoder.alignments if a != name) + (() if has else (name,))
        label = f"{'without' if has else 'with'} {told}"
        changed = replace(plan, encoder=replace(encoder, alignments=names))  # type: ignore[arg-type]
        found[f"alignment_{name}"] = Term(label, changed, True)
    found["alignment_none"] = Term(
        "without any alignment", replace(plan, encoder=replace(encoder, alignments=())), True
    )
    for name, told in (
        ("shared", "networks shared by modalities"),
        ("nonnegative", "nonnegative weights"),
    ):
        has = getattr(encoder, name)
        label = f"{'without' if has else 'with'} {told}"
        changed = replace(plan, encoder=replace(encoder, **{name: not has}))  # type: ignore[arg-type]
        found[name] = Term(label, changed, True)
    for name, told in (
        ("additive", "additive terms"),
        ("networks", "products of a network"),
        ("cross", "products of different networks"),
    ):
        has = name in head.interactions
        names = tuple(i for i in head.interactions if i != name) + (() if has else (name,))
        if names:
            label = f"{'without' if has else 'with'} {told}"
            changed = replace(plan, head=replace(head, interactions=names))  # type: ignore[arg-type]
            found[f"interaction_{name}"] = Term(label, changed, False)
    return found


def ablate(fitted: Fitted, rng: np.random.Generator) -> dict[str, tuple[str, Scored]]:
    """Scores of the model's variants, each with one term changed.

    Parameters
    ----------
    fitted : Fitted
        The model.
    rng : numpy.random.Generator
        Random numbers of encoders that are trained anew.

    Returns
    -------
    scored : dict of str to tuple of str and Scored
        Label and scores of each.
    """
    found = {}
    for name, term in terms_of_ablation(fitted.plan).items():
        encoders: Encoders | None = None if term.retrained else fitted.encoders
        other = fit(fitted.cohort, fitted.folds, term.plan, rng, encoders, fitted.data)
        found[name] = (term.label, other.scored)
    single = replace(
        fitted.encoders, weights={m: w[:, :1] for m, w in fitted.encoders.weights.items()}
    )
    one = fit(fitted.cohort, fitted.folds, fitted.plan, rng, single, fitted.data)
    found["ensemble"] = ("with one encoder only", one.scored)
    return found


def lacking(cohort: Cohort, method: str) -> str:
    """What a cohort lacks for a method; empty if nothing."""
    there = [m for m in MODALITIES if any(cohort.of(m))]
    needed = [ONE_MODALITY[method]] if method in ONE_MODALITY else list(MODALITIES)
    if gone := [m for m in needed if m not in there]:
        return f"needs features of {' and '.join(gone)}"
    if method == "tangent_ridge" and cohort.matrices is None:
        return "needs correlation matrices"
    if method == "products":
        kinds = [{v.kind for v in cohort.of(m)} for m in MODALITIES]
        if not kinds[0] & kinds[1]:
            return "needs maps, or matrices, of both modalities"
    return ""


def score(cohort: Cohort, method: str, folds: list[Outer], rng: np.random.Generator) -> Scored:
    """Nested scores of a method other than the fusion model.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if method == "transformer":
        return score_transformer(cohort, folds, rng)
    if method not in KERNELS and method != "late":
        raise ValueError(f"method: {method!r} is unknown; there are {list(METHODS)}")
    return score_ridge(cohort, method, folds)
