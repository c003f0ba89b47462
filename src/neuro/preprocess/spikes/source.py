"""What readers of spike recordings have in common, and the tables beside a recording."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.io.nwb import LABELS, Intervals
from neuro.io.tables import read_tsv

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UnitTable:
    """Sorted units of a recording.

    Parameters
    ----------
    ids : list of str
        A name for each unit.
    columns : dict of str to list of str
        What the file tells of each unit, as text.
    n_spikes : int
        Spikes of all units.
    times : list of ndarray
        Spike times of each unit, s; empty when only the header was read.
    support : Intervals | None
        When the recording ran, where the file tells.
    notes : list of str
        What a reader of the results should know.
    """

    ids: list[str]
    columns: dict[str, list[str]]
    n_spikes: int
    times: list[Floats] = field(default_factory=list)
    support: Intervals | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Samples:
    """A covariate as it was recorded: times (n,), s, values (n,) or (n, columns), unit."""

    times: Floats
    values: Floats
    unit: str


class SpikeRecording(ABC):
    """A recording of sorted spikes, whatever its format.

    Parameters
    ----------
    path : Path
        File or folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def units(self, *, samples: bool = True) -> UnitTable:
        """The units; without `samples`, spike times are not read."""

    @abstractmethod
    def tables(self) -> list[str]:
        """Names of the tables of intervals."""

    @abstractmethod
    def intervals(self, table: str, label: str | None = None) -> Intervals:
        """One of the tables."""

    @abstractmethod
    def find(self, series: str) -> str:
        """Full name of a series; an error where there is none."""

    @abstractmethod
    def samples(self, series: str) -> Samples:
        """Samples of a series."""


class WithSidecars(SpikeRecording):
    """A format without intervals and covariates: they come from tables beside the recording.

    `<recording>_events.tsv` has `onset` and `duration` (s), and a column that names them;
    `<recording>_covariates.tsv` has `time` (s) and a column for each covariate.
    """

    def sidecar(self, ending: str) -> Path:
        """Path of a table beside the recording."""
        return self.path.with_name(f"{self.path.name.rsplit('_', 1)[0]}_{ending}.tsv")

    def tables(self) -> list[str]:
        """`events` where there is such a sidecar."""
        return ["events"] if self.sidecar("events").is_file() else []

    def intervals(self, table: str, label: str | None = None) -> Intervals:
        """Read the sidecar `_events.tsv`.

        Raises
        ------
        ValueError
            If there is no such table, or it lacks a column.
        """
        path = self.sidecar("events")
        if table not in self.tables():
            raise ValueError(
                f"{self.path}: has no table of intervals {table!r}. It has "
                f"{self.tables() or f'none at all; intervals are read from {path.name}'}"
            )
        required = ("onset", "duration", *([label] if label else []))
        found = read_tsv(path, required)
        column = label or next((name for name in LABELS if name in found), None)
        start = found["onset"].to_numpy(np.float64)
        return Intervals(
            start=start,
            stop=start + found["duration"].to_numpy(np.float64),
            label=[table] * len(found) if column is None else [str(x) for x in found[column]],
        )

    def find(self, series: str) -> str:
        """Look for a column of the sidecar `_covariates.tsv`.

        Raises
        ------
        ValueError
            If there is no such table or column.
        """
        path = self.sidecar("covariates")
        if not path.is_file():
            raise ValueError(
                f"{self.path}: has no series {series!r}; covariates are read from {path.name}, "
                "which does not exist"
            )
        read_tsv(path, ("time", series))
        return series

    def samples(self, series: str) -> Samples:
        """Read a column of the sidecar `_covariates.tsv`.

        Raises
        ------
        ValueError
            If it is missing, or the times are not increasing.
        """
        self.find(series)
        path = self.sidecar("covariates")
        table = read_tsv(path, ("time", series))
        times = table["time"].to_numpy(np.float64)
        if not np.all(np.diff(times) > 0):
            raise ValueError(f"{path}: the column 'time' must be finite and increase")
        return Samples(times, table[series].to_numpy(np.float64), "")
