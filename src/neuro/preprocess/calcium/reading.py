"""Open a recording, whatever its format; headers first."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.bids import Recording
from neuro.preprocess.calcium.beside import (
    covariates_beside,
    events_beside,
    names_beside,
    table_beside,
)
from neuro.preprocess.calcium.read_caiman import open_caiman
from neuro.preprocess.calcium.read_nwb import open_nwb_traces
from neuro.preprocess.calcium.read_suite2p import open_suite2p
from neuro.preprocess.calcium.read_tables import open_table
from neuro.preprocess.calcium.read_worm import open_worm
from neuro.preprocess.calcium.traces import Opened, Traces, check_header, check_traces, named

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading

Reader = Callable[[Path, "CalciumReading"], Opened]

READERS: dict[str, Reader] = {
    ".nwb": open_nwb_traces,
    ".suite2p": open_suite2p,
    ".h5": open_caiman,
    ".hdf5": open_caiman,
    ".csv": open_table,
    ".tsv": open_table,
    ".parquet": open_table,
    ".json": open_worm,
}


def open_traces(root: str | Path, recording: Recording, params: "CalciumReading") -> Opened:
    """Read a recording's header.

    Parameters
    ----------
    root : str | Path
        The dataset's tree.
    recording : Recording
        Which recording of it.
    params : CalciumReading
        What is taken from it.

    Returns
    -------
    opened : Opened
        The header; its `load` reads and checks the traces.

    Raises
    ------
    ValueError, OSError
        If the file is missing, truncated, of an unknown format, or its header is bad.
    """
    path = Path(root) / recording.path
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    reader = READERS.get(path.suffix)
    if reader is None:
        raise ValueError(
            f"{path}: not a known format of calcium imaging; allowed endings: {sorted(READERS)}"
        )
    opened = _excluded(reader(path, params), params)
    check_header(opened)
    return _with_tables(opened, path, params)


def _with_tables(opened: Opened, path: Path, params: "CalciumReading") -> Opened:
    """Add the covariates and events that lie in tables beside the recording."""
    beside = names_beside(path)
    known = {*opened.covariates, *beside}
    if lacking := sorted(set(params.covariates) - known):
        raise ValueError(
            f"{path}: read.covariates names {lacking}, which neither its columns nor "
            f"{table_beside(path).name} hold; there are {sorted(known) or 'none'}"
        )

    def load() -> Traces:
        traces = opened.load()
        traces.covariates |= covariates_beside(path, traces.time, params)
        if traces.epochs is None:
            traces.epochs = events_beside(path, traces.time)
        return traces

    return replace(opened, load=load)


def _excluded(opened: Opened, params: "CalciumReading") -> Opened:
    """Leave out neurons by name; the traces are checked after that."""
    if unknown := sorted(set(params.exclude) - set(opened.names)):
        raise ValueError(
            f"{opened.where}: read.exclude names neurons {unknown} that are not there; it has "
            f"{named(opened.names)}"
        )
    kept = np.array([name not in set(params.exclude) for name in opened.names], dtype=bool)

    def load() -> Traces:
        traces = opened.load()
        if not kept.all():
            traces = replace(
                traces,
                values=traces.values[kept],
                names=[name for name, chosen in zip(traces.names, kept, strict=True) if chosen],
                identified=traces.identified[kept],
                neuropil=None if traces.neuropil is None else traces.neuropil[kept],
            )
        check_traces(traces, opened.where)
        return traces

    names = [name for name, chosen in zip(opened.names, kept, strict=True) if chosen]
    return replace(opened, names=names, load=load)
