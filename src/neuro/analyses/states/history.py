"""What the recent past says: counts of earlier bins, weighted by a few functions of the lag."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.sequences import Sequences

Floats = NDArray[np.float64]


def exponential(n_lags: int, decay: float = 1.0) -> Floats:
    """One function that falls exponentially with the lag.

    Parameters
    ----------
    n_lags : int
        Bins of the past.
    decay : float
        Fall per bin.

    Returns
    -------
    basis : ndarray, shape (1, n_lags)
        From the most recent bin on; sums to 1.

    Raises
    ------
    ValueError
        If `n_lags` is below 1.
    """
    _check_lags(n_lags)
    values = np.exp(-decay * np.arange(1, n_lags + 1))
    return np.asarray((values / values.sum())[np.newaxis], np.float64)


def raised_cosine(n_lags: int, n_functions: int) -> Floats:
    """Bumps that widen with the lag (Pillow et al., 2008, Nature 454:995-999).

    Parameters
    ----------
    n_lags : int
        Bins of the past.
    n_functions : int
        Number of bumps.

    Returns
    -------
    basis : ndarray, shape (n_functions, n_lags)
        From the most recent bin on; each sums to 1.

    Raises
    ------
    ValueError
        If there are more functions than lags.
    """
    _check_lags(n_lags)
    if not 1 <= n_functions <= n_lags:
        raise ValueError(f"n_functions must be from 1 to n_lags = {n_lags}, got {n_functions}")
    warped = np.log(np.arange(1, n_lags + 1, dtype=np.float64))
    if n_functions == 1:
        spacing, centers = max(warped[-1], 1.0), np.zeros(1)
    else:
        spacing = warped[-1] / (n_functions - 1)
        centers = spacing * np.arange(n_functions)
    phase = np.clip((warped - centers[:, np.newaxis]) * np.pi / (2 * spacing), -np.pi, np.pi)
    bumps = 0.5 * (1 + np.cos(phase))
    return np.asarray(bumps / bumps.sum(axis=1, keepdims=True), np.float64)


def lagged(sequences: Sequences, lag: int) -> Floats:
    """Counts `lag` bins ago; 0 before the beginning of a sequence."""
    past = np.zeros_like(sequences.counts)
    if lag < sequences.n_bins:
        past[lag:] = sequences.counts[:-lag] if lag else sequences.counts
    for start in sequences.starts[1:-1]:
        past[start : start + lag] = 0.0
    return past


def convolve(sequences: Sequences, basis: Floats) -> Tensor:
    """Past counts weighted by each function of the basis.

    Parameters
    ----------
    sequences : Sequences
        The counts.
    basis : ndarray, shape (n_functions, n_lags)
        From the most recent bin on.

    Returns
    -------
    past : Tensor, shape (n_bins, n_functions * n_neurons)
        All neurons of the first function, then of the next; float64.
    """
    n_functions = len(basis)
    past = np.zeros((sequences.n_bins, n_functions, sequences.n_neurons))
    for k in range(basis.shape[1]):
        counts = lagged(sequences, k + 1)
        for b in range(n_functions):
            past[:, b] += basis[b, k] * counts
    return torch.from_numpy(past.reshape(sequences.n_bins, -1))


def usable(sequences: Sequences, n_lags: int, silent_before: bool = True) -> NDArray[np.bool_]:
    """Bins that are measured and whose past is: only these say anything about the weights.

    Parameters
    ----------
    sequences : Sequences
        The counts.
    n_lags : int
        Bins of the past that count.
    silent_before : bool
        Whether nothing was there before a sequence began; else its first bins' past is unknown.

    Returns
    -------
    usable : ndarray of bool, shape (n_bins,)
        The bins.
    """
    good = sequences.observed.copy()
    for index in range(sequences.n_sequences):
        rows = slice(sequences.starts[index], sequences.starts[index + 1])
        seen = sequences.observed[rows]
        for lag in range(1, min(n_lags, len(seen) - 1) + 1):
            good[rows][lag:] &= seen[:-lag]
        if not silent_before:
            good[rows][:n_lags] = False
    return good


def _check_lags(n_lags: int) -> None:
    if n_lags < 1:
        raise ValueError(f"n_lags must be at least 1, got {n_lags}")
