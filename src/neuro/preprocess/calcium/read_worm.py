"""Whole-brain recordings of C. elegans as JSON: `[[time, [value per neuron]], ...]`.

Beside `..._ophys.json` lies `..._neurons.json`, the list of the neurons' names.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io.atomic import read_json
from neuro.preprocess.calcium.read_common import identities
from neuro.preprocess.calcium.traces import Floats, Opened, Traces, check_time, rate_of

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading

TOLERANCE = 0.01
"""Of mean 0 and standard deviation 1, for traces to count as z-scores."""


def open_worm(path: Path, params: "CalciumReading") -> Opened:
    """Read a recording; it is text, so header and traces come together.

    Raises
    ------
    ValueError
        If it is no such JSON, rows are of unequal lengths, or there are fewer names than neurons.
    """
    time, values = _parse(path)
    check_time(time, str(path))
    names, notes = _names(path, values.shape[0], params)
    kind = params.kind or ("zscore" if _is_zscored(values) else "fluorescence")

    def load() -> Traces:
        who = identities(names, params)
        return Traces(values.copy(), time.copy(), list(names), who, kind)

    return Opened(
        where=str(path),
        names=names,
        n_found=values.shape[0],
        n_frames=len(time),
        sfreq=rate_of(time) if len(time) > 1 else 0.0,
        kind=kind,
        has_neuropil=False,
        format="JSON",
        notes=notes,
        load=load,
    )


def _parse(path: Path) -> tuple[Floats, Floats]:
    rows: Any = read_json(path)
    shape = "a list of [time in s, [a value for each neuron]]"
    if not isinstance(rows, list) or not rows:
        raise ValueError(
            f"{path}: must be {shape}, got a {type(rows).__name__}; a sidecar needs the recording "
            "itself beside it"
        )
    for i, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 2 and isinstance(row[1], list)):
            raise ValueError(f"{path}: must be {shape}; frame {i} is not")
        if len(row[1]) != len(rows[0][1]):
            raise ValueError(
                f"{path}: frame {i} has {len(row[1])} values, frame 0 has {len(rows[0][1])}"
            )
    try:
        time = np.array([row[0] for row in rows], dtype=np.float64)
        # A null becomes NaN, which is told by neuron later.
        values = np.array([row[1] for row in rows], dtype=np.float64).T
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: must be {shape}, numbers all of them ({error})") from error
    return time, np.ascontiguousarray(values)


def _names(path: Path, n: int, params: "CalciumReading") -> tuple[list[str], list[str]]:
    """Names of the neurons, and what must be said of them."""
    file = path.with_name(f"{path.stem.removesuffix('_ophys')}_neurons.json")
    if not file.is_file():
        return [f"roi-{i:04d}" for i in range(n)], []
    names = read_json(file)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{file}: must be a list of names")
    if len(names) == n:
        return names, []
    if len(names) > n and params.names == "first":
        note = (
            f"The list of names has {len(names)} entries for {n} neurons; its first {n} are "
            "presumed to be theirs, in this order."
        )
        return names[:n], [note]
    hint = ", or set read.names: first to presume that the first ones are theirs"
    raise ValueError(
        f"{file}: has {len(names)} names, but {path.name} has {n} neurons; give as many"
        f"{hint if len(names) > n else ''}"
    )


def _is_zscored(values: Floats) -> bool:
    with np.errstate(invalid="ignore"):
        centred = np.abs(np.nanmean(values, axis=1)) < TOLERANCE
        scaled = np.abs(np.nanstd(values, axis=1) - 1) < TOLERANCE
    return bool(np.all(centred & scaled))
