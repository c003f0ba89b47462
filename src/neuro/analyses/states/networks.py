"""Networks of the states: where they differ, and whether they follow tuning."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states.chain import Posterior
from neuro.analyses.states.design import Design, design
from neuro.analyses.states.em import is_exact
from neuro.analyses.states.expectation import chunks, slopes_given, weighted_inputs
from neuro.analyses.states.fit import Fitted
from neuro.analyses.states.gumbel import RelaxedOneHot
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.parameters import Parameters
from neuro.analyses.states.priors import Hierarchy
from neuro.analyses.states.sequences import Sequences

Floats = NDArray[np.float64]
LEAST_SHIFT = 0.05
"""Least circular shift, as a share of the recording."""


@dataclass(frozen=True)
class Networks:
    """Interactions of the states.

    Parameters
    ----------
    weights : ndarray, shape (n_states, n_neurons, n_neurons)
        Summed over the functions of the lag; target x source.
    adjacency : ndarray of int or None, shape (n_states, n_neurons, n_neurons)
        -1 inhibitory, 0 none, 1 excitatory; of one-hot priors.
    shared : ndarray, shape (n_neurons, n_neurons)
        The graph behind all states: P(excitatory) - P(inhibitory), or the mean weight.
    change : ndarray, shape (n_neurons, n_neurons)
        Range of each weight over states.
    p : ndarray, shape (n_neurons, n_neurons)
        Of the change, corrected over all edges by the largest change of each shift.
    """

    weights: Floats
    adjacency: NDArray[np.int64] | None
    shared: Floats
    change: Floats
    p: Floats


def networks(
    fitted: Fitted, sequences: Sequences, n_shifts: int, rng: np.random.Generator
) -> Networks:
    """Describe the networks of a fitted model.

    Changes between states are tested against circular shifts of the states' probabilities: these
    keep their durations and the neurons' own history, but not what belongs together.

    Parameters
    ----------
    fitted : Fitted
        The model.
    sequences : Sequences
        The data it was fitted to.
    n_shifts : int
        Circular shifts.
    rng : numpy.random.Generator
        Random numbers.
    """
    made = design(sequences, fitted.spec.layout)
    posterior = fitted.posterior(sequences)
    weights = _summed(fitted.parameters.weights, made)
    n = made.n_neurons
    if fitted.parameters.n_states == 1 or not made.n_history:
        none = np.zeros((n, n)), np.ones((n, n))
        return Networks(weights, _classes(fitted), _shared(fitted, weights), *none)
    at, means = _without_states(made, fitted)
    found = _standardized_range(made, fitted, at, means, posterior.states)
    largest = np.zeros(n_shifts)
    low, high = (int(share * made.n_bins) for share in (LEAST_SHIFT, 1 - LEAST_SHIFT))
    for i in range(n_shifts):
        shift = int(rng.integers(low, high))
        moved = np.roll(posterior.states, shift, axis=0)
        largest[i] = _standardized_range(made, fitted, at, means, moved).max()
    above = (largest[:, np.newaxis, np.newaxis] >= found).sum(axis=0)
    return Networks(
        weights,
        _classes(fitted),
        _shared(fitted, weights),
        np.ptp(weights, axis=0),
        (above + 1) / (n_shifts + 1),
    )


def _without_states(made: Design, fitted: Fitted) -> tuple[Parameters, list[torch.Tensor]]:
    """Weights that are the same in all states, and the means that they give."""
    old = fitted.parameters
    s = old.n_states
    mean = old.weights.mean(0, keepdim=True)
    chain = np.eye(s), np.full(s, 1 / s)
    many = Parameters(mean.expand(s, -1, -1).clone(), old.shared, *chain, old.variance)
    one = Parameters(mean, old.shared, *chain)
    observation = fitted.spec.observation
    means = [observation.mean(weighted_inputs(made, one, rows)) for rows in chunks(made, many)]
    return many, means


def _standardized_range(
    made: Design, fitted: Fitted, at: Parameters, means: list[torch.Tensor], states: Floats
) -> Floats:
    """Largest difference of each weight from its mean over states, in standard errors."""
    s = states.shape[1]
    given = Posterior(np.ascontiguousarray(states), np.zeros((s, s)), np.zeros(1))
    prior = Hierarchy(variance=0.1, learn=False)
    observation = fitted.spec.observation
    found = slopes_given(made, at, observation, given, exact=is_exact(made), means=means)
    at = at.with_weights(*prior.step(found, at, made.n_history)[:2])
    each = (found.curvature.of(slice(i, i + 1))[:, 0] for i in range(made.n_neurons))
    error = torch.stack([own.diagonal(dim1=1, dim2=2) for own in each], 2)[:, : made.n_history]
    history = at.weights[:, : made.n_history]
    # Rarely visited states have broad errors, and do not count for more.
    share = error / (error + 1 / 0.1)
    center = (share * history).sum(0) / share.sum(0)
    score = ((history - center).abs() * (error + 1 / 0.1).sqrt()).amax(0)
    n = made.n_neurons
    return np.asarray(score.reshape(-1, n, n).amax(0).T.numpy())


def _summed(weights: torch.Tensor, made: Design) -> Floats:
    n = made.n_neurons
    history = weights[:, : made.n_history].reshape(len(weights), -1, n, n)
    return np.ascontiguousarray(history.sum(1).transpose(1, 2).numpy())


def _classes(fitted: Fitted) -> NDArray[np.int64] | None:
    prior = fitted.prior
    if isinstance(prior, OneHot):
        return prior.adjacency
    if isinstance(prior, RelaxedOneHot) and prior.logits is not None:
        return np.asarray(prior.logits.argmax(-1).transpose(1, 2).numpy() - 1)
    return None


def _shared(fitted: Fitted, weights: Floats) -> Floats:
    prior = fitted.prior
    if isinstance(prior, OneHot) and prior.probabilities is not None:
        return np.asarray((prior.probabilities[2] - prior.probabilities[0]).T)
    return np.asarray(weights.mean(axis=0))


def preferred(counts: Floats, angle: Floats, n_sectors: int = 36) -> tuple[Floats, Floats]:
    """Preferred angle of each neuron, and the resultant length of its curve.

    Parameters
    ----------
    counts : ndarray, shape (n_bins, n_neurons)
        Counts.
    angle : ndarray, shape (n_bins,)
        rad; NaN where unknown.
    n_sectors : int
        Bins of the curve.

    Returns
    -------
    direction, length : ndarray, shape (n_neurons,)
        rad; from 0 to 1.
    """
    known = np.isfinite(angle)
    sector = (angle[known] / (2 * np.pi) * n_sectors).astype(int) % n_sectors
    visits = np.bincount(sector, minlength=n_sectors)
    seen = visits > 0
    center = (np.arange(n_sectors) + 0.5) * 2 * np.pi / n_sectors
    vectors = np.zeros(counts.shape[1], complex)
    for i, column in enumerate(counts[known].T):
        rate = np.bincount(sector, column, n_sectors)[seen] / visits[seen]
        vectors[i] = (rate * np.exp(1j * center[seen])).sum() / max(rate.sum(), 1e-12)
    return np.angle(vectors) % (2 * np.pi), np.abs(vectors)


def follows_tuning(
    weights: Floats, direction: Floats, tuned: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[float, float]:
    """Whether neurons of like preference excite each other.

    Parameters
    ----------
    weights : ndarray, shape (n_neurons, n_neurons)
        Target x source; self-weights do not count.
    direction : ndarray, shape (n_neurons,)
        Preferred angles, rad.
    tuned : ndarray of bool, shape (n_neurons,)
        Neurons that count; at least 3.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    correlation : float
        Spearman's, of the weight with the cosine of the angle between preferences.
    p : float
        Against permutations of the neurons' preferences (Mantel), two-sided.
    """
    from scipy.stats import rankdata

    table, angles = weights[np.ix_(tuned, tuned)], direction[tuned]
    off = ~np.eye(len(angles), dtype=bool)
    ranks = rankdata(table[off])

    def correlate(order: NDArray[np.int64]) -> float:
        alike = np.cos(angles[order][:, np.newaxis] - angles[order])
        return float(np.corrcoef(ranks, rankdata(alike[off].round(12)))[0, 1])

    found = correlate(np.arange(len(angles)))
    null = np.array([correlate(rng.permutation(len(angles))) for _ in range(999)])
    return found, float(((np.abs(null) >= abs(found)).sum() + 1) / 1000)
