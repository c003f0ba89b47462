"""Contexts of no, one or two tokens: what a model must beat.

Interpolated absolute discounting (Kneser & Ney 1995 without their continuation counts): a context
gives each of its tokens a little less than it saw, and leaves the rest to the shorter context.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.tokenizers.base import Tokens
from neuro.stats.compiled import compiled

DISCOUNT = 0.75
TOP = 5
MOST = 20_000_000
"""Most n-grams that are counted."""


@dataclass(frozen=True)
class Foretold:
    """How well tokens were foretold.

    Parameters
    ----------
    nats : float
        Mean negative log probability of a token.
    top1, top5 : float
        Share of tokens that were the most probable, and among the five most probable.
    n_tokens : int
        Number of tokens that were foretold.
    """

    nats: float
    top1: float
    top5: float
    n_tokens: int

    @property
    def bits(self) -> float:
        """Mean negative log2 probability of a token."""
        return self.nats / float(np.log(2))


class NGram:
    """Probabilities of a token given the ones before it in its channel; all channels share them.

    Parameters
    ----------
    order : int
        1, 2 or 3: the number of tokens in an n-gram.
    n_tokens : int
        Size of the vocabulary.
    """

    def __init__(self, order: int, n_tokens: int) -> None:
        if order not in (1, 2, 3):
            raise ValueError(f"order: must be 1, 2 or 3. Got {order!r}.")
        if n_tokens**order > MOST:
            raise ValueError(
                f"n_tokens: {n_tokens} tokens have too many {order}-grams to count; "
                "use a smaller vocabulary or a lower order"
            )
        self.order, self.n_tokens = order, n_tokens
        self.tables: list[NDArray[np.float32]] = []

    def fit(self, sessions: Sequence[Tokens]) -> Self:
        """Count n-grams of sessions, each of shape (n_channels, n_times)."""
        lower = np.full((1, self.n_tokens), 1 / self.n_tokens, dtype=np.float32)
        self.tables = []
        for order in range(1, self.order + 1):
            counts = np.zeros(self.n_tokens**order, dtype=np.int64)
            for each in sessions:
                counts += np.bincount(_codes(each, order, self.n_tokens), minlength=len(counts))
            lower = _smooth(counts.reshape(-1, self.n_tokens), lower)
            self.tables.append(lower)
        return self

    def probabilities(self, context: Sequence[int]) -> NDArray[np.float32]:
        """Probability of each token after the last tokens of a context, shape (n_tokens,)."""
        known = list(context)[-(self.order - 1) :] if self.order > 1 else []
        row = 0
        for token in known:
            row = row * self.n_tokens + int(token)
        found: NDArray[np.float32] = self.tables[len(known)][row]
        return found

    def score(self, sessions: Sequence[Tokens], begin: int = 2) -> Foretold:
        """How well the tokens of sessions are foretold, from sample `begin` on."""
        log_p, top1, top5, n = 0.0, 0, 0, 0
        table = self.tables[-1]
        rank = _ranks(table)
        for each in sessions:
            codes = _codes(each[:, begin - self.order + 1 :], self.order, self.n_tokens)
            log_p -= float(np.log(table.ravel()[codes]).sum(dtype=np.float64))
            found = rank.ravel()[codes]
            top1, top5 = top1 + int((found < 1).sum()), top5 + int((found < TOP).sum())
            n += len(codes)
        return Foretold(log_p / n, top1 / n, top5 / n, n)


def _codes(tokens: Tokens, order: int, n_tokens: int) -> NDArray[np.int64]:
    """Number of each n-gram."""
    n = tokens.shape[1] - order + 1
    code = np.zeros((len(tokens), max(n, 0)), dtype=np.int64)
    for i in range(order):
        code = code * n_tokens + tokens[:, i : i + n]
    return code.ravel()


def _smooth(counts: NDArray[np.int64], lower: NDArray[np.float32]) -> NDArray[np.float32]:
    """Discounted shares of each context, filled up from the shorter context's."""
    total = counts.sum(axis=1, keepdims=True)
    kinds = (counts > 0).sum(axis=1, keepdims=True)
    left = np.where(total > 0, DISCOUNT * kinds / np.maximum(total, 1), 1.0)
    share = np.maximum(counts - DISCOUNT, 0) / np.maximum(total, 1)
    below = np.tile(lower, (len(counts) // len(lower), 1))  # contexts that share their last tokens
    mixed: NDArray[np.float32] = (share + left * below).astype(np.float32)
    return mixed


@compiled
def _ranks(table: NDArray[np.float32]) -> NDArray[np.int16]:
    """Number of tokens more probable than each, earlier ones first among equals."""
    out = np.empty(table.shape, dtype=np.int16)
    for row in range(table.shape[0]):
        order = np.argsort(-table[row], kind="mergesort")
        for place in range(len(order)):
            out[row, order[place]] = place
    return out
