"""What networks' states tell about the groups: additive terms, and products of modalities."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from neuro.analyses.fusion.adam import Adam

Interaction = Literal["additive", "networks", "cross"]


@dataclass(frozen=True)
class HeadPlan:
    """How heads are trained.

    Parameters
    ----------
    interactions : tuple of str
        Terms of the log-odds. `additive`: each modality's states; `networks`: products of both
        modalities' states of the same network; `cross`: those of different networks.
    penalties : tuple of float
        Weight of the squared coefficients of `additive`, `networks`, `cross`.
    n_steps : int
        Most steps of Adam.
    rate : float
        Its rate.
    """

    interactions: tuple[Interaction, ...] = ("additive", "networks")
    penalties: tuple[float, float, float] = (1.0, 0.1, 1.0)
    n_steps: int = 60
    rate: float = 0.05


@dataclass(frozen=True, eq=False)
class Heads:
    """Trained heads.

    Parameters
    ----------
    weights : Tensor, shape (n_folds, n_encoders, n_inner, n_terms)
        Coefficients of the step at which validation was best.
    bias : Tensor, shape (n_folds, n_encoders, n_inner)
        Constants.
    steps : Tensor, shape (n_folds, n_encoders, n_inner)
        That step.
    """

    weights: Tensor
    bias: Tensor
    steps: Tensor

    def logits(self, terms: Tensor) -> Tensor:
        """Log-odds, shape (n_folds, n_encoders, n_inner, n)."""
        return self.weights @ terms.transpose(-1, -2) + self.bias[..., None]


def terms_of(function: Tensor, structure: Tensor, plan: HeadPlan) -> tuple[Tensor, Tensor]:
    """Terms of the log-odds.

    Parameters
    ----------
    function, structure : Tensor, shape (..., n, n_networks)
        States.
    plan : HeadPlan
        Which.

    Returns
    -------
    terms : Tensor, shape (..., n, n_terms)
    penalties : Tensor, shape (n_terms,)
    """
    n = function.shape[-1]
    parts, weights = [], []
    additive, networks, cross = plan.penalties
    if "additive" in plan.interactions:
        parts += [function, structure]
        weights += [torch.full((2 * n,), additive)]
    if "networks" in plan.interactions:
        parts.append(function * structure)
        weights.append(torch.full((n,), networks))
    if "cross" in plan.interactions:
        apart = ~torch.eye(n, dtype=torch.bool)
        parts.append((function[..., :, None] * structure[..., None, :])[..., apart])
        weights.append(torch.full((n * (n - 1),), cross))
    return torch.cat(parts, -1), torch.cat(weights)


def train_heads(
    terms: Tensor, penalties: Tensor, labels: Tensor, learned: Tensor, watched: Tensor,
    plan: HeadPlan,
) -> Heads:  # fmt: skip
    """Train logistic heads; each stops where its own validation subjects are predicted best.

    Both groups weigh the same, however large they are.

    Parameters
    ----------
    terms : Tensor, shape (n_folds, n_encoders, n, n_terms)
        Terms of the log-odds.
    penalties : Tensor, shape (n_terms,)
        Of squared coefficients.
    labels : Tensor, shape (n,)
        1 for the second group.
    learned, watched : Tensor, shape (n_folds, n_inner, n)
        1 for subjects that are learned from, and for those of validation.
    plan : HeadPlan
        How.
    """
    shape = (*terms.shape[:2], learned.shape[1])
    weights = torch.zeros((*shape, terms.shape[-1])).requires_grad_()
    bias = torch.zeros(shape).requires_grad_()
    best = [weights.detach().clone(), bias.detach().clone(), torch.zeros(shape)]
    lowest = torch.full(shape, torch.inf)
    optimizer = Adam([weights, bias])
    train, watch = _balanced(learned, labels)[:, None], _balanced(watched, labels)[:, None]
    for step in range(plan.n_steps):
        logits = weights @ terms.transpose(-1, -2) + bias[..., None]
        loss = binary_cross_entropy_with_logits(logits, labels.expand_as(logits), reduction="none")
        with torch.no_grad():
            seen = (loss * watch).sum(-1)
            better = seen < lowest
            lowest = torch.where(better, seen, lowest)
            now = (weights, bias, torch.full(shape, float(step)))
            for k, value in enumerate(now):
                mask = better[..., None] if value.dim() == 4 else better
                best[k] = torch.where(mask, value, best[k])
        penalty = (penalties * weights**2).sum(-1)
        optimizer.step(((loss * train).sum(-1) + penalty).sum(), plan.rate)
    return Heads(*(value.detach() for value in best))


def _balanced(mask: Tensor, labels: Tensor) -> Tensor:
    """Weights of subjects that sum to 1, half for each group."""
    weights = torch.zeros_like(mask)
    for kind in (0, 1):
        own = mask * (labels == kind)
        weights = weights + own / own.sum(-1, keepdim=True).clamp(min=1) / 2
    return weights
