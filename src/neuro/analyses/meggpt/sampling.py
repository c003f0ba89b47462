"""From scores to tokens: temperature, top-k, top-p and typical sampling, by given uniforms."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """Which tokens may be drawn, and how sharply.

    Parameters
    ----------
    temperature : float
        Scores are divided by it; below 1 the probable becomes more so.
    top_p : float
        The most probable tokens that hold this share of probability; 1 for all.
    top_k : int
        The so many most probable tokens; 0 for all.
    typical : float
        The tokens whose surprise is nearest to the mean one, up to this share of probability
        (Meister et al. 2023); 1 for all.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    typical: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature: must be above 0. Got {self.temperature!r}.")
        for name in ("top_p", "typical"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name}: must be in the range (0, 1]. Got {getattr(self, name)}.")
        if self.top_k < 0:
            raise ValueError(f"top_k: must be at least 0. Got {self.top_k!r}.")

    def probabilities(self, scores: Tensor) -> Tensor:
        """Probabilities of tokens, 0 for those ruled out, shape as that of scores."""
        log_p = (scores.double() / self.temperature).log_softmax(-1)
        if 0 < self.top_k < log_p.shape[-1]:
            log_p = _only(log_p, _ranks(-log_p) < self.top_k)
        if self.top_p < 1:
            log_p = _share(log_p, -log_p, self.top_p)
        if self.typical < 1:
            p = log_p.exp()
            entropy = -torch.where(p > 0, p * log_p, 0).sum(-1, keepdim=True)
            log_p = _share(log_p, (-log_p - entropy).abs(), self.typical)
        return log_p.exp()

    def draw(self, scores: Tensor, uniforms: Tensor, order: Tensor) -> Tensor:
        """Tokens by the inverse of the distribution function.

        Parameters
        ----------
        scores : Tensor, shape (..., n_tokens)
            Unnormalized log probabilities.
        uniforms : Tensor, shape (...)
            Numbers between 0 and 1: large ones give tokens of large amplitude.
        order : Tensor of int64, shape (n_tokens,)
            Tokens by amplitude.

        Returns
        -------
        tokens : Tensor of int64, shape (...)
            Drawn tokens.
        """
        p = self.probabilities(scores)[..., order]
        below = p.cumsum(-1)
        place = (below < uniforms.double()[..., None] * below[..., -1:]).sum(-1)
        possible = p > 0
        last = p.shape[-1] - 1 - possible.flip(-1).int().argmax(-1)
        first = possible.int().argmax(-1)
        return order[torch.minimum(torch.maximum(place, first), last)]


def _ranks(cost: Tensor) -> Tensor:
    """Place of each token when they are sorted by cost; earlier tokens first among equals."""
    ranks: Tensor = cost.argsort(dim=-1, stable=True).argsort(dim=-1)
    return ranks


def _share(log_p: Tensor, cost: Tensor, share: float) -> Tensor:
    """The cheapest tokens until they hold a share of probability."""
    order = cost.argsort(dim=-1, stable=True)
    held = log_p.exp().gather(-1, order)
    kept = held.cumsum(-1) - held < share
    return _only(log_p, torch.zeros_like(kept).scatter(-1, order, kept))


def _only(log_p: Tensor, kept: Tensor) -> Tensor:
    return log_p.masked_fill(~kept, -torch.inf).log_softmax(-1)
