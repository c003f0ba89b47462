"""A baseline: states with their own mean counts and covariance between neurons.

A hidden Markov model with multivariate normal observations. Its density is not that of counts, so
it is compared by the counts it predicts: the Poisson log-likelihood of each bin's mean given the
past.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.chain import forward_backward
from neuro.analyses.states.sequences import Sequences
from neuro.analyses.states.transitions import first_chain

Floats = NDArray[np.float64]
SHRINKAGE = 0.05
"""Share of each covariance that is replaced by its diagonal."""
FLOOR = 1e-4


@dataclass(frozen=True)
class CorrelationHMM:
    """A fitted baseline.

    Parameters
    ----------
    means : ndarray, shape (n_states, n_neurons)
        Mean counts.
    covariances : ndarray, shape (n_states, n_neurons, n_neurons)
        Between neurons.
    transitions : ndarray, shape (n_states, n_states)
        From row to column.
    initial : ndarray, shape (n_states,)
        Of the first state.
    """

    means: Floats
    covariances: Floats
    transitions: Floats
    initial: Floats

    def posterior(self, sequences: Sequences) -> Floats:
        """Probabilities of states, shape (n_bins, n_states)."""
        logs = self._emission(sequences)
        return forward_backward(logs, sequences.starts, self.initial, self.transitions).states

    def predicted(self, sequences: Sequences) -> Floats:
        """Mean counts of each bin given the past, shape (n_bins, n_neurons)."""
        logs = self._emission(sequences)
        likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
        means = np.empty_like(sequences.counts)
        for first, stop in zip(sequences.starts[:-1], sequences.starts[1:], strict=True):
            belief = self.initial
            for t in range(first, stop):
                means[t] = belief @ self.means
                belief = belief * likelihood[t]
                belief = belief / belief.sum() @ self.transitions
        return means

    def _emission(self, sequences: Sequences) -> Floats:
        logs = np.empty((sequences.n_bins, len(self.means)))
        for s, (mean, covariance) in enumerate(zip(self.means, self.covariances, strict=True)):
            lower = np.linalg.cholesky(covariance)
            white = (sequences.counts - mean) @ np.linalg.inv(lower).T
            logs[:, s] = -0.5 * np.square(white).sum(axis=1) - np.log(np.diag(lower)).sum()
        return np.where(sequences.observed[:, np.newaxis], logs, 0.0)


def fit_correlation(
    sequences: Sequences, n_states: int, rng: np.random.Generator, n_iter: int = 40
) -> CorrelationHMM:
    """Fit the baseline by expectation-maximisation.

    Parameters
    ----------
    sequences : Sequences
        Training data.
    n_states : int
        Number of states.
    rng : numpy.random.Generator
        Random numbers of the start.
    n_iter : int
        Iterations.

    Returns
    -------
    fitted : CorrelationHMM
        The baseline.
    """
    transitions, initial = first_chain(n_states)
    y = sequences.counts[sequences.observed]
    whole = _shrink(np.cov(y.T).reshape(y.shape[1], -1))
    chosen = y[rng.choice(len(y), n_states, replace=False)]
    model = CorrelationHMM(
        0.5 * (chosen + y.mean(axis=0)), np.stack([whole] * n_states), transitions, initial
    )
    for _ in range(n_iter):
        found = forward_backward(
            model._emission(sequences), sequences.starts, model.initial, model.transitions
        )
        share = found.states[sequences.observed]
        mass = share.sum(axis=0) + 1.0
        means = (share.T @ y + y.mean(axis=0)) / mass[:, np.newaxis]
        covariances = np.empty_like(model.covariances)
        for s in range(n_states):
            left = y - means[s]
            covariances[s] = _shrink(((share[:, s, np.newaxis] * left).T @ left + whole) / mass[s])
        pairs = found.pairs + 0.1
        first = found.states[sequences.starts[:-1]].sum(axis=0) + 1 / n_states
        model = CorrelationHMM(
            means, covariances, pairs / pairs.sum(axis=1, keepdims=True), first / first.sum()
        )
    return model


def _shrink(covariance: Floats) -> Floats:
    diagonal = np.diag(np.maximum(np.diag(covariance), FLOOR))
    return (1 - SHRINKAGE) * covariance + SHRINKAGE * diagonal + FLOOR * np.eye(len(covariance))
