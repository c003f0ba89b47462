"""The linear part of the model: an autoregression over all channels, solved before training.

It foretells the amplitude of each channel's next token from the last decoded samples of all
channels, and gives each token the probability that a Gaussian around it has in the token's cell.
What training is left with is what no linear law has: bursts, sessions, tails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from neuro.analyses.meggpt.corpus import Session
from neuro.analyses.meggpt.tokenizers.base import Tokenizer

Array = NDArray[np.float64]
FAR = 1e4
"""Beyond all amplitudes, in standard deviations."""
SELDOM = 1e-3
"""Share of probability that goes by frequency alone, so that nothing is impossible."""
HELD_OUT = 0.15
"""Share of each session, its end, that the ridge is chosen by."""
CHUNK = 2000
"""Samples of all channels that are multiplied at once."""
MOST = 1024
"""Most products of channels and spans that are solved for at once; beyond, fewer spans are."""
EDGES = (0, 1, 2, 3, 4, 6, 9, 13, 19, 28, 40)
"""Spans of lags that have one weight each in other channels, ever longer: far back, rhythms are
slow, and a weight for each lag would be more than sessions of minutes can tell."""
RIDGES = 10.0 ** np.arange(-6, 3.5, 0.5)
"""Ridges to choose from, relative to the power of what is known."""


class LinearPart(nn.Module):
    """Scores of tokens: a Gaussian around what is linear in the decoded past.

    Parameters
    ----------
    n_tokens, n_channels, lags : int
        Sizes.
    across : bool
        Whether channels are foretold from each other.
    """

    def __init__(self, n_tokens: int, n_channels: int, lags: int, across: bool) -> None:
        super().__init__()
        self.n_groups = 1 if across else n_channels
        self.filters: Tensor
        self.deviation: Tensor
        self.low: Tensor
        self.high: Tensor
        self.seldom: Tensor
        # Not trained: Adam's steps, the same for all weights, would undo what is solved exactly.
        shape = (n_channels, n_channels // self.n_groups, lags)
        self.register_buffer("filters", torch.zeros(shape))
        self.register_buffer("deviation", torch.ones(n_channels))
        for name, value in (("low", -FAR), ("high", FAR), ("seldom", 1.0)):
            self.register_buffer(name, torch.full((n_tokens,), value))

    def forward(self, past: Tensor, law: Tensor) -> Tensor:
        """Scores, shape (n_windows, n_channels, n_times, n_tokens).

        Parameters
        ----------
        past : Tensor, shape (n_windows, n_channels, n_times + lags - 1)
            Decoded samples; each target's last one is the one before it.
        law : Tensor, shape (n_windows, n_channels, n_times, 2)
            By how many deviations the mean lies elsewhere, and the logarithm of what the
            deviation is to be multiplied by.
        """
        if past.shape[-1] == self.filters.shape[-1] and self.n_groups == 1:
            # One sample: a product, for which no convolution has to be prepared.
            mean = functional.linear(past.flatten(1), self.filters.flatten(1))[..., None]
        else:
            mean = functional.conv1d(past, self.filters, groups=self.n_groups)
        precision = torch.exp(-law[..., 1]) / self.deviation[:, None]
        middle = mean + law[..., 0] * self.deviation[:, None]
        return _log_mass(middle[..., None], precision[..., None], self)


@dataclass(frozen=True)
class Solved:
    """Least squares.

    Parameters
    ----------
    filters : ndarray, shape (n_channels, n_channels or 1, lags)
        Weights of the decoded past, in the order of time.
    variance : ndarray, shape (n_channels,)
        Mean square of what they leave, on what they were not solved from.
    """

    filters: Array
    variance: Array


def solve(sessions: Sequence[Session], values: Array, lags: int, across: bool) -> Solved:
    """Foretell the values of tokens by least squares.

    A channel's own past comes first; that of the others then explains what is left, with a ridge
    that is chosen by the ends of sessions, so that little data fall back to the channel alone.

    Parameters
    ----------
    sessions : sequence of Session
        To learn from.
    values : ndarray, shape (n_tokens,)
        Amplitude of each token.
    lags : int
        Decoded samples that are known.
    across : bool
        Whether channels are foretold from each other.

    Returns
    -------
    solved : Solved
        Filters, and what they leave.
    """
    n = sessions[0].tokens.shape[0]
    halves = [_halves(each, values) for each in sessions]
    own = _own([half[0] for half in halves], lags)
    left = [[_without(trace, target, own) for trace, target in half] for half in halves]
    if not across:
        return Solved(own[:, None], np.concatenate([each[1] for each in left], 1).var(axis=1))
    spans = _spans(lags, max(MOST // n, 1))
    known, judge = (
        _products([(half[i][0], rest[i]) for half, rest in zip(halves, left, strict=True)], spans)
        for i in (0, 1)
    )
    change, variance = _ridge(known, judge)
    filters = np.zeros((n, n, lags))
    for (nearest, farthest), weight in zip(spans, change.reshape(n, -1, n).swapaxes(0, 1),
                                           strict=True):  # fmt: skip
        filters[:, :, lags - farthest : lags - nearest] = weight[..., None]
    filters[np.arange(n), np.arange(n)] += own
    return Solved(filters, variance)


def fill(part: LinearPart, solved: Solved, tokenizer: Tokenizer) -> None:
    """Put least squares, and the cells of a tokenizer's tokens, into the linear part."""
    values = tokenizer.values
    place = np.empty(len(values), dtype=np.intp)
    place[np.argsort(values, kind="stable")] = np.arange(len(values))
    bounds = np.concatenate([[-FAR], tokenizer.bounds_between, [FAR]])
    state = {
        "filters": solved.filters,
        "deviation": np.sqrt(np.maximum(solved.variance, 1e-9)),
        "low": bounds[place],
        "high": bounds[place + 1],
        "seldom": SELDOM * tokenizer.frequencies + 1e-9,
    }
    part.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()})


