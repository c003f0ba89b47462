"""One filter per token: laying them over each other, and the best ones for given tokens."""

from collections.abc import Sequence

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokens
from neuro.stats.compiled import compiled

RIDGE = 1.0
"""Pull towards the filters as they were, in occurrences of a token: rare ones hardly move."""


@compiled
def lay(
    tokens: Tokens,
    filters: NDArray[np.float32],
    offset: float,
    ahead: int,
    out: NDArray[np.float32],
) -> None:
    """Signals from tokens.

    Parameters
    ----------
    tokens : ndarray, shape (n_channels, n_times)
        Tokens.
    filters : ndarray, shape (n_tokens, width)
        Their filters, in the order of time.
    offset : float
        Added to every sample.
    ahead : int
        Samples before its own that a token's filter begins.
    out : ndarray, shape (n_channels, n_times)
        Filled with signals.
    """
    n_channels, n_times = tokens.shape
    width = filters.shape[1]
    line = np.empty(n_times + width, dtype=np.float32)
    for c in range(n_channels):
        line[:] = offset
        for t in range(n_times):
            kernel = filters[tokens[c, t]]
            for i in range(width):
                line[t + i] += kernel[i]
        # A sample's own place in the line is `ahead` after the beginning of its filter.
        for t in range(n_times):
            out[c, t] = line[t + ahead]


def refit(
    sessions: Sequence[Signals],
    tokens: Sequence[Tokens],
    filters: NDArray[np.float32],
    ahead: int,
) -> tuple[NDArray[np.float32], float]:
    """Filters and offset with the least squared error, given hard tokens.

    Parameters
    ----------
    sessions : sequence of ndarray, shape (n_channels, n_times)
        Signals.
    tokens : sequence of ndarray, shape (n_channels, n_times)
        Their tokens.
    filters : ndarray, shape (n_tokens, width)
        Filters as they are.
    ahead : int
        Samples before its own that a token's filter begins.

    Returns
    -------
    filters : ndarray, shape (n_tokens, width)
        The best ones.
    offset : float
        The best offset.
    """
    n_tokens, width = filters.shape
    size = n_tokens * width
    gram, target = np.zeros((size, size)), np.zeros(size)
    for signals, each in zip(sessions, tokens, strict=True):
        for row, signal in zip(each.astype(np.int64), signals, strict=True):
            design = _design(row, width, ahead, size)
            gram += (design.T @ design).toarray()
            target += design.T @ signal.astype(np.float64)
    # A constant on one tap of every token is an offset, so no offset of its own is needed.
    before = filters.astype(np.float64).ravel()
    gram[np.diag_indices(size)] += RIDGE
    solved = scipy.linalg.solve(gram, target + RIDGE * before, assume_a="pos")
    return solved.reshape(n_tokens, width).astype(np.float32), 0.0


def _design(row: NDArray[np.int64], width: int, ahead: int, size: int) -> "scipy.sparse.csr_matrix":
    """Which filter's which tap each sample is the sum of."""
    n = len(row)
    when = np.arange(n)[:, None] + ahead - np.arange(width)
    inside = (when >= 0) & (when < n)
    columns = row[np.clip(when, 0, n - 1)] * width + np.arange(width)
    indptr = np.concatenate([[0], inside.sum(axis=1).cumsum()])
    ones = np.ones(int(indptr[-1]))
    return scipy.sparse.csr_matrix((ones, columns[inside], indptr), shape=(n, size))
