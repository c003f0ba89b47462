"""Predictive tokens: what a sample adds to its prediction from the decoded past.

Differential pulse-code modulation with a filter after it (Zamir, Kochman & Erez 2008, Achieving
the Gaussian rate-distortion function by prediction, IEEE Transactions on Information Theory 54).
The prediction weights are those that are best from a past with quantization noise on it; the
filter takes out noise at frequencies where there is no signal. Nearly white tokens carry less
entropy for the same variance explained than levels of amplitude do, and a decoder that is an
autoregressive filter gives any sequence of tokens a spectrum like that of the recordings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokenizer, Tokens
from neuro.analyses.meggpt.tokenizers.recursion import quantize

RARE = 2e-4
"""Share of samples whose prediction error may lie beyond the even levels."""
MOST = 4095
"""Most even levels on either side."""
GROWTH = 1.3
"""Factor from one to the next of the levels beyond: with them no error is out of reach, which in
a recursion would grow from sample to sample."""
REACH = 20.0
"""Largest level, in standard deviations of the signal."""


class Residual(Tokenizer):
    """Levels of prediction error.

    Parameters
    ----------
    sfreq : float
        Sampling rate, in hertz.
    step : float
        Width of a level, in standard deviations of the signal: the one knob between rate and
        distortion.
    order : int
        Number of past samples that predict the next one.
    taps : int
        Length of the filter after decoding, on either side of a sample; 0 for none.
    dead_zone : float
        Half-width of the middle level, in steps; above .5, fewer bits for little distortion.
    causal : bool
        Whether the filter after decoding sees no later sample.
    """

    kind = "residual"

    def __init__(
        self,
        sfreq: float,
        step: float = 0.5,
        order: int = 24,
        taps: int = 12,
        dead_zone: float = 0.6,
        causal: bool = False,
    ) -> None:
        super().__init__(sfreq)
        if not step > 0:
            raise ValueError(f"step: must be above 0 standard deviations. Got {step!r}.")
        if not 0.5 <= dead_zone < 1:
            raise ValueError(f"dead_zone: must be in the range [0.5, 1). Got {dead_zone!r}.")
        if order < 1 or taps < 0:
            raise ValueError(f"order, taps: must be at least 1 and 0. Got {order!r}, {taps!r}.")
        self.step, self.order, self.taps = float(step), order, taps
        self.dead_zone, self.causal = float(dead_zone), causal
        self.weights = np.zeros(0)
        self.bounds = np.zeros(0)
        self.n_even = 0
        self.levels = np.zeros(0)
        self.smoother = np.ones(1)

    @property
    def values(self) -> NDArray[np.float64]:
        """What each token adds to the prediction."""
        self._require_size()
        return self.levels

    @property
    def bounds_between(self) -> NDArray[np.float64]:
        """Prediction errors between which tokens lie, shape (n_tokens - 1,)."""
        return np.concatenate([-self.bounds[::-1], self.bounds])

    def _fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> None:
        noise = self.step**2 / 12
        covariance = _autocovariance(sessions, self.order)
        covariance[0] += noise + 1e-9
        self.weights = scipy.linalg.solve_toeplitz(covariance[:-1], covariance[1:])
        self._lay(MOST)
        self._lay(self._needed(sessions))
        for _ in range(3):  # what is decoded moves with the levels, and these with it
            self.levels = self._centroids(sessions)
        self.smoother = self._wiener(sessions)

    def _lay(self, n_even: int) -> None:
        """Levels a step apart, then ever wider ones, and the bounds between them."""
        top = self.step * n_even
        # So that the geometric sum of their widths reaches far enough.
        sum_needed = max(REACH - top, self.step) * (GROWTH - 1) / (self.step * GROWTH) + 1
        n_wide = int(np.ceil(np.log(sum_needed) / np.log(GROWTH)))
        wide = top + self.step * np.cumsum(GROWTH ** np.arange(1, n_wide + 1))
        upper = np.concatenate([self.step * np.arange(1, n_even + 1), wide])
        self.n_even = n_even
        self.bounds = (upper + np.concatenate([[0.0], upper[:-1]])) / 2
        self.bounds[0] = self.step * self.dead_zone
        self.levels = np.concatenate([-upper[::-1], [0.0], upper]).astype(np.float64)

    def _needed(self, sessions: Sequence[Signals]) -> int:
        """Even levels on either side that hold all but rare errors."""
        half = len(self.levels) // 2
        counts = np.zeros(half + 1, dtype=np.int64)
        for each in sessions:
            size = np.abs(self._run(each)[0].astype(np.int64) - half)
            counts += np.bincount(size.ravel(), minlength=half + 1)
        above = counts[::-1].cumsum()[::-1] / counts.sum()
        return int(np.clip(np.argmax(above < RARE) - 1, 1, MOST))

    def _centroids(self, sessions: Sequence[Signals]) -> NDArray[np.float64]:
        """Mean error within each level, the same on both sides of zero."""
        half = len(self.levels) // 2
        sums, counts = np.zeros(half + 1), np.zeros(half + 1, dtype=np.int64)
        for each in sessions:
            tokens, decoded = self._run(each)
            index = tokens.astype(np.int64) - half
            error: NDArray[np.float64] = (each - decoded + self.levels[tokens]) * np.sign(index)
            sums = sums + np.bincount(np.abs(index).ravel(), error.ravel(), half + 1)
            counts += np.bincount(np.abs(index).ravel(), minlength=half + 1)
        means = np.divide(sums, counts, out=self.levels[half:].copy(), where=counts >= 20)
        means[0] = 0
        return np.concatenate([-means[:0:-1], means])

    def _wiener(self, sessions: Sequence[Signals]) -> NDArray[np.float64]:
        """Filter from what is decoded to the signal, by least squares."""
        if not self.taps:
            return np.ones(1)
        after = 0 if self.causal else self.taps
        n = self.taps + after + 1
        gram, target = np.zeros((n, n)), np.zeros(n)
        for each in sessions:
            _, decoded = self._run(each)
            padded = np.pad(decoded, ((0, 0), (self.taps, after)))
            seen = np.lib.stride_tricks.sliding_window_view(padded, n, axis=1)
            for view, signal in zip(seen, each, strict=True):
                gram += view.T @ view
                target += view.T @ signal
        gram[np.diag_indices(n)] += 1e-6 * np.trace(gram) / n
        solved: NDArray[np.float64] = np.linalg.solve(gram, target).astype(np.float64)
        return solved

    def _run(self, data: Signals) -> tuple[Tokens, NDArray[np.float64]]:
        """Tokens, and what the recursion alone decodes them to."""
        tokens = self._encode(data)
        return tokens, self.recursion(tokens)

    def recursion(self, tokens: Tokens) -> NDArray[np.float64]:
        """What tokens add up to before the last filter, shape (n_channels, n_times)."""
        denominator = np.concatenate([[1.0], -self.weights])
        decoded: NDArray[np.float64] = scipy.signal.lfilter(
            [1.0], denominator, self.levels[tokens], axis=1
        )
        return decoded

    def tracer(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How tokens decode causally: filters of tokens, weights of earlier decoded samples."""
        return self.values[:, None].copy(), self.weights

    def _encode(self, data: Signals) -> Tokens:
        tokens = np.empty(data.shape, dtype=np.uint16)
        past = np.zeros((len(data), self.order))
        quantize(data, self.weights, self.step, self.bounds, self.n_even, self.levels, past, tokens)
        return tokens

    def _decode(self, tokens: Tokens) -> Signals:
        decoded = self.recursion(tokens)
        if not self.taps:
            return decoded.astype(np.float32)
        after = 0 if self.causal else self.taps
        padded = np.pad(decoded, ((0, 0), (self.taps, after)))
        kernel = self.smoother[None, ::-1]
        smooth = scipy.signal.oaconvolve(padded, kernel, mode="valid", axes=1)
        data: Signals = smooth.astype(np.float32)
        return data

    def _size(self) -> int:
        return len(self.levels)

    def _params(self) -> dict[str, Any]:
        return {
            "sfreq": self.sfreq,
            "step": self.step,
            "order": self.order,
            "taps": self.taps,
            "dead_zone": self.dead_zone,
            "causal": self.causal,
        }

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "weights": self.weights,
            "levels": self.levels,
            "bounds": self.bounds,
            "n_even": np.array(self.n_even),
            "smoother": self.smoother,
        }

    def _restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.weights, self.levels = arrays["weights"], arrays["levels"]
        self.bounds, self.n_even = arrays["bounds"], int(arrays["n_even"])
        self.smoother = arrays["smoother"]


def _autocovariance(sessions: Sequence[Signals], order: int) -> NDArray[np.float64]:
    """Mean product of samples 0 to `order` apart, over channels and sessions."""
    total, n = np.zeros(order + 1), 0
    for each in sessions:
        if each.shape[1] <= order:
            raise ValueError(
                f"order: a session of {each.shape[1]} samples is too short for order {order}"
            )
        values = each.astype(np.float64)
        for lag in range(order + 1):
            total[lag] += np.vdot(values[:, lag:], values[:, : values.shape[1] - lag])
        n += values.size
    return total / n