def _log_mass(middle: Tensor, precision: Tensor, part: LinearPart) -> Tensor:
    """Logarithm of a Gaussian's mass in each token's cell, and a bit of the tokens' frequency."""
    above = torch.special.ndtr((part.high - middle) * precision)
    below = torch.special.ndtr((part.low - middle) * precision)
    mass: Tensor = above - below + part.seldom
    return mass.log()


def _halves(session: Session, values: Array) -> list[tuple[Array, Array]]:
    """What is known and what is sought: of the beginning, and of the end that judges."""
    cut = round((1 - HELD_OUT) * session.tokens.shape[1])
    trace = session.trace.astype(np.float64)
    return [
        (trace[:, part], values[session.tokens[:, part]])
        for part in (slice(0, cut), slice(cut, None))
    ]


def _spans(lags: int, most: int) -> list[tuple[int, int]]:
    """Nearest and farthest lag of each span, the latter outside; the first `most` of them."""
    edges = [edge for edge in EDGES if edge < lags] + [lags]
    return list(pairwise(edges))[:most]


def _summed(trace: Array, spans: Sequence[tuple[int, int]], n: int) -> Array:
    """Sums over spans before each of the last `n` samples, shape (n_spans * n_rows, n)."""
    total = np.concatenate([np.zeros((len(trace), 1)), trace.cumsum(axis=1)], axis=1)
    first = trace.shape[1] - n
    return np.concatenate(
        [
            total[:, first - nearest : first - nearest + n]
            - total[:, first - farthest : first - farthest + n]
            for nearest, farthest in spans
        ]
    )


def _own(known: Sequence[tuple[Array, Array]], lags: int) -> Array:
    """Filters of channels on their own past, shape (n_channels, lags)."""
    n = len(known[0][0])
    gram, target = np.zeros((n, lags, lags)), np.zeros((n, lags))
    for trace, sought in known:
        for begin in range(0, trace.shape[1] - lags, CHUNK):
            piece = trace[:, begin : begin + CHUNK + lags]
            seen = np.lib.stride_tricks.sliding_window_view(piece, lags, axis=1)[:, :-1]
            x = np.ascontiguousarray(seen)
            y = sought[:, begin + lags : begin + CHUNK + lags]
            gram += x.transpose(0, 2, 1) @ x
            target += (y[:, None] @ x)[:, 0]
    power = np.trace(gram, axis1=1, axis2=2)[:, None, None]
    ridge = (1e-6 * power / lags + 1e-12) * np.eye(lags)
    solved: Array = np.linalg.solve(gram + ridge, target[..., None])[..., 0]
    return solved


def _without(trace: Array, target: Array, own: Array) -> Array:
    """What filters on channels' own past leave, shape (n_channels, n_times - lags)."""
    lags = own.shape[1]
    seen = np.lib.stride_tricks.sliding_window_view(trace, lags, axis=1)[:, :-1]
    left: Array = target[:, lags:] - np.einsum("ctl,cl->ct", seen, own)
    return left


@dataclass(frozen=True)
class _Products:
    gram: Array
    cross: Array
    power: Array
    n: int


def _products(known: Sequence[tuple[Array, Array]], spans: Sequence[tuple[int, int]]) -> _Products:
    """Sums of products of the past with itself and with what is sought."""
    n = len(known[0][0]) * len(spans)
    gram, cross, power = np.zeros((n, n)), np.zeros((len(known[0][0]), n)), np.zeros(1)
    count = 0
    for trace, left in known:
        x = _summed(trace, spans, left.shape[1]).astype(np.float32)
        y = left.astype(np.float32)
        gram += x @ x.T
        cross += y @ x.T
        power = power + (left**2).sum(axis=1)
        count += left.shape[1]
    return _Products(gram, cross, power, count)


def _ridge(known: _Products, judge: _Products) -> tuple[Array, Array]:
    """Weights from all, with the ridge that leaves least elsewhere, and what it leaves there."""
    # Sums over long spans are large: each is brought to the same power first.
    scale = 1 / np.sqrt(np.maximum(np.diag(known.gram), 1e-12))
    both = np.outer(scale, scale)
    roots, vectors = np.linalg.eigh(known.gram * both)
    turned = known.cross * scale @ vectors
    best, chosen, variance = np.inf, 0.0, judge.power
    gram, cross = vectors.T @ (judge.gram * both) @ vectors, judge.cross * scale @ vectors
    for ridge in RIDGES:
        weights = turned / (np.maximum(roots, 0) + ridge)
        left = judge.power - 2 * (weights * cross).sum(1) + ((weights @ gram) * weights).sum(1)
        if left.sum() < best:
            best, chosen, variance = float(left.sum()), float(ridge), left / judge.n
    every = (known.gram + judge.gram) * both
    every[np.diag_indices(len(every))] += chosen
    weights = np.linalg.solve(every, ((known.cross + judge.cross) * scale).T).T
    return weights * scale, variance
