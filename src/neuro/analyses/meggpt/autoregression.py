"""Linear autoregression of each channel on its own past: the published baseline of generation."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

from neuro.analyses.meggpt.ngrams import TOP, Foretold
from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokens


class Autoregression:
    """One linear filter per channel, shared by all sessions, with Gaussian innovations.

    Parameters
    ----------
    order : int
        Number of past samples.
    """

    def __init__(self, order: int = 80) -> None:
        if order < 1:
            raise ValueError(f"order: must be at least 1. Got {order!r}.")
        self.order = order
        self.weights = np.zeros((0, order))
        self.deviation = np.zeros(0)

    def fit(self, sessions: Sequence[NDArray[np.floating]]) -> Self:
        """Solve the Yule-Walker equations of each channel.

        Parameters
        ----------
        sessions : sequence of ndarray, shape (n_channels, n_times)
            Signals, or values of tokens, all with the same channels.

        Returns
        -------
        self : Autoregression
            Fitted.
        """
        lags = np.zeros((len(sessions[0]), self.order + 1))
        for each in sessions:
            values = each.astype(np.float64)
            for lag in range(self.order + 1):
                lags[:, lag] += (values[:, lag:] * values[:, : values.shape[1] - lag]).sum(axis=1)
        lags /= sum(each.shape[1] for each in sessions)
        lags[:, 0] *= 1 + 1e-6
        self.weights = np.stack([scipy.linalg.solve_toeplitz(r[:-1], r[1:]) for r in lags])
        self.deviation = np.sqrt(lags[:, 0] - (self.weights * lags[:, 1:]).sum(axis=1))
        return self

    def predict(self, data: NDArray[np.floating]) -> NDArray[np.float64]:
        """Mean of each sample given those before it, shape (n_channels, n_times)."""
        rows = []
        for weights, row in zip(self.weights, data, strict=True):
            rows.append(scipy.signal.lfilter(np.concatenate([[0.0], weights]), [1.0], row))
        return np.stack(rows)

    def generate(self, n_times: int, rng: np.random.Generator) -> Signals:
        """Draw signals, each channel on its own, shape (n_channels, n_times)."""
        skip = 10 * self.order
        noise = rng.standard_normal((len(self.weights), n_times + skip)) * self.deviation[:, None]
        rows = [
            scipy.signal.lfilter([1.0], np.concatenate([[1.0], -weights]), row)
            for weights, row in zip(self.weights, noise, strict=True)
        ]
        signals: Signals = np.stack(rows)[:, skip:].astype(np.float32)
        return signals

    def score(
        self, sessions: Sequence[Tokens], values: NDArray[np.float64], begin: int = 2
    ) -> Foretold:
        """How well tokens are foretold, when it was fitted to their values.

        A token's probability is the Gaussian's density at its value times the distance to its
        neighbors', made to sum to one.

        Parameters
        ----------
        sessions : sequence of ndarray, shape (n_channels, n_times)
            Tokens.
        values : ndarray, shape (n_tokens,)
            Amplitude of each token.
        begin : int
            First sample that counts.

        Returns
        -------
        foretold : Foretold
            Cost and shares of hits.
        """
        order = np.argsort(values)
        width = np.empty(len(values))
        width[order] = np.maximum(np.gradient(values[order]), 1e-9)
        log_p, top1, top5, n = 0.0, 0, 0, 0
        for each in sessions:
            mean = self.predict(values[each])[:, begin:]
            for row, tokens, deviation in zip(mean, each[:, begin:], self.deviation, strict=True):
                z = (values[None] - row[:, None]) / deviation
                logits = np.log(width) - 0.5 * z**2
                own = np.take_along_axis(logits, tokens[:, None].astype(np.int64), 1)
                top = logits.max(axis=1, keepdims=True)
                log_p += float(
                    (top + np.log(np.exp(logits - top).sum(1, keepdims=True)) - own).sum()
                )
                rank = (logits > own).sum(axis=1)
                top1, top5 = top1 + int((rank < 1).sum()), top5 + int((rank < TOP).sum())
                n += len(tokens)
        return Foretold(log_p / n, top1 / n, top5 / n, n)
