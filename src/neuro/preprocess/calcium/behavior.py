"""What an NWB file tells of the animal, brought to the frames: position, heading, epochs."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.io.nwb import intervals_of, series_in, tables_in, times_of, values_of
from neuro.preprocess.calcium.read_tables import CIRCULAR, angle
from neuro.preprocess.calcium.traces import Covariate, Epochs, Floats

if TYPE_CHECKING:
    from pynwb import NWBFile, TimeSeries

MOST_BRIDGED = 5.0
"""A gap of more median distances between samples is not bridged."""
SHORTEST_GAP = 0.5
"""Nor is one longer than this, s, if it is longer than that."""


def covariates_of(nwb: "NWBFile", time: Floats) -> dict[str, Covariate]:
    """Covariates of a file at the frames.

    Taken are spatial series (position, heading) and whatever series are kept as behavior; of
    several with the same name the containers' names are added.

    Parameters
    ----------
    nwb : pynwb.NWBFile
        An open file.
    time : ndarray, shape (n_times,)
        Times of the frames, s.
    """
    found = series_in(nwb, ("SpatialSeries",))
    for name, series in series_in(nwb).items():
        parents = {type(series.parent).__name__, name.split("/")[0]}
        if parents & {"BehavioralTimeSeries", "behavior"} and series.data.dtype.kind in "fiu":
            found[name] = series
    short = {name: name.rsplit("/", 1)[-1] for name in found}
    counts = list(short.values())
    return {
        short[name] if counts.count(short[name]) == 1 else name.replace("/", "_"): _at(series, time)
        for name, series in sorted(found.items())
    }


def epochs_of(nwb: "NWBFile") -> Epochs | None:
    """Rows of the tables of epochs and trials, in the order of their beginning."""
    parts = [intervals_of(nwb, name) for name in ("epochs", "trials") if name in tables_in(nwb)]
    if not parts:
        return None
    start = np.concatenate([part.start for part in parts])
    stop = np.concatenate([part.stop for part in parts])
    label = [text for part in parts for text in part.label]
    order = np.argsort(start, kind="stable")
    return Epochs(start[order], stop[order], [label[i] for i in order])


def shifts_of(nwb: "NWBFile", time: Floats) -> Floats | None:
    """Shifts of motion correction (`xy_translation`) at the frames, pixels; None without."""
    there = {name: s for name, s in series_in(nwb).items() if name.endswith("/xy_translation")}
    if len(there) != 1:
        return None
    (series,) = there.values()
    shifts = values_of(series)
    if len(shifts) == len(time):
        return shifts
    return np.column_stack([interpolate(times_of(series), axis, time) for axis in shifts.T])


def interpolate(at: Floats, values: Floats, time: Floats) -> Floats:
    """Values at other times by straight lines; NaN outside of the record and in its gaps."""
    if len(at) < 2:
        return np.full(len(time), np.nan)
    result = np.interp(time, at, values, left=np.nan, right=np.nan)
    longest = max(MOST_BRIDGED * float(np.median(np.diff(at))), SHORTEST_GAP)
    after = np.clip(np.searchsorted(at, time), 1, len(at) - 1)
    inside = (at[after] - at[after - 1] > longest) & (time > at[after - 1]) & (time < at[after])
    result[inside] = np.nan
    filled: Floats = result
    return filled


def turn(at: Floats, angles: Floats, time: Floats) -> Floats:
    """Angles at other times, rad, along the shorter arc."""
    parts = [interpolate(at, part, time) for part in (np.sin(angles), np.cos(angles))]
    turned: Floats = np.mod(np.arctan2(*parts), 2 * np.pi)
    return turned


def _at(series: "TimeSeries", time: Floats) -> Covariate:
    values, at = values_of(series), times_of(series)
    unit = str(series.unit or "")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1 and unit.lower() in CIRCULAR:
        return Covariate(turn(at, angle(values, unit.lower()), time), "rad", circular=True)
    if values.ndim == 1:
        return Covariate(interpolate(at, values, time), unit)
    columns = values.reshape(len(values), -1).T
    return Covariate(np.column_stack([interpolate(at, axis, time) for axis in columns]), unit)
