"""Training of encoders: networks in which a modality's views say the same of a person.

No label is seen here, so that what is learned serves any grouping of the same people.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from neuro.analyses.fusion.adam import Adam
from neuro.analyses.fusion.cohort import MODALITIES, Modality
from neuro.analyses.fusion.networks import Data, info_nce, pairs_of

Alignment = Literal["function", "structure", "modalities"]


@dataclass(frozen=True)
class EncoderPlan:
    """How encoders are made.

    Parameters
    ----------
    alignments : tuple of str
        `function`, `structure`: maps of regions with matrices of the same modality; `modalities`:
        the product of both modalities' states with their sum.
    shared : bool
        Whether both modalities have the same networks.
    nonnegative : bool
        Whether weights are nonnegative.
    n_networks, n_encoders : int
        Networks of an encoder; encoders of a fold, which begin elsewhere.
    n_steps : int
        Steps of Adam; the rate falls to zero along a cosine.
    rate : float
        First rate.
    dropout : float
        Share of regions that a view does without in a step.
    temperature : float
        Of InfoNCE.
    """

    alignments: tuple[Alignment, ...] = ("function", "structure")
    shared: bool = True
    nonnegative: bool = True
    n_networks: int = 16
    n_encoders: int = 4
    n_steps: int = 80
    rate: float = 0.1
    dropout: float = 0.2
    temperature: float = 0.3


@dataclass(frozen=True, eq=False)
class Encoders:
    """Trained encoders of all folds.

    Parameters
    ----------
    weights : dict of str to Tensor, shape (n_folds, n_encoders, n_networks, n_regions)
        Of each modality; the same where networks are shared. Rows have length 1.
    losses : list of float
        Mean loss of each step, nats.
    """

    weights: dict[Modality, Tensor]
    losses: list[float] = field(default_factory=list)

    def states(self, data: Data, modality: Modality, keep: "Keep | None" = None) -> Tensor:
        """Mean of the views' standardized states, shape (n_folds, n_encoders, n, n_networks).

        Parameters
        ----------
        data : Data
            The cohort.
        modality : str
            Which.
        keep : Keep | None
            Regions and pairs that are left; what is deleted takes the training subjects' mean.
        """
        weights = self.weights[modality]
        views = [each for each in data.inputs if each.view.modality == modality]
        total = torch.zeros(())
        for each in views:
            found = each.states(weights)
            left = found
            if keep is not None:
                masked = weights * keep.regions
                left = each.of_pairs(keep.pairs).states(masked)
            total = total + data.standardized(left, modality, by=found)
        return total / float(np.sqrt(len(views)))


@dataclass(frozen=True, eq=False)
class Keep:
    """What is left of a brain.

    Parameters
    ----------
    regions : Tensor, shape (n_regions,)
        1 for regions that are left.
    pairs : Tensor, shape (n_regions, n_regions) | None
        1 for pairs that are left; None for all.
    """

    regions: Tensor
    pairs: Tensor | None = None


def train_encoders(data: Data, plan: EncoderPlan, rng: np.random.Generator) -> Encoders:
    """Align the views of the training subjects.

    Parameters
    ----------
    data : Data
        The cohort and its folds.
    plan : EncoderPlan
        How.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    encoders : Encoders
        All folds' encoders; random ones where nothing is to be aligned.
    """
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    modalities = [m for m in MODALITIES if any(e.view.modality == m for e in data.inputs)]
    n_own = 1 if plan.shared else len(modalities)
    shape = (n_own, len(data.training), plan.n_encoders, plan.n_networks, data.n_regions)
    raw = torch.randn(shape, generator=generator).requires_grad_()
    wanted = [m for m in modalities if m in plan.alignments and pairs_of(data, m)]
    across = "modalities" in plan.alignments and len(modalities) == 2
    losses: list[float] = []
    if wanted or across:
        optimizer = Adam([raw])
        for step in range(plan.n_steps):
            loss = _loss(data, plan, _by(raw, modalities, plan), wanted, across, generator)
            optimizer.step(loss.sum(), plan.rate * (1 + np.cos(np.pi * step / plan.n_steps)) / 2)
            losses.append(float(loss.detach().mean()))
    with torch.no_grad():
        return Encoders(_by(raw, modalities, plan), losses)


def _by(raw: Tensor, modalities: list[Modality], plan: EncoderPlan) -> dict[Modality, Tensor]:
    weights = raw.abs() if plan.nonnegative else raw
    weights = weights / weights.norm(dim=-1, keepdim=True)
    return {m: weights[0 if plan.shared else k] for k, m in enumerate(modalities)}


def _loss(
    data: Data,
    plan: EncoderPlan,
    weights: dict[Modality, Tensor],
    wanted: list[Modality],
    across: bool,
    generator: torch.Generator,
) -> Tensor:
    """Mean InfoNCE of all alignments, shape (n_folds, n_encoders)."""
    states = {}
    for k, each in enumerate(data.inputs):
        if each.view.modality not in wanted and not across:
            continue
        own = weights[each.view.modality]
        kept = torch.rand(own.shape, generator=generator) >= plan.dropout
        states[k] = data.standardized(each.states(own * kept), each.view.modality)
    # Who lacks the other modality still tells how the views of this one go together.
    losses = [
        info_nce(
            states[a],
            states[b],
            data.training[:, None] * data.present[:, MODALITIES.index(modality)],
            plan.temperature,
        )
        for modality in wanted
        for a, b in pairs_of(data, modality)
    ]
    if across:
        training = data.training[:, None] * data.present.prod(1)
        function, structure = (
            torch.stack([states[k] for k, e in enumerate(data.inputs) if e.view.modality == m]).sum(
                0
            )
            for m in MODALITIES
        )
        losses.append(
            info_nce(function * structure, function + structure, training, plan.temperature)
        )
    return torch.stack(losses).mean(0) if losses else torch.zeros(())
