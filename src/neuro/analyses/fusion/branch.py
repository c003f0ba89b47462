"""One modality alone: which networks its states are read from is chosen in the training folds.

Nonnegative networks suit matrices, whose edges share a network. Of smooth maps with many regions
they are all but the map's mean, and what a few regions tell is lost in it. Networks with signs, and
many that stay as they were drawn (random projections, which keep distances between people), are
therefore candidates too.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from neuro.analyses.fusion.cohort import MODALITIES, Cohort
from neuro.analyses.fusion.encoders import Encoders
from neuro.analyses.fusion.heads import Heads
from neuro.analyses.fusion.model import Fitted, FusionPlan, fit, permuted
from neuro.analyses.fusion.ridge import Scored
from neuro.stats.auc import areas, ranks_within
from neuro.stats.folds import Outer

Bools = NDArray[np.bool_]
N_PROJECTIONS = 256
"""Networks that are not trained."""
PENALTIES = (1.0, 0.1)
"""Of squared coefficients."""


@dataclass(frozen=True, eq=False)
class Branch:
    """A model of one modality.

    Parameters
    ----------
    fitted : Fitted
        The chosen candidates of all folds, as one model.
    candidates : dict of str to Fitted
        What there was to choose from, by what it is.
    chosen : tuple of str
        The choice of each outer fold.
    """

    fitted: Fitted
    candidates: dict[str, Fitted]
    chosen: tuple[str, ...]


def alone(cohort: Cohort) -> bool:
    """Whether a cohort has one modality only."""
    return sum(any(cohort.of(m)) for m in MODALITIES) == 1


def plans_of(plan: FusionPlan, *, maps_only: bool) -> dict[str, list[FusionPlan]]:
    """Candidates that differ in their networks, each with all penalties.

    Parameters
    ----------
    plan : FusionPlan
        The model as it is configured; products of modalities are left out.
    maps_only : bool
        Whether there are no matrices: of pairs of regions, projections would take much memory.
    """
    encoder = plan.encoder
    named = {
        f"{encoder.n_networks} {'nonnegative' if encoder.nonnegative else 'signed'} networks": (
            encoder
        ),
        f"{encoder.n_networks} signed networks": replace(encoder, nonnegative=False),
    }
    if maps_only:
        named[f"{N_PROJECTIONS} random projections"] = replace(
            encoder, nonnegative=False, alignments=(), n_networks=N_PROJECTIONS
        )
    heads = [
        replace(plan.head, interactions=("additive",), penalties=(weight, *plan.head.penalties[1:]))
        for weight in PENALTIES
    ]
    return {name: [FusionPlan(each, head) for head in heads] for name, each in named.items()}


def fit_branch(
    cohort: Cohort, folds: list[Outer], plan: FusionPlan, rng: np.random.Generator
) -> Branch:
    """Fit all candidates, and choose in each outer fold by the area in its inner ones.

    Parameters
    ----------
    cohort : Cohort
        People of two groups, with one modality.
    folds : list of Outer
        Folds.
    plan : FusionPlan
        The model as it is configured.
    rng : numpy.random.Generator
        Random numbers.
    """
    candidates: dict[str, Fitted] = {}
    data = None
    maps_only = not any(cohort.of(kind="edges"))
    for name, plans in plans_of(plan, maps_only=maps_only).items():
        encoders = None
        for each in plans:
            fitted = fit(cohort, folds, each, rng, encoders, data)
            encoders, data = fitted.encoders, fitted.data
            candidates[f"{name}, penalty {each.head.penalties[0]:g}"] = fitted
    assert cohort.labels is not None
    best = _choose([each.scored for each in candidates.values()], cohort.labels, folds)
    parts = [list(candidates.values())[k] for k in best]
    names = list(candidates)
    return Branch(_joined(parts), candidates, tuple(names[k] for k in best))


def permuted_branch(branch: Branch, labels: Bools) -> Scored:
    """Scores with other labels: heads are trained and candidates chosen anew.

    Parameters
    ----------
    branch : Branch
        A fitted branch.
    labels : ndarray of bool, shape (n,)
        Labels, permuted within folds.
    """
    scored = [permuted(each, labels)[1] for each in branch.candidates.values()]
    folds = branch.fitted.folds
    return _picked(scored, _choose(scored, labels, folds), folds)


def _choose(scored: list[Scored], labels: Bools, folds: list[Outer]) -> list[int]:
    """Number of the candidate with the largest inner area, for each outer fold."""
    chosen = []
    for k, fold in enumerate(folds):
        number = np.zeros(len(labels), np.int64)
        for i, split in enumerate(fold.inner):
            number[split.test] = i
        train = np.sort(np.concatenate([split.test for split in fold.inner]))
        inner = np.stack([each.inner[k, train] for each in scored], axis=1)
        found = areas(ranks_within(inner, number[train]), labels[train], number[train])
        chosen.append(int(np.argmax(found)))
    return chosen


def _picked(scored: list[Scored], chosen: list[int], folds: list[Outer]) -> Scored:
    test, inner = np.zeros_like(scored[0].test), np.zeros_like(scored[0].inner)
    for k, fold in enumerate(folds):
        own = scored[chosen[k]]
        test[fold.split.test] = own.test[fold.split.test]
        inner[k] = own.inner[k]
    return Scored(test, inner)


def _joined(parts: list[Fitted]) -> Fitted:
    """A model of which each outer fold is another's; networks that one lacks weigh nothing."""
    first = parts[0]
    most = max(part.states[0].shape[-1] for part in parts)

    def widened(states: Tensor) -> Tensor:
        return pad(states, (0, most - states.shape[-1]))

    weights = {
        modality: torch.stack(
            [
                pad(own, (0, 0, 0, most - own.shape[-2]))
                for own in (part.encoders.weights[modality][k] for k, part in enumerate(parts))
            ]
        )
        for modality in first.encoders.weights
    }
    heads = Heads(
        # Coefficients of function, then of structure.
        torch.stack([
            widened(part.heads.weights[k].reshape(*part.heads.bias[k].shape, 2, -1)).flatten(-2)
            for k, part in enumerate(parts)
        ]),
        torch.stack([part.heads.bias[k] for k, part in enumerate(parts)]),
        torch.stack([part.heads.steps[k] for k, part in enumerate(parts)]),
    )  # fmt: skip
    function, structure = (
        torch.stack([widened(part.states[m][k]) for k, part in enumerate(parts)]) for m in range(2)
    )
    scored = _picked([part.scored for part in parts], list(range(len(parts))), first.folds)
    plan = replace(first.plan, encoder=replace(first.plan.encoder, n_networks=most))
    return replace(
        first, plan=plan, encoders=Encoders(weights), heads=heads, states=(function, structure),
        scored=scored,
    )  # fmt: skip
