"""The fusion model of a cohort: encoders, then heads, in all folds at once."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.fusion.cohort import MODALITIES, Cohort
from neuro.analyses.fusion.encoders import EncoderPlan, Encoders, Keep, train_encoders
from neuro.analyses.fusion.heads import HeadPlan, Heads, terms_of, train_heads
from neuro.analyses.fusion.networks import Data
from neuro.analyses.fusion.ridge import Scored
from neuro.stats.folds import Outer

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class FusionPlan:
    """How the model is made.

    Parameters
    ----------
    encoder : EncoderPlan
        Networks and their alignment.
    head : HeadPlan
        Terms of the log-odds.
    """

    encoder: EncoderPlan = field(default_factory=EncoderPlan)
    head: HeadPlan = field(default_factory=HeadPlan)


@dataclass(frozen=True, eq=False)
class Masks:
    """Folds as tensors.

    Parameters
    ----------
    test : Tensor, shape (n_folds, n)
        1 for test subjects.
    learned, watched : Tensor, shape (n_folds, n_inner, n)
        1 for subjects that inner folds learn from, and for those that tell when to stop.
    """

    test: Tensor
    learned: Tensor
    watched: Tensor

    @classmethod
    def of(cls, folds: list[Outer], n: int) -> "Masks":
        """Make them; folds with fewer inner folds repeat their first ones."""
        most = max(len(fold.inner) for fold in folds)
        test = torch.zeros(len(folds), n)
        learned, watched = torch.zeros(len(folds), most, n), torch.zeros(len(folds), most, n)
        for k, fold in enumerate(folds):
            test[k, fold.split.test] = 1
            for i in range(most):
                inner = fold.inner[i % len(fold.inner)]
                learned[k, i, inner.train] = 1
                watched[k, i, inner.test] = 1
        return cls(test, learned, watched)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model.

    Parameters
    ----------
    cohort, folds, plan
        What it is of.
    data : Data
        The cohort as tensors.
    masks : Masks
        The folds as tensors.
    encoders : Encoders
        Networks.
    heads : Heads
        Coefficients.
    states : tuple of Tensor
        Of both modalities, shape (n_folds, n_encoders, n, n_networks).
    scored : Scored
        Scores: log-odds, mean over encoders and inner folds.
    """

    cohort: Cohort
    folds: list[Outer]
    plan: FusionPlan
    data: Data
    masks: Masks
    encoders: Encoders
    heads: Heads
    states: tuple[Tensor, Tensor]
    scored: Scored

    @property
    def n_parameters(self) -> int:
        """Numbers that one encoder and its head learn."""
        shares = 1 if self.plan.encoder.shared else len(self.encoders.weights)
        networks = shares * self.plan.encoder.n_networks * self.data.n_regions
        return networks + self.heads.weights.shape[-1] + 1

    def without(self, keep: Keep) -> Floats:
        """Scores of test subjects of whose brains only a part is left."""
        with torch.no_grad():
            terms, _ = terms_of(*_states(self.encoders, self.data, keep), self.plan.head)
            return scores_of(self.heads.logits(terms), self.masks).test


def fit(
    cohort: Cohort,
    folds: list[Outer],
    plan: FusionPlan,
    rng: np.random.Generator,
    encoders: Encoders | None = None,
    data: Data | None = None,
) -> Fitted:
    """Fit the model in all folds.

    Parameters
    ----------
    cohort : Cohort
        People of two groups, with both modalities; one is enough for additive terms alone.
    folds : list of Outer
        Folds; encoders see training subjects without labels, heads learn from all but one of the
        inner folds, and stop by that one.
    plan : FusionPlan
        How.
    rng : numpy.random.Generator
        Random numbers.
    encoders, data : optional
        Of an earlier fit to the same people and folds; None to train them.

    Raises
    ------
    ValueError
        If the cohort has no labels, or not both modalities.
    """
    if cohort.labels is None:
        raise ValueError("labels: fusion learns two groups, the cohort has none")
    lacking = [m for m in MODALITIES if not any(cohort.of(m))]
    if lacking and plan.head.interactions != ("additive",):
        raise ValueError(
            f"fusion needs both modalities; the cohort has no features of {lacking}: give both, or "
            "additive interactions only"
        )
    data = Data.of(cohort, [fold.split.train for fold in folds]) if data is None else data
    encoders = train_encoders(data, plan.encoder, rng) if encoders is None else encoders
    with torch.no_grad():
        states = _states(encoders, data)
    masks = Masks.of(folds, len(cohort))
    heads, scored = _heads(cohort.labels, states, plan.head, masks)
    return Fitted(cohort, folds, plan, data, masks, encoders, heads, states, scored)


def _states(encoders: Encoders, data: Data, keep: Keep | None = None) -> tuple[Tensor, Tensor]:
    """States of both modalities; zeros of one that nobody has."""
    there = {m: encoders.states(data, m, keep) for m in encoders.weights}
    some = next(iter(there.values()))
    function, structure = (there.get(m, torch.zeros_like(some)) for m in MODALITIES)
    return function, structure


def _heads(
    labels: Bools, states: tuple[Tensor, Tensor], plan: HeadPlan, masks: Masks
) -> tuple[Heads, Scored]:
    terms, penalties = terms_of(*states, plan)
    aimed = torch.from_numpy(labels.astype(np.float32))
    heads = train_heads(terms, penalties, aimed, masks.learned, masks.watched, plan)
    return heads, scores_of(heads.logits(terms), masks)


def scores_of(logits: Tensor, masks: Masks) -> Scored:
    """Scores of test subjects by all heads, and of inner test subjects by those that watched them.

    Parameters
    ----------
    logits : Tensor, shape (n_folds, n_encoders, n_inner, n)
        Log-odds.
    masks : Masks
        The folds.
    """
    test = (logits.mean((1, 2)) * masks.test).sum(0)
    watched = masks.watched
    seen = (logits.mean(1) * watched).sum(1) / watched.sum(1).clamp(min=1)
    inner = torch.where(watched.sum(1) > 0, seen, torch.nan)
    return Scored(test.double().numpy(), inner.double().numpy())


def permuted(fitted: Fitted, labels: Bools) -> tuple[Heads, Scored]:
    """Heads and scores with other labels: heads are trained anew; encoders have never seen labels.

    Parameters
    ----------
    fitted : Fitted
        A fitted model.
    labels : ndarray of bool, shape (n,)
        Labels, permuted within folds.
    """
    return _heads(labels, fitted.states, fitted.plan.head, fitted.masks)
