"""What a tokenizer costs and what it keeps: entropy of tokens, variance explained."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.ngrams import MOST, NGram
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokenizer


@dataclass(frozen=True)
class Rate:
    """Rate and distortion of a tokenizer on held-out sessions.

    Parameters
    ----------
    pve : float
        Percentage of variance explained by the decoded tokens.
    used : int
        Number of different tokens that occurred.
    unigram, bigram, trigram : float
        Nats per token that a context of no, one and two tokens leaves, estimated on the training
        sessions and charged on the held-out ones; infinite where there are too many contexts.
    """

    pve: float
    used: int
    unigram: float
    bigram: float
    trigram: float

    @property
    def best(self) -> float:
        """The cheapest of the three codes, in nats per token."""
        return min(self.unigram, self.bigram, self.trigram)


def explained(data: Signals, decoded: Signals) -> float:
    """Percentage of variance explained, over all channels and samples."""
    original = data.astype(np.float64)
    return float(100 * (1 - np.sum((original - decoded) ** 2) / np.sum(original**2)))


def measure(tokenizer: Tokenizer, train: Sequence[Signals], test: Sequence[Signals]) -> Rate:
    """Rate and distortion of a fitted tokenizer.

    Parameters
    ----------
    tokenizer : Tokenizer
        Fitted, to the training sessions.
    train, test : sequence of ndarray, shape (n_channels, n_times)
        Standardized sessions.

    Returns
    -------
    rate : Rate
        On the test sessions.
    """
    learned = [tokenizer.encode(each) for each in train]
    tokens = [tokenizer.encode(each) for each in test]
    decoded = np.concatenate([tokenizer.decode(each).ravel() for each in tokens])
    original = np.concatenate([each.ravel() for each in test])
    n = tokenizer.n_tokens
    costs = [
        NGram(order, n).fit(learned).score(tokens).nats if n**order <= MOST else np.inf
        for order in (1, 2, 3)
    ]
    used = len(np.unique(np.concatenate([each.ravel() for each in tokens])))
    return Rate(explained(original, decoded), used, *costs)


def at_rate(rates: Sequence[Rate], nats: float) -> float:
    """Percentage of variance explained at a rate, from a tokenizer's curve.

    The unexplained share falls exponentially with the rate, so it is interpolated on that scale.

    Parameters
    ----------
    rates : sequence of Rate
        One tokenizer at several settings.
    nats : float
        Nats per token, of the best of the three codes.

    Returns
    -------
    pve : float
        Percentage of variance explained; NaN beyond the curve's ends.
    """
    cost = np.array([each.best for each in rates])
    lost: NDArray[np.float64] = np.log([100 - each.pve for each in rates])
    order = np.argsort(cost)
    found = np.interp(nats, cost[order], lost[order], left=np.nan, right=np.nan)
    return float(100 - np.exp(found))
