"""Tokens of a dataset in one HDF5 file: what training, generation and evaluation begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuro.analyses.meggpt.corpus import Session, session
from neuro.analyses.meggpt.tokenizers.base import Tokenizer, Tokens
from neuro.io import hdf5
from neuro.io.hdf5 import Array

SHARE = 0.2
"""Share of a session, its beginning, whose statistics tell a model which session it is."""


@dataclass(frozen=True)
class Corpus:
    """Tokens of all sessions.

    Parameters
    ----------
    train, test : dict of str to ndarray, shape (n_channels, n_times)
        Tokens by session.
    names : tuple of str
        Channels.
    sfreq : float
        Sampling rate, Hz.
    band : tuple of float
        High-pass and low-pass of the signals, Hz.
    split : str
        What is held out: `subjects`, `sessions` or `time`.
    """

    train: dict[str, Tokens]
    test: dict[str, Tokens]
    names: tuple[str, ...]
    sfreq: float
    band: tuple[float, float]
    split: str

    def sessions(self, tokenizer: Tokenizer, part: str) -> list[Session]:
        """Sessions of one part, `train` or `test`, as a model reads them."""
        found: dict[str, Tokens] = getattr(self, part)
        return [session(tokenizer, tokens, SHARE) for tokens in found.values()]

    def check(self, tokenizer: Tokenizer, path: str | Path) -> None:
        """Check that the tokens are a tokenizer's.

        Raises
        ------
        ValueError
            If its vocabulary is smaller, or its rate another one.
        """
        most = max(int(each.max()) for part in (self.train, self.test) for each in part.values())
        if most >= tokenizer.n_tokens:
            raise ValueError(
                f"{path}: holds token {most}, but the vocabulary of the {tokenizer.kind} "
                f"tokenizer is 0 to {tokenizer.n_tokens - 1}; they do not belong together: delete "
                "both and run again"
            )
        if abs(self.sfreq - tokenizer.sfreq) > 1e-6 * self.sfreq:
            raise ValueError(
                f"{path}: tokens at {self.sfreq:g} Hz, but the tokenizer is for "
                f"{tokenizer.sfreq:g} Hz; delete both and run again"
            )


def write(path: str | Path, corpus: Corpus, params: Mapping[str, Any]) -> None:
    """Write tokens with what is known of them."""
    attrs = {
        "sfreq": corpus.sfreq,
        "highpass": corpus.band[0],
        "lowpass": corpus.band[1],
        "split": corpus.split,
    }
    arrays = {"names": Array(list(corpus.names), ("channel",), "1", attrs)}
    for part in ("train", "test"):
        for label, tokens in getattr(corpus, part).items():
            arrays[f"{part}/{label}"] = Array(tokens, ("channel", "time"))
    hdf5.write(path, arrays, params)


def read(path: str | Path) -> Corpus:
    """Read what :func:`write` wrote.

    Raises
    ------
    ValueError
        If the file is not one of tokens.
    """
    arrays = hdf5.read(path)
    if "names" not in arrays or "split" not in arrays["names"].attrs:
        raise ValueError(f"{path}: not a file of tokens; delete it and run again")
    names = arrays.pop("names")
    parts: dict[str, dict[str, Tokens]] = {"train": {}, "test": {}}
    for name, array in arrays.items():
        part, _, label = name.partition("/")
        parts[part][label] = array.values
    attrs = names.attrs
    return Corpus(
        train=parts["train"],
        test=parts["test"],
        names=tuple(names.values.tolist()),
        sfreq=float(attrs["sfreq"]),
        band=(float(attrs["highpass"]), float(attrs["lowpass"])),
        split=str(attrs["split"]),
    )
