"""The hidden Markov chain: forward-backward and Viterbi over many sequences at once.

Forward and backward messages are scaled in each bin (Rabiner, 1989, Proc. IEEE 77:257-286). On the
CPU the loop over bins is compiled; on other devices all sequences advance together.
"""

from dataclasses import dataclass

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Posterior:
    """What the data say about the states.

    Parameters
    ----------
    states : ndarray, shape (n_bins, n_states)
        Probability of each state, given all observations of the sequence.
    pairs : ndarray, shape (n_states, n_states) or (n_bins, n_states, n_states)
        Expected number of transitions; of each bin (into it) where transitions vary.
    log_likelihood : ndarray, shape (n_sequences,)
        Of the observations, states summed out.
    """

    states: Floats
    pairs: Floats
    log_likelihood: Floats


def forward_backward(
    log_emission: Floats, starts: Ints, initial: Floats, transitions: Floats
) -> Posterior:
    """Probabilities of states given the observations.

    Parameters
    ----------
    log_emission : ndarray, shape (n_bins, n_states)
        Log-likelihood of each bin under each state; 0 for missing bins.
    starts : ndarray of int, shape (n_sequences + 1,)
        First bin of each sequence, and the number of bins.
    initial : ndarray, shape (n_states,)
        Probabilities of the first bin's state.
    transitions : ndarray, shape (n_states, n_states) or (n_bins, n_states, n_states)
        Probability of going from state (row) to state (column); where they vary, those of a bin
        lead into it.

    Returns
    -------
    posterior : Posterior
        States, transitions, likelihood.

    Raises
    ------
    ValueError
        If no state can have given the observations of a bin.
    """
    varying = transitions.ndim == 3
    matrices = np.ascontiguousarray(transitions if varying else transitions[np.newaxis])
    logs = np.ascontiguousarray(log_emission)
    peak = logs.max(axis=1)
    if not np.isfinite(peak).all():
        where = int(np.flatnonzero(~np.isfinite(peak))[0])
        raise ValueError(
            f"forward-backward: no state can have given the observations of bin {where}; "
            f"log-likelihoods are {log_emission[where]}"
        )
    emission = np.exp(logs - peak[:, np.newaxis])
    n_bins, n_states = logs.shape
    pairs = np.zeros((n_bins if varying else 1, n_states, n_states))
    states = np.empty_like(logs)
    likelihood = np.zeros(len(starts) - 1)
    _messages(emission, peak, starts, initial, matrices, states, pairs, likelihood)
    return Posterior(states, pairs if varying else pairs[0], likelihood)


@numba.njit(cache=True, fastmath={"contract", "reassoc"})
def _messages(  # type: ignore[no-untyped-def]
    emission, peak, starts, initial, matrices, states, pairs, likelihood
):
    """Fill `states` (first with the forward messages), `pairs` and `likelihood`."""
    n_states = emission.shape[1]
    varying = len(matrices) > 1
    beta = np.empty(n_states)
    below = np.empty(n_states)
    for sequence in range(len(starts) - 1):
        first, stop = starts[sequence], starts[sequence + 1]
        for t in range(first, stop):
            matrix = matrices[t if varying else 0]
            total = 0.0
            for j in range(n_states):
                value = 0.0
                if t == first:
                    value = initial[j]
                else:
                    for i in range(n_states):
                        value += states[t - 1, i] * matrix[i, j]
                value *= emission[t, j]
                states[t, j] = value
                total += value
            for j in range(n_states):
                states[t, j] /= total
            likelihood[sequence] += np.log(total) + peak[t]
        beta[:] = 1.0
        for t in range(stop - 1, first, -1):
            matrix = matrices[t if varying else 0]
            into = pairs[t if varying else 0]
            total = 0.0
            for j in range(n_states):
                below[j] = emission[t, j] * beta[j]
            for i in range(n_states):
                value = 0.0
                for j in range(n_states):
                    value += matrix[i, j] * below[j]
                beta[i] = value
                total += states[t - 1, i] * value
            for i in range(n_states):
                scaled = states[t - 1, i] / total
                for j in range(n_states):
                    into[i, j] += scaled * matrix[i, j] * below[j]
            top = 0.0
            for i in range(n_states):
                states[t - 1, i] *= beta[i] / total
                top = max(top, beta[i])
            for i in range(n_states):
                beta[i] /= top


