"""Methods of MNE's Raw that a chain may call: those that change the recording in place."""

import inspect
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.names import did_you_mean
from neuro.preprocess.steps.common import Found

if TYPE_CHECKING:
    from neuro.config.steps import MNE

OURS = {"self", "verbose", "n_jobs"}
"""Parameters that are not for a configuration."""


def mne_method(raw: mne.io.BaseRaw, params: "MNE", rng: np.random.Generator) -> Found:
    """Call a method; the model lists the methods there are.

    Raises
    ------
    ValueError
        If MNE refuses the parameters.
    """
    before = _shape(raw)
    call(raw, params)
    after = _shape(raw)
    keys = ("n_channels", "sfreq", "n_times")
    return {k: [b, a] for k, b, a in zip(keys, before, after, strict=True) if a != b}


def _shape(raw: mne.io.BaseRaw) -> tuple[int, float, int]:
    # MNE counts samples in NumPy's integers after a crop, which JSON does not know.
    return len(raw.ch_names), float(raw.info["sfreq"]), int(raw.n_times)


def call(raw: mne.io.BaseRaw, params: "MNE") -> None:
    """Call the method on a recording."""
    try:
        getattr(raw, params.method)(**params.params)
    except (TypeError, KeyError) as error:
        raise ValueError(f"{params.method}: {' '.join(str(error).split())}") from error


def check_keywords(params: "MNE") -> None:
    """Check the given keywords against the method's signature.

    Raises
    ------
    ValueError
        If one does not exist or is not for a configuration, or a required one is missing.
    """
    signature = inspect.signature(getattr(mne.io.BaseRaw, params.method))
    allowed = [name for name in signature.parameters if name not in OURS]
    given: dict[str, Any] = params.params
    if unknown := [name for name in given if name not in allowed]:
        raise ValueError(
            f"{params.method} has no parameter {', '.join(unknown)}."
            f"{did_you_mean(unknown, allowed)} Allowed: {', '.join(allowed)}"
        )
    try:
        signature.bind(None, **given)
    except TypeError as error:
        raise ValueError(
            f"{params.method}: {error}. Its parameters: {', '.join(allowed)}"
        ) from error
