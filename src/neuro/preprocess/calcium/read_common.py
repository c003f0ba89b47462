"""What readers of several formats need."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io.atomic import read_json
from neuro.preprocess.calcium.traces import Bools

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading

_NUMBERED = re.compile(r"(?:roi|cell|neuron|unit|component|c)?[\s_-]*\d+", re.IGNORECASE)


def sidecar_of(path: Path) -> dict[str, Any]:
    """Content of the `.json` beside a recording; empty where there is none.

    Raises
    ------
    ValueError
        If it is not a JSON object.
    """
    sidecar = path.with_suffix(".json")
    if not sidecar.is_file():
        return {}
    content = read_json(sidecar)
    if not isinstance(content, dict):
        raise ValueError(f"{sidecar}: a sidecar is a JSON object, got a {type(content).__name__}")
    return content


def sidecar_rate(path: Path, params: "CalciumReading") -> float:
    """Frame rate, Hz, of the configuration or else of the sidecar.

    Raises
    ------
    ValueError
        If neither gives it, or it is not a positive number.
    """
    if params.sfreq is not None:
        return params.sfreq
    sidecar = path.with_suffix(".json")
    rate = sidecar_of(path).get("SamplingFrequency")
    if rate is None:
        raise ValueError(
            f"{path}: the frame rate is not known: give SamplingFrequency (Hz) in {sidecar.name} "
            "beside it, or preprocess.read.sfreq"
        )
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not rate > 0:
        raise ValueError(f"{sidecar}: SamplingFrequency must be a number above 0 Hz, got {rate!r}")
    return float(rate)


def identities(names: list[str], params: "CalciumReading") -> Bools:
    """Which names are identities that hold across animals."""
    if params.identified != "auto":
        return np.full(len(names), params.identified == "all")
    return np.array([_NUMBERED.fullmatch(name) is None for name in names], dtype=bool)
