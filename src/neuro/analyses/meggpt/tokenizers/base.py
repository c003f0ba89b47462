"""The one interface of all tokenizers, and the one file they are kept in."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from neuro.analyses.meggpt.sessions import Signals, checked
from neuro.analyses.meggpt.tokenizers.recursion import follow
from neuro.io.atomic import atomic

Tokens = NDArray[np.uint16]
"""One token per sample and channel, shape (n_channels, n_times)."""


class Tokenizer(ABC):
    """Signals into tokens, one per sample and channel, and back; all channels share it.

    Parameters
    ----------
    sfreq : float
        Sampling rate that it is for, in hertz.
    """

    kind: ClassVar[str]
    """Its name in configurations and files."""

    def __init__(self, sfreq: float) -> None:
        if not sfreq > 0:
            raise ValueError(f"sfreq: must be a rate above 0 Hz. Got {sfreq!r}.")
        self.sfreq = float(sfreq)
        self.counts = np.zeros(0, dtype=np.int64)

    @property
    def n_tokens(self) -> int:
        """Size of the vocabulary.

        Raises
        ------
        RuntimeError
            If it is not fitted.
        """
        self._require_fit()
        return len(self.counts)

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Share of each token in the data it was fitted to, shape (n_tokens,)."""
        self._require_fit()
        share: NDArray[np.float64] = self.counts / self.counts.sum()
        return share

    @property
    @abstractmethod
    def values(self) -> NDArray[np.float64]:
        """Amplitude that each token stands for, shape (n_tokens,): their order along a line."""

    @property
    def bounds_between(self) -> NDArray[np.float64]:
        """Amplitudes between which tokens lie, in the order of values, shape (n_tokens - 1,)."""
        values = np.sort(self.values)
        between: NDArray[np.float64] = (values[1:] + values[:-1]) / 2
        return between

    def fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> Self:
        """Fit to standardized sessions.

        Parameters
        ----------
        sessions : sequence of ndarray, shape (n_channels, n_times)
            Sessions as :func:`neuro.analyses.meggpt.sessions.standardize` makes them.
        rng : Generator
            Randomness of those that have any.

        Returns
        -------
        self : Tokenizer
            Fitted.
        """
        if not len(sessions):
            raise ValueError(f"{self.kind} tokenizer: there is no session to fit to")
        for i, session in enumerate(sessions):
            checked(session, where=f"session {i}")
        self._fit(sessions, rng)
        self.counts = np.zeros(self._size(), dtype=np.int64)
        self.counts += sum(
            np.bincount(self.encode(each).ravel(), minlength=len(self.counts)) for each in sessions
        )
        return self

    def encode(self, data: Signals, sfreq: float | None = None) -> Tokens:
        """Tokens of standardized signals.

        Parameters
        ----------
        data : ndarray, shape (n_channels, n_times)
            Signals, in standard deviations.
        sfreq : float | None
            Their sampling rate, to be compared with the tokenizer's.

        Returns
        -------
        tokens : ndarray of uint16, shape (n_channels, n_times)
            Tokens.

        Raises
        ------
        ValueError
            If the rate is another one, or a value is not finite.
        """
        self._require_size()
        if sfreq is not None and not np.isclose(sfreq, self.sfreq, rtol=1e-6):
            raise ValueError(
                f"sfreq: this {self.kind} tokenizer was fitted at {self.sfreq:g} Hz. "
                f"Got signals at {sfreq:g} Hz; resample them, or fit a tokenizer to them."
            )
        return self._encode(np.ascontiguousarray(checked(data), dtype=np.float32))

    def decode(self, tokens: NDArray[np.integer]) -> Signals:
        """Signals of tokens.

        Parameters
        ----------
        tokens : ndarray of int, shape (n_channels, n_times)
            Tokens.

        Returns
        -------
        data : ndarray of float32, shape (n_channels, n_times)
            Signals, in standard deviations.

        Raises
        ------
        ValueError
            If a token is not of the vocabulary.
        """
        self._require_size()
        size = self._size()
        if tokens.ndim != 2 or not np.issubdtype(tokens.dtype, np.integer):
            raise ValueError(
                "tokens: expected integers of shape (n_channels, n_times). "
                f"Got {tokens.dtype} of shape {tokens.shape}."
            )
        if tokens.size and (tokens.max() >= size or tokens.min() < 0):
            raise ValueError(
                f"tokens: the vocabulary of this {self.kind} tokenizer is 0 to {size - 1}. "
                f"Got {tokens.min()} to {tokens.max()}; they come from another tokenizer."
            )
        return self._decode(np.ascontiguousarray(tokens, dtype=np.uint16))

    def trace(self, tokens: Tokens) -> Signals:
        """What the tokens up to each sample, and no later one, decode to.

        Parameters
        ----------
        tokens : ndarray, shape (n_channels, n_times)
            Tokens.

        Returns
        -------
        trace : ndarray of float32, shape (n_channels, n_times)
            The past as a model may know it.
        """
        filters, weights = self.tracer()
        out = np.empty(tokens.shape)
        follow(tokens, filters, weights, np.zeros((len(tokens), len(weights))), out)
        return out.astype(np.float32)

    @abstractmethod
    def tracer(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How tokens decode causally: filters of tokens, and weights of earlier decoded samples.

        Returns
        -------
        filters : ndarray, shape (n_tokens, width)
            What a token adds to its own sample and to later ones.
        weights : ndarray, shape (order,)
            Weights of decoded samples, the nearest first.
        """

    def save(self, path: str | Path) -> None:
        """Write arrays, and parameters as JSON in the header, to one safetensors file."""
        self._require_fit()
        arrays = {**self._arrays(), "counts": self.counts}
        about = {"kind": self.kind, "params": self._params()}
        with atomic(path) as temporary:
            save_file(
                {name: np.asarray(array, order="C") for name, array in sorted(arrays.items())},
                temporary,
                metadata={"tokenizer": json.dumps(about, sort_keys=True)},
            )

    @abstractmethod
    def _fit(self, sessions: Sequence[Signals], rng: np.random.Generator) -> None: ...

    @abstractmethod
    def _encode(self, data: Signals) -> Tokens: ...

    @abstractmethod
    def _decode(self, tokens: Tokens) -> Signals: ...

    @abstractmethod
    def _size(self) -> int:
        """Size of the vocabulary, 0 before it is known."""

    @abstractmethod
    def _params(self) -> dict[str, Any]:
        """Arguments of the constructor."""

    @abstractmethod
    def _arrays(self) -> dict[str, NDArray[Any]]:
        """What was fitted."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what :meth:`_arrays` gave."""

    def _require_size(self) -> None:
        if not self._size():
            raise RuntimeError(f"This {self.kind} tokenizer is not fitted yet; call fit first.")

    def _require_fit(self) -> None:
        if not self.counts.size:
            raise RuntimeError(f"This {self.kind} tokenizer is not fitted yet; call fit first.")


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file that :meth:`Tokenizer.save` wrote.

    Raises
    ------
    ValueError
        If it is cut short, damaged, or not a tokenizer.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("tokenizer", "null"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"{path}: not a readable safetensors file, perhaps cut short ({error}); "
            "delete it and run again to make it anew"
        ) from error
    if header is None:
        raise ValueError(f"{path}: a safetensors file, but not one of a tokenizer")
    return header, arrays
