"""The one-hot prior: an edge inhibits, is absent, or excites, with probabilities all states share.

Li et al. (2024) relax the three classes of an edge to a point of the simplex (module `gumbel`).
Here is the limit of temperature zero: each edge of each state is of one class, a mixture of a
point at zero and of two half-lines with truncated normal strengths. The posterior over classes
and strengths is approximated by one factor per edge (mean field) under the quadratic of Fisher
scoring; the Dirichlet of the shared probabilities and the strengths' mean and spread are learned
from all edges (empirical Bayes). All densities are proper, so that likelihoods can be compared.
"""

import math
from dataclasses import dataclass, field, replace

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.expectation import Expectation
from neuro.analyses.states.parameters import Parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_CONCENTRATION = 1e-2


@dataclass(frozen=True)
class OneHot:
    """One-hot prior with what has been learned.

    Parameters
    ----------
    groups : ndarray of int, shape (n_neurons,), or None
        Cell type of each neuron: each pair of types has its own Dirichlet. None for one type.
    concentration : ndarray, shape (n_group_pairs, 3)
        Dirichlet of the probabilities of an inhibitory, no, and an excitatory edge; learned.
    strength, spread : float
        Mean and standard deviation of the normal that is cut at zero; learned.
    temperature : float
        Above 1, evidence about classes counts less: for annealing.
    probabilities : ndarray or None, shape (3, n_history, n_neurons)
        Shared probabilities of the classes of each edge, source first.
    classes : ndarray or None, shape (n_states, n_history, n_neurons, 3)
        Posterior of the classes.
    """

    groups: Ints | None = None
    concentration: Floats = field(default_factory=lambda: np.array([[0.2, 1.6, 0.2]]))
    strength: float = 0.8
    spread: float = 0.5
    temperature: float = 1.0
    probabilities: Floats | None = None
    classes: Floats | None = None

    def step(
        self, expectation: Expectation, parameters: Parameters, n_history: int
    ) -> tuple[Tensor, Tensor, "OneHot"]:
        """Mean-field step; weights are posterior means."""
        pairs = self._pairs(n_history)
        concentration = self.concentration
        if len(concentration) != pairs.max() + 1:
            concentration = np.repeat(concentration[:1], pairs.max() + 1, axis=0)
        classes = self.classes
        if classes is None:
            shape = (parameters.n_states, n_history, n_history, 3)
            classes = np.broadcast_to(concentration[pairs] / 2.0, shape).copy()
            classes /= classes.sum(axis=-1, keepdims=True)
        table, classes, moments = self._sweep(
            expectation, parameters, classes, concentration[pairs]
        )
        counts = classes.sum(axis=0)
        concentration = _dirichlet(counts, pairs, concentration)
        total = counts + concentration[pairs]
        strength, spread = _truncated_moments(moments, self.strength, self.spread)
        learned = replace(
            self,
            strength=strength,
            spread=spread,
            concentration=concentration,
            classes=classes,
            probabilities=np.moveaxis(total / total.sum(axis=-1, keepdims=True), -1, 0),
        )
        d = parameters.weights.shape[1]
        new = torch.from_numpy(table).to(parameters.weights)
        return new[:, :d].contiguous(), new[0, d:].contiguous(), learned

    def log_density(self, weights: Tensor, n_history: int) -> float:
        """Zero: the step is variational, and its progress is judged by the likelihood."""
        return 0.0

    @property
    def adjacency(self) -> Ints:
        """Most probable class of each edge: -1, 0, 1; shape (n_states, target, source)."""
        if self.classes is None:
            raise ValueError("adjacency: the prior has not been fitted; call `step` first")
        return np.asarray(self.classes.argmax(-1).transpose(0, 2, 1) - 1)

    def reordered(self, order: Ints) -> "OneHot":
        """The same with its states in another order."""
        return self if self.classes is None else replace(self, classes=self.classes[order])

    def _pairs(self, n_history: int) -> Ints:
        """Number of the pair of groups of each edge, source first."""
        groups = np.zeros(n_history, np.int64) if self.groups is None else self.groups
        if len(groups) != n_history:
            raise ValueError(
                f"one-hot: an edge must have one weight, but {len(groups)} neurons have "
                f"{n_history} history columns; use a basis of one function"
            )
        n = int(groups.max()) + 1
        return np.asarray(groups[:, np.newaxis] * n + groups)

    def _sweep(
        self,
        expectation: Expectation,
        parameters: Parameters,
        classes: Floats,
        concentration: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        start = parameters.all_weights.cpu().numpy()
        gradient = expectation.gradient.cpu().numpy()
        table, moments = np.empty_like(start), np.zeros(3)
        new = np.empty_like(classes)
        d = parameters.weights.shape[1]
        for neuron in range(start.shape[2]):
            curvature = expectation.curvature.of(slice(neuron, neuron + 1))[:, 0]
            theta, its, found = _mean_field(
                np.ascontiguousarray(curvature.cpu().numpy()),
                np.ascontiguousarray(gradient[:, :, neuron]),
                np.ascontiguousarray(start[:, :, neuron]),
                np.ascontiguousarray(classes[:, :, neuron]),
                np.ascontiguousarray(concentration[:, neuron]),
                self.strength,
                self.spread,
                self.temperature,
                d,
            )
            table[:, :, neuron], new[:, :, neuron] = theta, its
            moments += found
        return table, new, moments


@numba.njit(cache=True)
def _tail(x):  # type: ignore[no-untyped-def]
    """Logarithm of the normal distribution function, and density over it."""
    if x > -8.0:
        area = 0.5 * math.erfc(-x / math.sqrt(2.0))
        ratio = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) / area
        return math.log(area), ratio
    inverse = 1.0 / (x * x)
    series = 1.0 - inverse + 3.0 * inverse * inverse
    log_area = -0.5 * x * x - math.log(-x * math.sqrt(2.0 * math.pi)) + math.log(series)
    return log_area, -x / series


