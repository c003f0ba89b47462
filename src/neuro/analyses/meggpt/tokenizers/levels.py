"""Tokens that are amplitude levels, sample by sample: mu-law and quantiles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.sessions import Signals
from neuro.analyses.meggpt.tokenizers.base import Tokenizer, Tokens

CLIP = 4.0
"""Amplitudes beyond so many standard deviations are clipped, as published."""


class Levels(Tokenizer):
    """Bins of amplitude: `edges` between them, and the `centers` they are decoded to.

    Parameters
    ----------
    sfreq : float
        Sampling rate, in hertz.
    n_tokens : int
        Number of bins.
    """

    def __init__(self, sfreq: float, n_tokens: int) -> None:
        super().__init__(sfreq)
        if not 3 <= n_tokens <= 65536:
            raise ValueError(f"n_tokens: must be in the range [3, 65536]. Got {n_tokens!r}.")
        self._n_tokens = n_tokens
        self.edges = np.zeros(0)
        self.centers = np.zeros(0)

    @property
    def values(self) -> NDArray[np.float64]:
        """Amplitude that each token is decoded to."""
        self._require_size()
        return self.centers

    def tracer(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How tokens decode causally: filters of tokens, weights of earlier decoded samples."""
        return self.values[:, None].copy(), np.zeros(0)

    def _encode(self, data: Signals) -> Tokens:
        return np.searchsorted(self.edges, data, side="right").astype(np.uint16)

    def _decode(self, tokens: Tokens) -> Signals:
        return self.centers.astype(np.float32)[tokens]

    def _size(self) -> int:
        return len(self.centers)

    def _params(self) -> dict[str, Any]:
        return {"sfreq": self.sfreq, "n_tokens": self._n_tokens}

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"edges": self.edges, "centers": self.centers}

    def _restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.edges, self.centers = arrays["edges"], arrays["centers"]


class MuLaw(Levels):
    """Logarithmic bins: fine near zero, coarse far from it.

    `n_tokens - 1` edges are equally spaced over the compressed range; the outermost bins take
    what lies beyond it.
    """

    kind = "mu-law"

    def _fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> None:
        top = max(float(np.abs(each).max()) for each in sessions)
        peak = min(top, CLIP)
        mu = self._n_tokens - 1
        compressed = np.linspace(-1, 1, self._n_tokens - 1)
        half = (compressed[1] - compressed[0]) / 2
        middle = np.concatenate([[-1.0], compressed[:-1] + half, [1.0]])
        self.edges = peak * _expand(compressed, mu)
        self.centers = peak * _expand(middle, mu)


class Quantile(Levels):
    """Bins that are equally full, decoded to their midpoints."""

    kind = "quantile"

    def _fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> None:
        pooled = np.clip(np.concatenate([each.ravel() for each in sessions]), -CLIP, CLIP)
        shares = np.arange(1, self._n_tokens) / self._n_tokens
        self.edges = np.quantile(pooled, shares, method="inverted_cdf").astype(np.float64)
        bounds = np.concatenate([[pooled.min()], self.edges, [pooled.max()]])
        self.centers = (bounds[:-1] + bounds[1:]) / 2


def _expand(compressed: NDArray[np.float64], mu: float) -> NDArray[np.float64]:
    """Inverse of sign(x) ln(1 + mu |x|) / ln(1 + mu)."""
    grown: NDArray[np.float64] = (
        np.sign(compressed) * np.expm1(np.abs(compressed) * np.log1p(mu)) / mu
    )
    return grown
