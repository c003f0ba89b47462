"""The one-hot prior relaxed to the simplex, as Li et al. (2024) published it.

Each edge has a point of the simplex of (inhibitory, none, excitatory), drawn from the
Gumbel-softmax (concrete) distribution around probabilities that states share; its weight is
(exc - inh) times a positive strength. The density grows without bound at the corners: it never
serves to compare fits.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.expectation import Expectation
from neuro.analyses.states.parameters import Parameters

LEAST = -20.0
"""Least logarithm of a class's share: the density has no bound beyond."""


def relaxed_log_density(
    log_shares: Tensor, log_probabilities: Tensor, temperature: float
) -> Tensor:
    """Logarithm of the Gumbel-softmax density (Maddison et al., 2017; Jang et al., 2017).

    Parameters
    ----------
    log_shares : Tensor, shape (..., n_classes)
        Logarithms of a point of the simplex.
    log_probabilities : Tensor, shape (..., n_classes)
        Logarithms of the probabilities of the classes.
    temperature : float
        Near 0 the points lie in the corners.

    Returns
    -------
    log_density : Tensor, shape (...)
        With respect to the simplex's Lebesgue measure.
    """
    n = log_shares.shape[-1]
    total = torch.logsumexp(log_probabilities - temperature * log_shares, -1)
    each = (log_probabilities - (temperature + 1) * log_shares).sum(-1)
    return math.lgamma(n) + (n - 1) * math.log(temperature) - n * total + each


@dataclass(frozen=True)
class RelaxedOneHot:
    """Relaxed one-hot prior with what has been learned.

    Parameters
    ----------
    temperature, first_temperature : float
        Of the relaxation, at the end and at the beginning; each step goes down by `cooling`.
    cooling : float
        Factor of the temperature from step to step.
    log_strength_mean, log_strength_spread : float
        Normal prior of the logarithm of strengths.
    n_steps : int
        Steps of Adam in an M-step.
    learning_rate : float
        Of Adam.
    logits : Tensor or None, shape (n_states, n_history, n_neurons, 3)
        Of the shares; learned.
    log_strength : Tensor or None, shape (n_states, n_history, n_neurons)
        Learned.
    log_probabilities : Tensor or None, shape (n_history, n_neurons, 3)
        Shared by states; learned.
    """

    temperature: float = 0.2
    first_temperature: float = 1.0
    cooling: float = 0.85
    log_strength_mean: float = -0.3
    log_strength_spread: float = 0.6
    n_steps: int = 150
    learning_rate: float = 0.05
    logits: Tensor | None = None
    log_strength: Tensor | None = None
    log_probabilities: Tensor | None = None

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "RelaxedOneHot"]:
        """Adam on the quadratic of Fisher scoring plus the relaxed density."""
        s, _, n = parameters.weights.shape
        if n_history != n:
            raise ValueError(
                f"one-hot: an edge must have one weight, but {n} neurons have {n_history} history "
                "columns; use a basis of one function"
            )
        tau = max(self.temperature, self.first_temperature)
        logits, strength, shared_logits = self._begin(parameters.weights)
        rest = parameters.weights[:, n_history:].clone().requires_grad_()
        shared = parameters.shared.clone().requires_grad_()
        curvature = expectation.curvature.of()
        optimizer = torch.optim.Adam(
            [logits, strength, shared_logits, rest, shared], lr=self.learning_rate
        )
        for _ in range(self.n_steps):
            optimizer.zero_grad()
            weights = torch.cat([_weights(logits, strength), rest], 1)
            table = torch.cat([weights, shared.expand(s, -1, -1)], 1)
            move = table - parameters.all_weights
            gain = (expectation.gradient * move).sum() - 0.5 * torch.einsum(
                "sfn,snfg,sgn->", move, curvature, move
            )
            loss = -gain - self._log_prior(logits, strength, shared_logits, tau)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        learned = replace(
            self,
            first_temperature=tau * self.cooling,
            logits=logits.detach().log_softmax(-1).clamp(min=LEAST),
            log_strength=strength.detach(),
            log_probabilities=shared_logits.detach().log_softmax(-1).clamp(min=LEAST),
        )
        weights = torch.cat([_weights(logits, strength), rest], 1).detach()
        return weights, shared.detach(), learned

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Zero: the relaxed density has no bound, and never judges a step."""
        return 0.0

    def reordered(self, order: NDArray[np.int64]) -> "RelaxedOneHot":
        """The same with its states in another order."""
        if self.logits is None or self.log_strength is None:
            return self
        its = torch.from_numpy(np.asarray(order)).to(self.logits.device)
        return replace(self, logits=self.logits[its], log_strength=self.log_strength[its])

    def _begin(self, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Where Adam starts: what was learned, or the weights as they are."""
        n = weights.shape[2]
        own = weights[:, :n]
        logits, strength, shared = self.logits, self.log_strength, self.log_probabilities
        if logits is None or strength is None or shared is None:
            size = own.abs().mean()
            lean = (own / size).clamp(-3, 3)
            logits = torch.stack([-lean, torch.ones_like(lean), lean], -1)
            strength = (own.abs() + 0.5 * size).log()
            shared = logits.log_softmax(-1).mean(0)
        return tuple(  # type: ignore[return-value]
            each.clone().requires_grad_() for each in (logits, strength, shared)
        )

    def _log_prior(
        self, logits: Tensor, strength: Tensor, shared_logits: Tensor, tau: float
    ) -> Tensor:
        shares = logits.log_softmax(-1).clamp(min=LEAST)
        edges = relaxed_log_density(shares, shared_logits.log_softmax(-1), tau).sum()
        z = (strength - self.log_strength_mean) / self.log_strength_spread
        # A little of each class: probabilities of exactly zero could never come back.
        return edges - 0.5 * z.square().sum() + 0.1 * shared_logits.log_softmax(-1).sum()


def _weights(logits: Tensor, log_strength: Tensor) -> Tensor:
    shares = logits.softmax(-1)
    return (shares[..., 2] - shares[..., 0]) * log_strength.exp()
