"""How close a fitted model is to the one that made the data, and how well it predicts."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states.observations import Observation
from neuro.analyses.states.sequences import Sequences

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def match_states(truth: Ints, found: Ints, n_states: int) -> Ints:
    """Which found state stands for each true one, by the most common bins.

    Parameters
    ----------
    truth, found : ndarray of int, shape (n_bins,)
        States.
    n_states : int
        Number of both.

    Returns
    -------
    order : ndarray of int, shape (n_states,)
        Found state of each true state.
    """
    return match_any(truth, found, n_states, n_states)[1]


def match_any(truth: Ints, found: Ints, n_true: int, n_found: int) -> tuple[Ints, Ints, float]:
    """Match as many states as the fewer of both, by the most common bins.

    Parameters
    ----------
    truth, found : ndarray of int, shape (n_bins,)
        States.
    n_true, n_found : int
        Numbers of both.

    Returns
    -------
    matched, order : ndarray of int, shape (min(n_true, n_found),)
        True states, and the found one of each.
    accuracy : float
        Share of bins whose state is the one that is matched.
    """
    from scipy.optimize import linear_sum_assignment

    common = np.zeros((n_true, n_found), np.int64)
    np.add.at(common, (truth, found), 1)
    rows, columns = linear_sum_assignment(-common)
    accuracy = float(common[rows, columns].sum() / max(len(truth), 1))
    return rows.astype(np.int64), columns.astype(np.int64), accuracy


def state_accuracy(truth: Ints, found: Ints, n_states: int) -> float:
    """Share of bins whose state is right, states matched."""
    return match_any(truth, found, n_states, n_states)[2]


def weight_error(truth: Floats, found: Floats) -> float:
    """Frobenius norm of the error of the weights, mean over states; states in one order."""
    return float(np.linalg.norm(truth - found, axis=(1, 2)).mean())


def adjacency_of(weights: Floats) -> Ints:
    """Class of each edge from its weight, for models without classes.

    A weight counts as an edge where it is above half the largest of its sign (eq. 8 of Li et al.,
    2024).
    """
    top = max(float(weights.max()), 1e-12)
    bottom = min(float(weights.min()), -1e-12)
    return np.where(weights > top / 2, 1, np.where(weights < bottom / 2, -1, 0))


def balanced_accuracy(truth: Ints, found: Ints) -> float:
    """Mean over the classes -1, 0, 1 of the share of edges that are found."""
    shares = [(found[truth == kind] == kind).mean() for kind in (-1, 0, 1) if (truth == kind).any()]
    return float(np.mean(shares))


def null_log_likelihood(sequences: Sequences, mean: Floats, observation: Observation) -> Floats:
    """Log-likelihood of each sequence under constant rates, nats.

    Parameters
    ----------
    sequences : Sequences
        Test data.
    mean : ndarray, shape (n_neurons,)
        Mean counts of the training data.
    observation : Observation
        Family; only counts have this null.
    """
    y = torch.from_numpy(sequences.counts)
    p = torch.from_numpy(mean).clamp(min=1e-9)
    if observation.family == "gaussian":
        raise ValueError("bits per spike: not defined for gaussian observations; use nats per bin")
    if observation.family == "bernoulli":
        logs = (y * p.log() + (1 - y) * (1 - p.clamp(max=1 - 1e-9)).log()).sum(1)
    else:
        logs = (y * p.log() - p).sum(1) + observation.constant(y)
    logs = torch.where(torch.from_numpy(sequences.observed), logs, 0.0)
    return np.add.reduceat(logs.numpy(), sequences.starts[:-1])


def bits_per_spike(
    log_likelihood: Floats, null: Floats, sequences: Sequences | Sequence[Sequences]
) -> float:
    """Gain over the null, bits per spike."""
    parts = [sequences] if isinstance(sequences, Sequences) else sequences
    n_spikes = sum(float(part.counts.sum()) for part in parts)
    return float((log_likelihood.sum() - null.sum()) / n_spikes / np.log(2))