def viterbi(log_emission: Floats, starts: Ints, initial: Floats, transitions: Floats) -> Ints:
    """Most probable path of states.

    Parameters
    ----------
    log_emission, starts, initial, transitions
        As for :func:`forward_backward`.

    Returns
    -------
    path : ndarray of int, shape (n_bins,)
        State of each bin.
    """
    matrices = transitions if transitions.ndim == 3 else transitions[np.newaxis]
    with np.errstate(divide="ignore"):
        log_initial, log_matrices = np.log(initial), np.log(np.ascontiguousarray(matrices))
    logs = np.ascontiguousarray(log_emission)
    path = np.empty(len(logs), np.int64)
    _paths(logs, starts, log_initial, log_matrices, path)
    return path


@numba.njit(cache=True)
def _paths(logs, starts, log_initial, log_matrices, path):  # type: ignore[no-untyped-def]
    n_states = logs.shape[1]
    varying = len(log_matrices) > 1
    came_from = np.empty((len(logs), n_states), np.int32)
    score = np.empty(n_states)
    fresh = np.empty(n_states)
    for sequence in range(len(starts) - 1):
        first, stop = starts[sequence], starts[sequence + 1]
        for j in range(n_states):
            score[j] = log_initial[j] + logs[first, j]
        for t in range(first + 1, stop):
            matrix = log_matrices[t if varying else 0]
            for j in range(n_states):
                best = 0
                for i in range(1, n_states):
                    if score[i] + matrix[i, j] > score[best] + matrix[best, j]:
                        best = i
                came_from[t, j] = best
                fresh[j] = score[best] + matrix[best, j] + logs[t, j]
            score[:] = fresh
        path[stop - 1] = np.argmax(score)
        for t in range(stop - 1, first, -1):
            path[t - 1] = came_from[t, path[t]]


def forward_backward_torch(
    log_emission: Tensor, initial: Tensor, transitions: Tensor, lengths: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Forward-backward of a batch, in torch on any device.

    Parameters
    ----------
    log_emission : Tensor, shape (n_sequences, n_bins, n_states)
        Log-likelihoods; padded at the end.
    initial : Tensor, shape (..., n_states)
        Probabilities of the first state, of each sequence or of all.
    transitions : Tensor, shape (..., n_states, n_states)
        Probabilities, of each sequence (a restart, say) or of all.
    lengths : Tensor of int, shape (n_sequences,)
        Bins of each sequence.

    Returns
    -------
    states : Tensor, shape (n_sequences, n_bins, n_states)
        Posterior; 0 in the padding.
    pairs : Tensor, shape (n_sequences, n_states, n_states)
        Expected transitions.
    log_likelihood : Tensor, shape (n_sequences,)
        States summed out.
    """
    n, n_bins, n_states = log_emission.shape
    inside = torch.arange(n_bins, device=log_emission.device) < lengths[:, None]
    logs = torch.where(inside[..., None], log_emission, 0.0)
    peak = logs.amax(-1, keepdim=True)
    emission = (logs - peak).exp()
    matrix = transitions.expand(n, n_states, n_states)
    alpha = torch.empty_like(logs)
    total = torch.empty_like(peak)
    message = initial.expand(n, n_states)
    for t in range(n_bins):
        if t:
            message = (alpha[:, t - 1, None] @ matrix)[:, 0]
        message = message * emission[:, t]
        total[:, t] = message.sum(-1, keepdim=True)
        alpha[:, t] = message / total[:, t]
    log_likelihood = torch.where(inside, (total.log() + peak)[..., 0], 0.0).sum(-1)
    beta = torch.ones_like(logs)
    for t in range(n_bins - 1, 0, -1):
        below = (emission[:, t] * beta[:, t] / total[:, t])[..., None]
        beta[:, t - 1] = torch.where(inside[:, t, None], (matrix @ below)[..., 0], 1.0)
    states = torch.where(inside[..., None], alpha * beta, 0.0)
    into = torch.where(inside[..., None], emission * beta / total, 0.0)[:, 1:]
    pairs = matrix * torch.einsum("nti,ntj->nij", alpha[:, :-1], into)
    return states, pairs, log_likelihood
