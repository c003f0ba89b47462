"""Opening a recording of spikes, and what can be told before its samples are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.preprocess.spikes.npz import NpzSpikes
from neuro.preprocess.spikes.nwb import open_nwb_spikes
from neuro.preprocess.spikes.phy import PhySpikes
from neuro.preprocess.spikes.source import SpikeRecording, UnitTable

if TYPE_CHECKING:
    from neuro.config.spikes import SpikesBinning, Units

REGIONS = ("region", "location", "brain_region", "brain_area", "structure")
"""Columns that may tell the brain region, best first."""


@contextmanager
def open_recording(path: str | Path) -> Iterator[SpikeRecording]:
    """Open a recording by the ending of its name; it is closed after the block.

    Parameters
    ----------
    path : str | Path
        An NWB file, a folder of phy or Kilosort (`.phy`), or an `.npz` file.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder.
    ValueError
        If it is of another kind.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    if path.suffix == ".nwb":
        with open_nwb_spikes(path) as recording:
            yield recording
    elif path.suffix == ".npz":
        yield NpzSpikes(path)
    elif path.is_dir():
        yield PhySpikes(path)
    else:
        raise ValueError(
            f"{path}: spikes are read from .nwb and .npz files and from .phy folders, not from "
            f"{path.suffix or 'a file without ending'}"
        )


def check_header(recording: SpikeRecording, params: "SpikesBinning") -> UnitTable:
    """Hold what the file holds against what is asked of it; spike times are not read.

    Raises
    ------
    ValueError
        If units, tables, columns or series are missing, or an id is there twice.
    """
    units = recording.units(samples=False)
    where = recording.path
    if not units.ids:
        raise ValueError(f"{where}: the units table is empty")
    if twice := sorted({each for each in units.ids if units.ids.count(each) > 1}):
        raise ValueError(f"{where}: unit id(s) {twice} are there more than once; ids must differ")
    check_columns(units, params.units, where)
    table = epoch_table(recording, params)
    if table is not None:
        labels = recording.intervals(table, params.epochs.label).label
        if unknown := sorted({*(params.epochs.use or [])} - {*labels}):
            raise ValueError(
                f"{where}: epochs.use: {unknown} unknown; the table {table!r} has "
                f"{sorted({*labels})}"
            )
    elif params.epochs.use:
        raise ValueError(
            f"{where}: epochs.use names {params.epochs.use}, but the recording has no table of "
            f"epochs. It has {recording.tables() or 'no tables'}; name one in epochs.table"
        )
    if params.trials is not None:
        recording.intervals(params.trials)
    for covariate in params.covariates.values():
        for series in covariate.series:
            recording.find(series)
    return units


def check_columns(units: UnitTable, params: "Units", where: Path) -> None:
    """Whether the columns that are asked for are there, and some unit has what is selected."""
    asked = [*params.select, *([params.region] if params.region is not None else [])]
    for column in asked:
        if column not in units.columns:
            raise ValueError(
                f"{where}: units have no column {column!r}, which preprocess.units names. They "
                f"have {sorted(units.columns) or 'none'}"
            )
    for column, allowed in params.select.items():
        there = sorted({*units.columns[column]})
        if not {*allowed} & {*there}:
            raise ValueError(
                f"{where}: units.select.{column}: no unit has {allowed}; there are {there}"
            )


def epoch_table(recording: SpikeRecording, params: "SpikesBinning") -> str | None:
    """Name of the table of epochs; None for the whole recording as one."""
    if params.epochs.table is not None:
        return params.epochs.table
    return "epochs" if "epochs" in recording.tables() else None


def regions_of(units: UnitTable, params: "Units") -> list[str]:
    """Brain region of each unit, `""` where nothing tells."""
    column = params.region or next((name for name in REGIONS if name in units.columns), None)
    return [""] * len(units.ids) if column is None else list(units.columns[column])
