"""Priors of the weights, and the step that each makes from gradient and curvature.

Every M-step maximises the quadratic of Fisher scoring, plus the logarithm of the prior. Weights of
the history alone have the prior; those of bias and covariates have a weak ridge.
"""

from dataclasses import dataclass, replace
from typing import Protocol, cast

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.expectation import Expectation
from neuro.analyses.states.parameters import Parameters

RIDGE = 1e-3
"""Precision of weights without a prior: keeps unvisited states where they are."""


class Prior(Protocol):
    """What the fit asks of a prior."""

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "Prior"]:
        """New weights, new shared weights, and the prior with what it learned."""
        ...

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Logarithm of the prior density of weights, up to a constant; nats."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """Independent normal weights around zero; the default is none but the ridge.

    Parameters
    ----------
    precision : float
        Inverse variance.
    """

    precision: float = 0.0

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "Gaussian"]:
        """Newton's step; the prior stays."""
        precision = _precisions(parameters, n_history, self.precision)
        weights, shared, _ = solve(expectation, parameters, precision, None)
        return weights, shared, self

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Logarithm of the density, up to a constant."""
        return -0.5 * self.precision * float(weights[:, :n_history].square().sum())


@dataclass(frozen=True)
class Hierarchy:
    """Gaussian hierarchy: each weight is normal around one that states share.

    Parameters
    ----------
    mean : Tensor or None, shape (n_history, n_neurons)
        Shared weights; learned.
    variance : float
        Between states; learned, with the posterior's own spread (Laplace).
    learn : bool
        Whether the variance is learned.
    """

    mean: Tensor | None = None
    variance: float = 1.0
    learn: bool = True

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "Hierarchy"]:
        """Newton's step, then the mean over states and the variance around it."""
        mean = self.mean
        if mean is None:
            mean = parameters.weights[:, :n_history].mean(0)
        precision = _precisions(parameters, n_history, 1 / self.variance)
        weights, shared, spread = solve(expectation, parameters, precision, mean)
        history = weights[:, :n_history]
        mean = history.mean(0)
        variance = self.variance
        if self.learn and parameters.n_states > 1 and n_history:
            n = parameters.n_states
            around = (history - mean).square() * (n / (n - 1)) + spread[:, :n_history]
            variance = max(float(around.mean()), 1e-4)
        return weights, shared, replace(self, mean=mean, variance=variance)

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Logarithm of the density, up to a constant, at the present mean and variance."""
        if self.mean is None:
            return 0.0
        around = weights[:, :n_history] - self.mean
        return -0.5 * float(around.square().sum()) / self.variance


@dataclass(frozen=True)
class Lasso:
    """Laplace prior: small weights become zero.

    Parameters
    ----------
    strength : float
        Factor of the sum of absolute weights, nats.
    """

    strength: float = 10.0

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "Lasso"]:
        """Coordinate descent on the quadratic."""
        penalty = np.zeros(expectation.gradient.shape[1])
        penalty[:n_history] = self.strength
        n_state = parameters.weights.shape[1]
        start = parameters.all_weights.cpu().numpy()
        gradient = expectation.gradient.cpu().numpy()
        new = np.empty_like(start)
        for neuron in range(start.shape[2]):
            curvature = expectation.curvature.of(slice(neuron, neuron + 1))[:, 0].cpu().numpy()
            new[:, :, neuron] = _descend(
                np.ascontiguousarray(curvature),
                np.ascontiguousarray(gradient[:, :, neuron]),
                np.ascontiguousarray(start[:, :, neuron]),
                penalty,
                n_state,
            )
        table = torch.from_numpy(new).to(parameters.weights)
        return table[:, :n_state].contiguous(), table[0, n_state:].contiguous(), self

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Logarithm of the density, up to a constant."""
        return -self.strength * float(weights[:, :n_history].abs().sum())


def reorder(prior: Prior, order: NDArray[np.int64]) -> Prior:
    """A prior whose states are in another order; most know nothing of single states."""
    moved = getattr(prior, "reordered", None)
    return prior if moved is None else cast(Prior, moved(order))