@numba.njit(cache=True)
def _digamma(x):  # type: ignore[no-untyped-def]
    value = 0.0
    while x < 6.0:
        value -= 1.0 / x
        x += 1.0
    f = 1.0 / (x * x)
    return value + math.log(x) - 0.5 / x - f * (1 / 12.0 - f * (1 / 120.0 - f / 252.0))


@numba.njit(cache=True)
def _half_line(target, variance, strength, spread):  # type: ignore[no-untyped-def]
    """Evidence for a positive weight against zero, and its posterior mean and second moment."""
    broad = spread * spread
    total = variance + broad
    mean = (target * broad + strength * variance) / total
    width = math.sqrt(variance * broad / total)
    log_area, ratio = _tail(mean / width)
    log_prior, _ = _tail(strength / spread)
    evidence = (
        0.5 * target * target / variance
        - 0.5 * (target - strength) ** 2 / total
        + 0.5 * math.log(variance / total)
        + log_area
        - log_prior
    )
    first = mean + width * ratio
    return evidence, first, width * width + mean * first


@numba.njit(cache=True)
def _mean_field(  # type: ignore[no-untyped-def]
    curvature, gradient, start, classes, concentration, strength, spread, temperature, n_state
):
    """Sweep over the weights of one neuron until they rest."""
    n_states, n_features = start.shape
    n_history = classes.shape[1]
    theta, slope, classes = start.copy(), gradient.copy(), classes.copy()
    log_prior, log_odds = np.empty(3), np.empty(3)
    moments = np.zeros(3)
    for _ in range(50):
        largest = 0.0
        moments[:] = 0.0
        for i in range(n_features):
            if i < n_history:
                for c in range(3):
                    total = concentration[i, c]
                    for s in range(n_states):
                        total += classes[s, i, c]
                    log_prior[c] = _digamma(total)
            for s in range(n_states if i < n_state else 1):
                own = curvature[s, i, i] + 1e-3
                pull = slope[s, i] - 1e-3 * theta[s, i]
                if i >= n_state:
                    for other in range(1, n_states):
                        own += curvature[other, i, i]
                        pull += slope[other, i]
                new = theta[s, i] + pull / own
                if i < n_history:
                    variance = 1.0 / own
                    down = _half_line(-new, variance, strength, spread)
                    up = _half_line(new, variance, strength, spread)
                    log_odds[0] = down[0] / temperature + log_prior[0]
                    log_odds[1] = log_prior[1]
                    log_odds[2] = up[0] / temperature + log_prior[2]
                    odds = np.exp(log_odds - log_odds.max())
                    odds /= odds.sum()
                    classes[s, i] = odds
                    moments[0] += odds[0] + odds[2]
                    moments[1] += odds[0] * down[1] + odds[2] * up[1]
                    moments[2] += odds[0] * down[2] + odds[2] * up[2]
                    new = odds[2] * up[1] - odds[0] * down[1]
                change = new - theta[s, i]
                largest = max(largest, abs(change))
                for other in range(s, s + 1 if i < n_state else n_states):
                    theta[other, i] = new
                    for j in range(n_features):
                        slope[other, j] -= curvature[other, j, i] * change
        if largest < 1e-5:
            break
    return theta, classes, moments


def _truncated_moments(moments: Floats, strength: float, spread: float) -> tuple[float, float]:
    """Mean and spread of the cut normal with the moments found, by a few steps of EM."""
    weight, first, second = moments
    if weight < 1.0:
        return strength, spread
    mean, square = first / weight, second / weight
    for _ in range(20):
        # A cut normal's moments: m + r s and m^2 + s^2 + m r s, with r the inverse Mills ratio.
        ratio = _tail(strength / spread)[1]
        excess = ratio * spread
        strength = mean - excess
        spread = math.sqrt(max(square - strength**2 - strength * excess, 1e-3))
        strength = max(strength, -spread)
    return float(strength), float(spread)


def _dirichlet(counts: Floats, pairs: Ints, concentration: Floats) -> Floats:
    """One step of Minka's fixed point for each pair of groups (Minka, 2000)."""
    from scipy.special import digamma

    new = concentration.copy()
    for pair in range(len(concentration)):
        its = counts[pairs == pair]
        for _ in range(5):
            alpha = new[pair]
            above = (digamma(its + alpha) - digamma(alpha)).sum(axis=0)
            below = (digamma(its.sum(axis=1) + alpha.sum()) - digamma(alpha.sum())).sum()
            new[pair] = np.maximum(alpha * above / below, LEAST_CONCENTRATION)
    return new
