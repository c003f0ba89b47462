"""Sorted units of an NWB file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.io import nwb as io
from neuro.io.damage import reading
from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.source import Samples, SpikeRecording, UnitTable

if TYPE_CHECKING:
    from pynwb import NWBFile

NAMES = ("unit_name", "name")
"""Columns that may name the units; without, their ids do."""


class NWBSpikes(SpikeRecording):
    """An open NWB file."""

    def __init__(self, path: Path, nwb: "NWBFile") -> None:
        super().__init__(path)
        self._nwb = nwb

    def units(self, *, samples: bool = True) -> UnitTable:
        """Read the units table.

        Raises
        ------
        ValueError
            If there is none, or it has no spike times; lists what there is.
        """
        with reading(self.path):
            return self._units(samples=samples)

    def _units(self, *, samples: bool) -> UnitTable:
        table = self._nwb.units
        if table is None or "spike_times" not in table.colnames:
            raise ValueError(f"{self.path}: has no {self._lacking()}. It has {self._there()}")
        n = len(table)
        columns = {name: _texts(table[name], n) for name in table.colnames}
        known = {name: column for name, column in columns.items() if column is not None}
        name = next((name for name in NAMES if name in known), None)
        ids = known[name] if name else [str(each) for each in table.id[:]]
        return UnitTable(
            ids=ids,
            columns=known,
            n_spikes=int(table.spike_times.data.shape[0]),
            times=[np.asarray(t, np.float64) for t in self._times(n)] if samples else [],
            support=self._support() if samples else None,
        )

    def tables(self) -> list[str]:
        """Names of the tables of intervals."""
        return list(io.tables_in(self._nwb))

    def intervals(self, table: str, label: str | None = None) -> Intervals:
        """Read a table of intervals."""
        with reading(self.path):
            return io.intervals_of(self._nwb, table, label)

    def find(self, series: str) -> str:
        """Full name of a series."""
        return io.name_of(io.find_series(self._nwb, series))

    def samples(self, series: str) -> Samples:
        """Read a series."""
        found = io.find_series(self._nwb, series)
        with reading(self.path):
            return Samples(io.times_of(found), io.values_of(found), str(found.unit))

    def _times(self, n: int) -> list[Any]:
        """Spike times by unit, in one read."""
        ends = np.asarray(self._nwb.units.spike_times_index.data[:], np.int64)
        return np.split(np.asarray(self._nwb.units.spike_times.data[:]), ends[: n - 1])

    def _support(self) -> Intervals | None:
        """Observation intervals, where all units share them."""
        if "obs_intervals" not in self._nwb.units.colnames:
            return None
        each = [np.asarray(x, np.float64) for x in self._nwb.units["obs_intervals"][:]]
        if not each or not all(np.array_equal(each[0], other) for other in each):
            return None
        start, stop = each[0].reshape(-1, 2).T
        return Intervals(start, stop, ["observed"] * len(start))

    def _lacking(self) -> str:
        return "units table" if self._nwb.units is None else "spike times in its units table"

    def _there(self) -> str:
        series = list(io.series_in(self._nwb)) or "no series"
        units = "" if self._nwb.units is None else f"; columns {list(self._nwb.units.colnames)}"
        return f"{series}; tables of intervals {self.tables() or 'none'}{units}"


@contextmanager
def open_nwb_spikes(path: Path) -> Iterator[NWBSpikes]:
    """Open an NWB file; it is closed after the block."""
    with io.open_nwb(path) as nwb:
        yield NWBSpikes(path, nwb)


def _texts(column: Any, n: int) -> list[str] | None:
    """A column as text; None for one that is not a text or a number per unit."""
    if getattr(column, "target", None) is not None or len(column) != n:
        return None
    values = np.asarray(column[:])
    if values.ndim != 1 or values.dtype.kind not in "biufOUS":
        return None
    if values.dtype.kind == "O" and not all(isinstance(v, (str, bytes)) for v in values):
        return None
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()]