def solve(
    expectation: Expectation, parameters: Parameters, precision: Tensor, mean: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Newton's step under a normal prior.

    Weights of states couple through those they share alone, which are eliminated first.

    Parameters
    ----------
    expectation : Expectation
        Gradient and curvature at the present parameters.
    parameters : Parameters
        These.
    precision : Tensor, shape (n_state_columns,)
        Of the prior.
    mean : Tensor or None, shape (n_history, n_neurons)
        Of the prior; None for zero. Columns behind the history have mean zero.

    Returns
    -------
    weights : Tensor, shape (n_states, n_state_columns, n_neurons)
        New weights.
    shared : Tensor, shape (n_shared_columns, n_neurons)
        New shared weights.
    spread : Tensor, shape (n_states, n_state_columns, n_neurons)
        Variance of each weight, shared ones given.
    """
    weights, shared = parameters.weights.clone(), parameters.shared.clone()
    spread = torch.empty_like(weights)
    center = torch.zeros_like(weights[0])
    if mean is not None:
        center[: len(mean)] = mean
    step = expectation.curvature.at_once
    for first in range(0, weights.shape[2], step):
        its = slice(first, first + step)
        pull = expectation.gradient[:, :, its].clone()
        pull[:, : len(center)] -= precision[:, None] * (weights - center)[:, :, its]
        pull[0, len(center) :] -= RIDGE * shared[:, its]
        move, rest, variance = _newton(expectation.curvature.of(its), pull.mT, precision)
        weights[:, :, its] += move.mT
        shared[:, its] += rest.mT
        spread[:, :, its] = variance.mT
    return weights, shared, spread


def _newton(curvature: Tensor, pull: Tensor, precision: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Moves of some neurons' weights, of their shared ones, and the former's variances.

    Parameters
    ----------
    curvature : Tensor, shape (n_states, n_neurons, n_features, n_features)
        Of the likelihood.
    pull : Tensor, shape (n_states, n_neurons, n_features)
        Gradient, prior included.
    precision : Tensor, shape (n_state_columns,)
        Of the prior.
    """
    d = len(precision)
    own = curvature[..., :d, :d] + torch.diag(precision)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(own))
    cross = curvature[..., :d, d:]
    lever = inverse @ cross
    ridge = RIDGE * torch.eye(cross.shape[-1], dtype=pull.dtype, device=pull.device)
    schur = (curvature[..., d:, d:] - cross.mT @ lever).sum(0) + ridge
    slope = pull[..., :d, None]
    rest = torch.linalg.solve(schur, (pull[..., d:, None] - lever.mT @ slope).sum(0))
    move = inverse @ slope - lever @ rest
    return move[..., 0], rest[..., 0], inverse.diagonal(dim1=-2, dim2=-1)


def _precisions(parameters: Parameters, n_history: int, precision: float) -> Tensor:
    values = parameters.weights.new_full((parameters.weights.shape[1],), RIDGE)
    values[:n_history] = max(precision, RIDGE)
    return values


@numba.njit(cache=True)
def _descend(curvature, gradient, start, penalty, n_state):  # type: ignore[no-untyped-def]
    """Minimise the penalised quadratic of one neuron; shared columns move in all states."""
    n_states, n_features = start.shape
    theta = start.copy()
    slope = gradient.copy()  # of the quadratic at theta
    for _ in range(200):
        largest = 0.0
        for i in range(n_features):
            for s in range(n_states if i < n_state else 1):
                own = curvature[s, i, i] + 1e-3
                pull = slope[s, i] - 1e-3 * theta[s, i]
                if i >= n_state:
                    for other in range(1, n_states):
                        own += curvature[other, i, i]
                        pull += slope[other, i]
                target = theta[s, i] + pull / own
                shrunk = max(abs(target) - penalty[i] / own, 0.0) * np.sign(target)
                change = shrunk - theta[s, i]
                if change == 0.0:
                    continue
                largest = max(largest, abs(change))
                for other in range(s, s + 1 if i < n_state else n_states):
                    theta[other, i] = shrunk
                    for j in range(n_features):
                        slope[other, j] -= curvature[other, j, i] * change
        if largest < 1e-6:
            break
    return theta
