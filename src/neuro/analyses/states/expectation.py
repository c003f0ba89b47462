"""The E-step: probabilities of states, and what they make of the weights' likelihood.

The expected complete log-likelihood is handed on as its gradient and Fisher information at the
present weights, summed over all sequences; by Fisher's identity the gradient is that of the
observed likelihood too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.chain import Posterior, forward_backward, viterbi
from neuro.analyses.states.design import Design
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.parameters import MOST_KEPT, Curvature, Parameters, transitions_of

Floats = NDArray[np.float64]
CHUNK = 2**17
"""Entries of the matrices of inputs that are computed at once: they stay in the cache."""


@dataclass(frozen=True)
class Expectation:
    """What an E-step finds.

    Parameters
    ----------
    posterior : Posterior
        States, transitions, and log-likelihood of each sequence, nats.
    gradient : Tensor, shape (n_states, n_features, n_neurons)
        Of the expected log-likelihood.
    curvature : Curvature
        Fisher information.
    squares : Tensor or None, shape (n_states, n_neurons)
        Expected squared residuals of Gaussian observations.
    """

    posterior: Posterior
    gradient: Tensor
    curvature: Curvature
    squares: Tensor | None

    @property
    def log_likelihood(self) -> float:
        """Sum over sequences, nats."""
        return float(self.posterior.log_likelihood.sum())

    def part(self, index: int, posterior: Posterior) -> "Expectation":
        """That of one of several chains whose states stand side by side."""
        n_states = posterior.states.shape[1]
        its = slice(index * n_states, (index + 1) * n_states)
        squares = None if self.squares is None else self.squares[its]
        return Expectation(posterior, self.gradient[its], self.curvature.states(its), squares)


def emission(design: Design, parameters: Parameters, observation: Observation) -> Floats:
    """Log-likelihood of each bin under each state, (n_bins, n_states); 0 where it is unusable."""
    logs = [_logs(design, parameters, observation, rows)[0] for rows in chunks(design, parameters)]
    return _finished(torch.cat(logs), design, observation)


def infer(
    design: Design,
    parameters: Parameters,
    observation: Observation,
    drivers: Floats | None = None,
) -> Posterior:
    """Probabilities of states and log-likelihood of sequences, states summed out."""
    logs = emission(design, parameters, observation)
    matrices = transitions_of(parameters, drivers)
    return forward_backward(logs, design.starts, parameters.initial, matrices)


def decode(
    design: Design,
    parameters: Parameters,
    observation: Observation,
    drivers: Floats | None = None,
) -> NDArray[np.int64]:
    """Most probable path of states, shape (n_bins,)."""
    logs = emission(design, parameters, observation)
    return viterbi(logs, design.starts, parameters.initial, transitions_of(parameters, drivers))


def expect(
    design: Design,
    parameters: Parameters,
    observation: Observation,
    *,
    exact: bool = True,
    drivers: Floats | None = None,
) -> Expectation:
    """One E-step over all sequences.

    Parameters
    ----------
    design : Design
        The data.
    parameters : Parameters
        Where the chain stands.
    observation : Observation
        Family and link.
    exact : bool
        Whether each neuron has its own curvature, or those of a state share one.
    drivers : ndarray or None, shape (n_bins, n_covariates)
        Covariates that drive the transitions.

    Returns
    -------
    expectation : Expectation
        Posterior, gradient, curvature.
    """
    return expect_many(design, [parameters], observation, exact=exact, drivers=drivers)[0]


def expect_many(
    design: Design,
    several: Sequence[Parameters],
    observation: Observation,
    *,
    exact: bool = True,
    drivers: Floats | None = None,
) -> list[Expectation]:
    """E-steps at several places at once: their states stand side by side in every product.

    Parameters
    ----------
    design, observation, exact, drivers
        As for :func:`expect`.
    several : sequence of Parameters
        Where chains stand; all of as many states.

    Returns
    -------
    expectations : list of Expectation
        One for each.
    """
    joined = _side_by_side(several)
    keep = design.n_bins * joined.n_states * design.n_neurons <= MOST_KEPT
    means: list[Tensor] = []
    logs = []
    for rows in chunks(design, joined):
        part, mean = _logs(design, joined, observation, rows)
        logs.append(part)
        if keep:
            means.append(mean)
    finished = np.split(_finished(torch.cat(logs), design, observation), len(several), axis=1)
    posteriors = [
        forward_backward(its, design.starts, each.initial, transitions_of(each, drivers))
        for its, each in zip(finished, several, strict=True)
    ]
    states = np.concatenate([each.states for each in posteriors], axis=1)
    given = Posterior(states, posteriors[0].pairs, posteriors[0].log_likelihood)
    found = slopes_given(design, joined, observation, given, exact=exact, means=means)
    return [found.part(i, posterior) for i, posterior in enumerate(posteriors)]


def _side_by_side(several: Sequence[Parameters]) -> Parameters:
    """States of several chains as those of one, shared weights as weights of each state."""
    first = several[0]
    if len(several) == 1:
        return first
    spread = [each.variance for each in several if each.variance is not None]
    return Parameters(
        torch.cat([each.all_weights for each in several]),
        first.shared[:0],
        first.transitions,
        first.initial,
        torch.cat(spread) if spread else None,
    )


def slopes_given(
    design: Design,
    parameters: Parameters,
    observation: Observation,
    posterior: Posterior,
    *,
    exact: bool = True,
    means: Sequence[Tensor] = (),
) -> Expectation:
    """Gradient and curvature under a posterior that is given.

    Parameters
    ----------
    design, parameters, observation, exact
        As for :func:`expect`.
    posterior : Posterior
        Probabilities of states.
    means : sequence of Tensor
        Means of the observations in the chunks, if they are there already; with one state where
        all states have the same.

    Returns
    -------
    expectation : Expectation
        With this posterior.
    """
    sums = _Sums.empty(design, parameters, exact)
    responsible = torch.from_numpy(posterior.states).to(design.features) * design.usable[:, None]
    for i, rows in enumerate(chunks(design, parameters)):
        mean = means[i] if means else observation.mean(weighted_inputs(design, parameters, rows))
        y = design.counts[rows, None]
        score, information = observation.slopes(y, mean, parameters.variance)
        gamma = responsible[rows, :, None]
        sums.add(design, rows, score * gamma, information * gamma)
        if sums.squares is not None:
            sums.squares += ((y - mean).square() * gamma).sum(0)
    return Expectation(posterior, sums.gradient(), sums.curvature(design), sums.squares)


@dataclass
class _Sums:
    """Sums over chunks of bins."""

    slope: Tensor
    exact: Tensor | None
    gram: Tensor
    level: Tensor
    squares: Tensor | None
    shape: tuple[int, int]

    @classmethod
    def empty(cls, design: Design, parameters: Parameters, exact: bool) -> "_Sums":
        s, n, f = parameters.n_states, design.n_neurons, design.n_features
        zeros = design.features.new_zeros
        gaussian = parameters.variance is not None
        return cls(
            slope=zeros((f, s * n)),
            exact=zeros((f * (f + 1) // 2, s * n)) if exact else None,
            gram=zeros((s, 0 if exact else f, 0 if exact else f)),
            level=zeros((s, n)),
            squares=zeros((s, n)) if gaussian else None,
            shape=(s, n),
        )

    def add(self, design: Design, rows: slice, score: Tensor, information: Tensor) -> None:
        features = design.features[rows]
        self.slope += features.mT @ score.flatten(1)
        if self.exact is not None:
            self.exact += design.pairwise(rows).mT @ information.flatten(1)
            return
        self.level += information.sum(0)
        mean = information.mean(-1)
        for state in range(self.shape[0]):
            self.gram[state] += features.mT @ (features * mean[:, state, None])

    def gradient(self) -> Tensor:
        return self.slope.reshape(-1, *self.shape).transpose(0, 1).contiguous()

    def curvature(self, design: Design) -> Curvature:
        if self.exact is None:
            scale = self.level / self.level.mean(1, keepdim=True).clamp(min=1e-300)
            return Curvature(gram=self.gram, scale=scale)
        f = design.n_features
        full = self.exact.new_empty((*self.shape, f, f))
        rows, columns = design.triangle
        packed = self.exact.reshape(-1, *self.shape).permute(1, 2, 0)
        full[..., rows, columns] = packed
        full[..., columns, rows] = packed
        return Curvature(exact=full)


def chunks(design: Design, parameters: Parameters) -> Iterator[slice]:
    """Bins whose matrices of inputs stay in the cache."""
    step = max(64, CHUNK // (parameters.n_states * design.n_neurons))
    return (slice(i, min(i + step, design.n_bins)) for i in range(0, design.n_bins, step))


def weighted_inputs(design: Design, parameters: Parameters, rows: slice) -> Tensor:
    """Weighted inputs of some bins, shape (n_bins, n_states, n_neurons)."""
    s, n = parameters.n_states, design.n_neurons
    table = parameters.all_weights.transpose(0, 1).reshape(design.n_features, s * n)
    return (design.features[rows] @ table).reshape(-1, s, n)


def _logs(
    design: Design, parameters: Parameters, observation: Observation, rows: slice
) -> tuple[Tensor, Tensor]:
    """Log-likelihood of some bins under each state, and the means of the observations."""
    eta = weighted_inputs(design, parameters, rows)
    mean = observation.mean(eta)
    y = design.counts[rows, None]
    return observation.log_likelihood(y, eta, mean, parameters.variance), mean


def _finished(logs: Tensor, design: Design, observation: Observation) -> Floats:
    if observation.family == "poisson":
        logs = logs - design.log_factorials[:, None]
    logs = torch.where(design.usable[:, None], logs, 0.0)
    return np.asarray(logs.cpu().numpy())
