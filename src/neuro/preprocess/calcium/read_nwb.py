"""NWB files: a series of regions' traces, its neuropil, and what the animal did.

NWB puts time first; some writers put the regions first, which the table of regions gives away.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io.damage import reading
from neuro.io.nwb import find_series, name_of, open_nwb, rate_of, series_in, times_of, values_of
from neuro.preprocess.calcium.behavior import covariates_of, epochs_of, shifts_of
from neuro.preprocess.calcium.read_common import identities
from neuro.preprocess.calcium.traces import Bools, Floats, Opened, Traces

if TYPE_CHECKING:
    from pynwb import NWBFile, TimeSeries

    from neuro.config.calcium import CalciumReading

ROIS = ("RoiResponseSeries",)
NEUROPIL = ("neuropil", "fneu", "background")
EVENTS = ("deconvolved", "spike", "event", "denoised")
"""Parts of the names of series that are no measured traces."""


@dataclass(frozen=True)
class _Header:
    """What is known of the chosen series, and which of its regions are taken."""

    series: str
    neuropil: str | None
    kind: str
    n_regions: int
    n_frames: int
    sfreq: float
    chosen: Bools
    names: list[str]
    identified: Bools
    notes: list[str]


def open_nwb_traces(path: Path, params: "CalciumReading") -> Opened:
    """Read the header of an NWB file.

    Raises
    ------
    ValueError, OSError
        If it is truncated, no NWB, has no such series (lists what there is), or several that could
        be meant.
    """
    with _opened(path) as nwb, reading(path):
        header = _header(nwb, path, params)

    def load() -> Traces:
        with _opened(path) as nwb, reading(path):
            return _load(nwb, header)

    return Opened(
        where=str(path),
        names=header.names,
        n_found=header.n_regions,
        n_frames=header.n_frames,
        sfreq=header.sfreq,
        kind=header.kind,
        has_neuropil=header.neuropil is not None,
        format="NWB",
        notes=header.notes,
        load=load,
    )


@contextmanager
def _opened(path: Path) -> "Iterator[NWBFile]":
    with warnings.catch_warnings():
        # The orientation is looked at, and told, here.
        warnings.filterwarnings("ignore", message=".*oriented incorrectly.*")
        with open_nwb(path) as nwb:
            yield nwb


def _header(nwb: "NWBFile", path: Path, params: "CalciumReading") -> _Header:
    series = find_series(nwb, _choose(nwb, path, params), ROIS)
    shape = tuple(int(size) for size in series.data.shape)
    regions_first, n_regions, n_frames = _orientation(series, shape, path)
    notes = (
        [f"The series {name_of(series)} is stored regions first, and was turned."]
        if regions_first
        else []
    )
    names, identified = _names(series, n_regions, path, params)
    chosen = _cells(series, n_regions, params)
    return _Header(
        series=name_of(series),
        neuropil=_neuropil(nwb, series, shape),
        kind=params.kind
        or ("dff" if type(series.parent).__name__ == "DfOverF" else "fluorescence"),
        n_regions=n_regions,
        n_frames=n_frames,
        sfreq=rate_of(series),
        chosen=chosen,
        names=[name for name, taken in zip(names, chosen, strict=True) if taken],
        identified=identified[chosen],
        notes=notes,
    )


def _load(nwb: "NWBFile", header: _Header) -> Traces:
    series = find_series(nwb, header.series, ROIS)
    time = times_of(series, header.n_frames)
    neuropil = None
    if header.neuropil is not None:
        neuropil = _matrix(find_series(nwb, header.neuropil, ROIS), header)
    return Traces(
        values=_matrix(series, header),
        time=time,
        names=list(header.names),
        identified=header.identified,
        kind=header.kind,
        neuropil=neuropil,
        shifts=shifts_of(nwb, time),
        covariates=covariates_of(nwb, time),
        epochs=epochs_of(nwb),
    )


def _matrix(series: "TimeSeries", header: _Header) -> Floats:
    values = values_of(series)
    values = values[:, None] if values.ndim == 1 else values
    turned = values if values.shape == (header.n_regions, header.n_frames) else values.T
    # Square data are as NWB wants them: time first.
    turned = values.T if header.n_regions == header.n_frames else turned
    return np.ascontiguousarray(turned[header.chosen])


def _choose(nwb: "NWBFile", path: Path, params: "CalciumReading") -> str | None:
    """Name of the series that is meant; None leaves the message to the search."""
    there = list(series_in(nwb, ROIS))
    if params.series is not None or not there:
        return params.series
    measured = [name for name in there if not _mentions(name, NEUROPIL + EVENTS)]
    if len(measured) != 1:
        raise ValueError(
            f"{path}: has several series of regions: {there}; name one in preprocess.read.series"
        )
    return measured[0]


def _mentions(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name.lower() for word in words)


def _neuropil(nwb: "NWBFile", series: "TimeSeries", shape: tuple[int, ...]) -> str | None:
    """Name of the only neuropil series with the shape of the traces."""
    own = name_of(series)
    fitting = [
        name
        for name, other in series_in(nwb, ROIS).items()
        if name != own and _mentions(name, NEUROPIL) and tuple(other.data.shape) == shape
    ]
    return fitting[0] if len(fitting) == 1 else None


def _orientation(series: "TimeSeries", shape: tuple[int, ...], path: Path) -> tuple[bool, int, int]:
    """Whether regions come first; how many regions and frames."""
    n_regions = len(series.rois.data)
    where = f"{path}: {name_of(series)}"
    if len(shape) == 1:
        shape = (shape[0], 1)
    if len(shape) != 2 or n_regions not in shape:
        raise ValueError(f"{where} has shape {shape}, but names {n_regions} region(s)")
    if shape[1] == n_regions:
        return False, n_regions, shape[0]
    return True, n_regions, shape[1]


def _column(series: "TimeSeries", name: str) -> list[Any]:
    rows = np.asarray(series.rois.data[:], dtype=np.int64)
    values = series.rois.table[name][:]
    return [values[row] for row in rows]


def _names(
    series: "TimeSeries", n_regions: int, path: Path, params: "CalciumReading"
) -> tuple[list[str], Bools]:
    """Names of the regions, and which are identities."""
    plain = [f"roi-{i:04d}" for i in np.asarray(series.rois.data[:], dtype=np.int64)]
    if params.names_column is None:
        return plain, np.full(n_regions, params.identified == "all")
    columns = list(series.rois.table.colnames)
    if params.names_column not in columns:
        raise ValueError(
            f"{path}: the table of regions has no column {params.names_column!r} "
            f"(read.names_column); it has {columns}"
        )
    given = [str(value).strip() for value in _column(series, params.names_column)]
    names = [name or stand_in for name, stand_in in zip(given, plain, strict=True)]
    return names, identities(names, params)


def _cells(series: "TimeSeries", n_regions: int, params: "CalciumReading") -> Bools:
    columns = series.rois.table.colnames
    column = next((name for name in ("iscell", "accepted") if name in columns), None)
    if not params.cells_only or column is None:
        return np.ones(n_regions, dtype=bool)
    marks = [float(np.ravel(value)[0]) > 0.5 for value in _column(series, column)]
    return np.array(marks, dtype=bool)
