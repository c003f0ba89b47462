"""Reading NWB (Neurodata Without Borders) files, for calcium imaging and spikes.

Files are opened for reading only; a file that points into other files is refused. Series are named
by where they are: the names of the containers and the series itself, e.g. `ophys/DfOverF/dff`;
shorter endings do where they are unique. pynwb is imported when a file is opened.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuro.io.damage import reading
from neuro.io.foreign import check_heaps, check_types, outside

if TYPE_CHECKING:
    from pynwb import NWBFile, TimeSeries

LABELS = ("tags", "label", "labels", "trial_type", "condition", "name", "stimulus")
"""Columns of a table of intervals that may name them, best first."""


@dataclass(frozen=True)
class Intervals:
    """Rows of a table of intervals, in the order of the file.

    Parameters
    ----------
    start, stop : ndarray, shape (n_intervals,)
        Seconds from the recording's beginning.
    label : list of str
        What each is.
    """

    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    label: list[str]


@contextmanager
def open_nwb(path: str | Path) -> Iterator["NWBFile"]:
    """Open an NWB file (HDF5) for reading; it is closed after the block.

    Parameters
    ----------
    path : str | Path
        The file.

    Yields
    ------
    nwb : pynwb.NWBFile
        The file's content; arrays are read when they are sliced.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    OSError
        If it is truncated, or not HDF5.
    ValueError
        If it is not NWB, violates its schema, or points into another file.
    """
    from pynwb import NWBHDF5IO

    with _open(Path(path)) as file:
        with reading(path):
            check_types(file)
            is_nwb, top, place = "nwb_version" in file.attrs, sorted(file), outside(file)
        if not is_nwb:
            raise ValueError(
                f"{path}: HDF5, but not NWB: it has no attribute nwb_version. Its top level holds "
                f"{top or 'nothing'}"
            )
        if place:
            raise ValueError(
                f"{path}: {place} points into another file, which is refused; copy what it "
                "points to into this file"
            )
        with warnings.catch_warnings():
            # Old files use fields that NWB has renamed since: nothing a reader could change.
            warnings.filterwarnings("ignore", message=".*is deprecated.*")
            with reading(path, "not a valid NWB file", "Check it with `pynwb-validate`."):
                io = NWBHDF5IO(file=file, mode="r", load_namespaces=True)
                nwb = io.read()
        yield nwb


def name_of(item: Any) -> str:
    """Name of a series or table with those of its containers, e.g. `ophys/DfOverF/dff`."""
    names = []
    while item.parent is not None:
        names.append(item.name)
        item = item.parent
    return "/".join(reversed(names))


def series_in(nwb: "NWBFile", kinds: Sequence[str] = ("TimeSeries",)) -> dict[str, "TimeSeries"]:
    """Series of a file, by name and sorted by it.

    Parameters
    ----------
    nwb : pynwb.NWBFile
        The open file.
    kinds : sequence of str
        NWB types, e.g. `RoiResponseSeries`; derived types count. Default: every series.

    """
    found = {name_of(item): item for item in nwb.objects.values() if _is(item, kinds)}
    return dict(sorted(found.items()))


def find_series(
    nwb: "NWBFile", name: str | None = None, kinds: Sequence[str] = ("TimeSeries",)
) -> "TimeSeries":
    """One series: by its name, by the end of its name, or the only one of its kind.

    Raises
    ------
    ValueError
        If there is none, or several; lists what there is.
    """
    there = series_in(nwb, kinds)
    asked = [key for key in there if name is None or f"/{key}".endswith(f"/{name}")]
    asked = [name] if name in there else asked
    if len(asked) == 1:
        return there[asked[0]]
    what = " or ".join(kinds) + (f" named {name!r}" if name is not None else "")
    every = {key: item.neurodata_type for key, item in series_in(nwb).items()}
    shown = ", ".join(f"{key} ({kind})" for key, kind in every.items()) or "no series at all"
    if not asked:
        raise ValueError(f"{_where(nwb)}: has no {what}. It has {shown}")
    raise ValueError(f"{_where(nwb)}: has {len(asked)} of {what}: {asked}; name one of them")


def values_of(series: "TimeSeries") -> NDArray[np.float64]:
    """Samples of a series as stored, times its conversion, plus its offset.

    Returns
    -------
    values : ndarray, shape (n_times, ...)
        In the series' `unit`; NWB puts time first, though not every writer does.
    """
    values: NDArray[np.float64] = np.asarray(series.data[:], dtype=np.float64)
    return values * float(series.conversion) + float(series.offset or 0.0)


def times_of(series: "TimeSeries", n_times: int | None = None) -> NDArray[np.float64]:
    """Times of the samples, s: its timestamps, or what starting time and rate give.

    Parameters
    ----------
    series : pynwb.TimeSeries
        The series.
    n_times : int | None
        Number of samples; None for the length of the data's first axis.

    Raises
    ------
    ValueError
        If there are not as many timestamps as samples, or they are not finite and increasing.
    """
    n_times = int(series.data.shape[0]) if n_times is None else n_times
    if series.timestamps is None:
        start = float(series.starting_time or 0.0)
        return start + np.arange(n_times, dtype=np.float64) / float(series.rate)
    times: NDArray[np.float64] = np.asarray(series.timestamps[:], dtype=np.float64)
    where = f"{_where(series)}: {name_of(series)}"
    if len(times) != n_times:
        raise ValueError(f"{where} has {n_times} samples but {len(times)} timestamps")
    if bad := int(np.count_nonzero(~np.isfinite(times))):
        raise ValueError(f"{where} has {bad} timestamp(s) that are not finite")
    if len(back := np.flatnonzero(np.diff(times) <= 0)):
        i = int(back[0])
        raise ValueError(
            f"{where} has timestamps that do not increase: {times[i]:g} s (sample {i}) is followed "
            f"by {times[i + 1]:g} s"
        )
    return times


def rate_of(series: "TimeSeries") -> float:
    """Sampling rate, Hz: as stored, or from the median step of the timestamps.

    Raises
    ------
    ValueError
        If there is none above 0.
    """
    if series.timestamps is None:
        rate = float(series.rate)
    elif len(series.timestamps) > 1:
        rate = float(1.0 / np.median(np.diff(np.asarray(series.timestamps[:], np.float64))))
    else:
        rate = 0.0
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"{_where(series)}: {name_of(series)} has no sampling rate above 0")
    return rate


def tables_in(nwb: "NWBFile") -> dict[str, Any]:
    """Tables of intervals (epochs, trials and the like), by name; sorted."""
    named = {item.name: item for item in nwb.objects.values() if _is(item, ("TimeIntervals",))}
    return dict(sorted(named.items()))


def intervals_of(nwb: "NWBFile", table: str, label: str | None = None) -> Intervals:
    """Read a table of intervals.

    Parameters
    ----------
    nwb : pynwb.NWBFile
        From :func:`open_nwb`.
    table : str
        Its name, e.g. `epochs`, `trials`.
    label : str | None
        Column that names the intervals; None for the first of :data:`LABELS` that is there, else
        every interval bears the table's name.

    Raises
    ------
    ValueError
        If there is no such table or column.
    """
    tables = tables_in(nwb)
    if table not in tables:
        raise ValueError(
            f"{_where(nwb)}: has no table of intervals {table!r}. It has "
            f"{list(tables) or 'none at all'}"
        )
    found = tables[table]
    if label is not None and label not in found.colnames:
        raise ValueError(
            f"{_where(nwb)}: the table {table!r} has no column {label!r}. It has "
            f"{list(found.colnames)}"
        )
    column = label or next((name for name in LABELS if name in found.colnames), None)
    n = len(found)
    return Intervals(
        start=np.asarray(found["start_time"][:], np.float64),
        stop=np.asarray(found["stop_time"][:], np.float64),
        label=[table] * n if column is None else [_text(found[column][i]) for i in range(n)],
    )


def identity_of(nwb: "NWBFile") -> dict[str, str]:
    """`subject`, `species`, `session` and `identifier`; `""` for what the file does not tell."""
    found = {
        "subject": getattr(nwb.subject, "subject_id", None),
        "species": getattr(nwb.subject, "species", None),
        "session": nwb.session_id,
        "identifier": nwb.identifier,
    }
    return {key: str(value or "") for key, value in found.items()}


def _open(path: Path) -> h5py.File:
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.is_dir():
        raise ValueError(f"{path}: a folder; NWB is read from HDF5 files, not from Zarr stores")
    try:
        file = h5py.File(path, "r")
        check_heaps(path)
        return file
    except OSError as error:
        raise OSError(f"{path}: truncated, or not an HDF5 file as NWB is ({error})") from error


def _is(item: Any, kinds: Sequence[str]) -> bool:
    return bool({kind.__name__ for kind in type(item).__mro__} & {*kinds})


def _text(value: Any) -> str:
    """A label; a cell with several tags reads `a+b`."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return "+".join(str(each) for each in value)
    return str(value)


def _where(item: Any) -> str:
    return str(item.container_source)
