"""Tables beside a recording: `..._covariates.tsv`, what the animal did, and `..._events.tsv`."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.tables import read_tsv
from neuro.preprocess.calcium.behavior import interpolate, turn
from neuro.preprocess.calcium.read_tables import CIRCULAR, angle
from neuro.preprocess.calcium.traces import Covariate, Epochs, Floats, check_time, named

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading


def table_beside(path: Path) -> Path:
    """Where the covariates of a recording are, if they are in a table of their own."""
    return path.with_name(f"{path.stem.removesuffix('_ophys')}_covariates.tsv")


def names_beside(path: Path) -> list[str]:
    """Covariates in the table beside a recording; none without such a table.

    Raises
    ------
    ValueError
        If it is no table, or has no column `time`.
    """
    file = table_beside(path)
    if not file.is_file():
        return []
    return [str(name) for name in read_tsv(file, ("time",)).columns if name != "time"]


def covariates_beside(path: Path, time: Floats, params: "CalciumReading") -> dict[str, Covariate]:
    """Covariates of the table at the frames.

    Parameters
    ----------
    path : Path
        The recording.
    time : ndarray, shape (n_times,)
        Times of its frames, s.
    params : CalciumReading
        Units by name; without one a covariate is a plain number.

    Raises
    ------
    ValueError
        If times do not increase, or a column holds no numbers.
    """
    if not (names := names_beside(path)):
        return {}
    file = table_beside(path)
    table = read_tsv(file, ("time",))
    if text := [name for name in ("time", *names) if table[name].dtype.kind not in "fiub"]:
        raise ValueError(f"{file}: column(s) that hold no numbers: {named(text)}")
    at: Floats = table["time"].to_numpy(np.float64)
    check_time(at, str(file))
    found = {}
    for name in names:
        values, unit = table[name].to_numpy(np.float64), params.covariates.get(name, "")
        if unit in CIRCULAR:
            found[name] = Covariate(turn(at, angle(values, unit), time), "rad", circular=True)
        else:
            found[name] = Covariate(interpolate(at, values, time), unit)
    return found


def events_beside(path: Path, time: Floats) -> Epochs | None:
    """Events of BIDS's `..._events.tsv` beside a recording, as epochs; None without one.

    Parameters
    ----------
    path : Path
        The recording.
    time : ndarray, shape (n_times,)
        Times of its frames, s; onsets count from the first.

    Raises
    ------
    ValueError
        If it lacks `onset` or `duration`, or one of them is no number.
    """
    file = path.with_name(f"{path.stem.removesuffix('_ophys')}_events.tsv")
    if not file.is_file():
        return None
    table = read_tsv(file, ("onset", "duration"))
    if text := [name for name in ("onset", "duration") if table[name].dtype.kind not in "fiu"]:
        raise ValueError(f"{file}: column(s) that hold no numbers: {named(text)}")
    start: Floats = table["onset"].to_numpy(np.float64) + time[0]
    stop: Floats = start + np.nan_to_num(table["duration"].to_numpy(np.float64))
    kinds = table["trial_type"] if "trial_type" in table else ["event"] * len(table)
    return Epochs(start, stop, [str(kind) for kind in kinds])
