"""`..._covariates.tsv` beside a recording: what the animal did, with times of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.tables import read_tsv
from neuro.preprocess.calcium.behavior import interpolate, turn
from neuro.preprocess.calcium.read_tables import CIRCULAR, angle
from neuro.preprocess.calcium.traces import Covariate, Floats, check_time, named

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
