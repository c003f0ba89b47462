"""Tokenizers: one token per sample and channel, by four methods with one interface."""

from pathlib import Path
from typing import Any

from neuro.analyses.meggpt.tokenizers.base import Tokenizer, read
from neuro.analyses.meggpt.tokenizers.learned import Learned
from neuro.analyses.meggpt.tokenizers.levels import MuLaw, Quantile
from neuro.analyses.meggpt.tokenizers.residual import Residual

KINDS: dict[str, type[Tokenizer]] = {
    each.kind: each for each in (MuLaw, Quantile, Learned, Residual)
}


def load(path: str | Path) -> Tokenizer:
    """Read a tokenizer that :meth:`Tokenizer.save` wrote.

    Parameters
    ----------
    path : str | Path
        The safetensors file.

    Returns
    -------
    tokenizer : Tokenizer
        Fitted, of whichever kind it is.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, or not a tokenizer.
    """
    header, arrays = read(path)
    kind, params = header["kind"], dict[str, Any](header["params"])
    if kind not in KINDS:
        raise ValueError(f"{path}: a tokenizer of kind {kind!r}. Allowed: {', '.join(KINDS)}.")
    tokenizer = KINDS[kind](**params)
    try:
        tokenizer._restore(arrays)
        tokenizer.counts = arrays["counts"]
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"{path}: not a whole {kind} tokenizer ({error})") from error
    return tokenizer


__all__ = ["KINDS", "Learned", "MuLaw", "Quantile", "Residual", "Tokenizer", "load"]
