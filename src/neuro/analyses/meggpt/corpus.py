"""Sessions as a model reads them: tokens, what they decode to so far, and their statistics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokenizer, Tokens

LAGS = (1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 27, 33)
"""Distances, in samples, at which the autocorrelation is one of a channel's statistics."""


@dataclass(frozen=True)
class Session:
    """One session.

    Parameters
    ----------
    tokens : ndarray, shape (n_channels, n_times)
        Tokens.
    trace : ndarray of float32, shape (n_channels, n_times)
        What the tokens up to each sample decode to.
    statistics : ndarray of float32, shape (n_channels, n_statistics)
        Of the session's beginning, which is no target where others are.
    begin : int
        First sample that statistics have not seen.
    """

    tokens: Tokens
    trace: Signals
    statistics: NDArray[np.float32]
    begin: int


def prepare(tokenizer: Tokenizer, data: Signals, share: float = 0.2) -> Session:
    """Tokens of a session, and statistics of its beginning.

    Parameters
    ----------
    tokenizer : Tokenizer
        Fitted.
    data : ndarray, shape (n_channels, n_times)
        Standardized signals.
    share : float
        Share of the session that statistics are taken from.

    Returns
    -------
    session : Session
        As a model reads it.
    """
    return session(tokenizer, tokenizer.encode(data), share)


def session(tokenizer: Tokenizer, tokens: Tokens, share: float = 0.2) -> Session:
    """What a model reads of tokens, and statistics of their beginning, a share of all samples."""
    trace = tokenizer.trace(tokens)
    begin = max(int(share * tokens.shape[1]), 2)
    early = tokens[:, :begin], trace[:, :begin]
    return Session(tokens, trace, statistics(*early, tokenizer.n_tokens), begin)


def statistics(tokens: Tokens, trace: Signals, n_tokens: int) -> NDArray[np.float32]:
    """What tells channels of sessions apart: how often tokens occur, and autocorrelations.

    Parameters
    ----------
    tokens : ndarray, shape (n_channels, n_times)
        Tokens.
    trace : ndarray, shape (n_channels, n_times)
        What they decode to.
    n_tokens : int
        Size of the vocabulary.

    Returns
    -------
    statistics : ndarray of float32, shape (n_channels, n_tokens + len(LAGS))
        Square roots of frequencies, then autocorrelations.
    """
    counts = np.stack([np.bincount(row, minlength=n_tokens) for row in tokens])
    centered = trace - trace.mean(axis=1, keepdims=True)
    power = np.maximum((centered**2).mean(axis=1), 1e-12)
    n = centered.shape[1]
    lagged = [
        (centered[:, min(lag, n - 1) :] * centered[:, : n - min(lag, n - 1)]).mean(axis=1) / power
        for lag in LAGS
    ]
    frequencies = np.sqrt(counts / tokens.shape[1])
    return np.concatenate([frequencies, np.stack(lagged, axis=1)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Batch:
    """Windows of sessions.

    Parameters
    ----------
    tokens : Tensor of int64, shape (n_windows, n_channels, n_times + 1)
        Tokens; all but the last are read, all but the first are targets.
    past : Tensor, shape (n_windows, n_channels, n_times + lags - 1)
        What tokens decode to.
    statistics : Tensor, shape (n_windows, n_channels, n_statistics)
        Of the sessions.
    """

    tokens: Tensor
    past: Tensor
    statistics: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(self.tokens.to(device), self.past.to(device), self.statistics.to(device))


def cut(sessions: Sequence[Session], where: Sequence[tuple[int, int]], n: int, lags: int) -> Batch:
    """Windows of `n` targets; `where` gives session and first sample read of each."""
    tokens, past = [], []
    for index, begin in where:
        session = sessions[index]
        tokens.append(session.tokens[:, begin : begin + n + 1].astype(np.int64))
        first = begin - lags + 1
        missing = max(-first, 0)
        piece = session.trace[:, max(first, 0) : begin + n]
        past.append(np.pad(piece, ((0, 0), (missing, 0))))
    known = np.stack([sessions[index].statistics for index, _ in where])
    arrays = np.stack(tokens), np.stack(past), known
    return Batch(*(torch.from_numpy(each) for each in arrays))


def every_window(sessions: Sequence[Session], n: int) -> list[tuple[int, int]]:
    """Windows side by side, of what statistics have not seen."""
    return [
        (index, begin)
        for index, session in enumerate(sessions)
        for begin in range(session.begin, session.tokens.shape[1] - n, n)
    ]
