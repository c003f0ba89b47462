"""Whether spike times can be what they claim to be, before anything is made of them."""

from pathlib import Path

import numpy as np

from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.source import Floats, UnitTable

TOLERANCE = 1e-6
"""Rounding of times that is forgiven at the edges of intervals, s."""
MOST_NAMED = 5


def check_spikes(units: UnitTable, *, without_spikes: str, where: Path) -> list[str]:
    """Check the spike times of all units.

    Parameters
    ----------
    units : UnitTable
        With its spike times.
    without_spikes : str
        `"error"`, or `"drop"` to go on with a warning.
    where : Path
        The file, for messages.

    Returns
    -------
    warnings : list of str
        What a reader should know.

    Raises
    ------
    ValueError
        If times are not finite, negative, out of order or outside of when the recording ran, or
        a unit has no spikes.
    """
    for name, times in zip(units.ids, units.times, strict=True):
        _check_unit(name, times, units.support, where)
    empty = [name for name, t in zip(units.ids, units.times, strict=True) if not len(t)]
    if empty and (without_spikes == "error" or len(empty) == len(units.ids)):
        raise ValueError(
            f"{where}: unit(s) {_some(empty)} have no spikes; leave them out of the file, or set "
            "preprocess.units.without_spikes to 'drop'"
        )
    return [f"Units without any spike, left out: {_some(empty)}."] if empty else []


def _check_unit(name: str, times: Floats, support: Intervals | None, where: Path) -> None:
    unit = f"{where}: unit {name!r}"
    if bad := int(np.count_nonzero(~np.isfinite(times))):
        raise ValueError(f"{unit} has {bad} spike time(s) that are NaN or infinite")
    if len(back := np.flatnonzero(np.diff(times) < 0)):
        i = int(back[0])
        raise ValueError(
            f"{unit} has spikes out of order: {times[i]:.6g} s (spike {i}) is followed by "
            f"{times[i + 1]:.6g} s; sort them"
        )
    if len(times) and times[0] < 0:
        raise ValueError(
            f"{unit} has {np.count_nonzero(times < 0)} spike(s) before 0 s, the first at "
            f"{times[0]:.6g} s; times must count from the recording's beginning"
        )
    if support is not None and (n := np.count_nonzero(~inside(times, support))):
        raise ValueError(
            f"{unit} has {n} spike(s) outside of when the recording ran, "
            f"{spans(support)}; are the times in seconds?"
        )


def check_intervals(intervals: Intervals, table: str, where: Path) -> None:
    """Check that intervals are finite, longer than nothing and do not overlap.

    Raises
    ------
    ValueError
        If they are not.
    """
    start, stop = intervals.start, intervals.stop
    if not len(start):
        raise ValueError(f"{where}: the table {table!r} has no rows")
    bad = np.flatnonzero(~(np.isfinite(start) & np.isfinite(stop) & (stop > start)))
    if len(bad):
        i = int(bad[0])
        raise ValueError(
            f"{where}: the table {table!r}: row {i} runs from {start[i]:g} to {stop[i]:g} s; an "
            "interval must end after it begins"
        )
    order = np.argsort(start, kind="stable")
    overlap = np.flatnonzero(stop[order][:-1] > start[order][1:] + TOLERANCE)
    if len(overlap):
        i, j = (int(order[overlap[0] + k]) for k in (0, 1))
        raise ValueError(
            f"{where}: the table {table!r}: rows {i} and {j} overlap ({start[i]:g} to {stop[i]:g} "
            f"and {start[j]:g} to {stop[j]:g} s); a spike would count twice"
        )


def check_outside(
    units: UnitTable, epochs: Intervals, table: str, *, outside: str, where: Path
) -> list[str]:
    """Check that spikes lie in intervals.

    Parameters
    ----------
    units : UnitTable
        With its spike times.
    epochs : Intervals
        All intervals of the table.
    table : str
        Its name.
    outside : str
        `"error"`, or `"drop"` to go on with a warning.
    where : Path
        The file, for messages.

    Returns
    -------
    warnings : list of str
        What a reader should know.

    Raises
    ------
    ValueError
        If there are spikes elsewhere.
    """
    stray = {
        name: int(np.count_nonzero(~inside(times, epochs)))
        for name, times in zip(units.ids, units.times, strict=True)
    }
    n = sum(stray.values())
    if not n:
        return []
    total = sum(map(len, units.times))
    if outside == "drop":
        return [f"{n} of {total} spikes lie in no interval of {table!r} and were left out."]
    last = max(float(t[-1]) for t in units.times if len(t))
    raise ValueError(
        f"{where}: {n} of {total} spikes lie outside of the intervals of {table!r}, "
        f"{spans(epochs)}, those of unit(s) {_some([k for k, v in stray.items() if v])}; the last "
        f"spike is at {last:.6g} s. Are both in seconds of one clock? To leave such spikes out, "
        "set preprocess.epochs.outside to 'drop'"
    )


def inside(times: Floats, intervals: Intervals) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each time lies in one of the intervals, edges included."""
    order = np.argsort(intervals.start, kind="stable")
    start, stop = intervals.start[order], np.maximum.accumulate(intervals.stop[order])
    at = np.searchsorted(start, times + TOLERANCE, side="right") - 1
    return (at >= 0) & (times <= stop[np.maximum(at, 0)] + TOLERANCE)


def spans(intervals: Intervals) -> str:
    """`0 to 600 s and 600 to 1200 s`, or the first and the last of many."""
    pairs = [f"{a:g} to {b:g} s" for a, b in zip(intervals.start, intervals.stop, strict=True)]
    if len(pairs) > MOST_NAMED:
        return f"{len(pairs)} from {pairs[0]} to {pairs[-1]}"
    return " and ".join(pairs)


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return f"{names[:MOST_NAMED]}" + (f" and {more} more" if more > 0 else "")
