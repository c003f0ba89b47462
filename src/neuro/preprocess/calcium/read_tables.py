"""Tables: CSV, TSV or Parquet with a column for each neuron and perhaps one for time."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.damage import reading
from neuro.preprocess.calcium.read_common import identities, sidecar_rate
from neuro.preprocess.calcium.traces import (
    Covariate,
    Floats,
    Opened,
    Traces,
    check_time,
    named,
    rate_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from neuro.config.calcium import CalciumReading

TIMES = ("time", "timestamp")
CIRCULAR = {"rad": 1.0, "radian": 1.0, "radians": 1.0, "deg": np.pi / 180, "degrees": np.pi / 180}
"""Units of angles, and their size in radians."""


def open_table(path: Path, params: "CalciumReading") -> Opened:
    """Read the header of a table; of its rows only the times.

    Raises
    ------
    ValueError
        If it is no table, lacks a column, or the rate is not known.
    """
    columns = _columns(path)
    time_column = _time_column(path, columns, params)
    own = {name: unit for name, unit in params.covariates.items() if name in columns}
    names = [column for column in columns if column != time_column and column not in own]
    time = _times(path, time_column, columns, params)
    kind = params.kind or "fluorescence"

    def load() -> Traces:
        table = _numbers(path, [*names, *own])
        covariates = {
            name: _covariate(table[name].to_numpy(np.float64), unit) for name, unit in own.items()
        }
        values = np.ascontiguousarray(table[names].to_numpy(np.float64).T)
        who = identities(names, params)
        return Traces(values, time.copy(), list(names), who, kind, covariates=covariates)

    return Opened(
        where=str(path),
        names=names,
        n_found=len(names),
        n_frames=len(time),
        sfreq=rate_of(time) if len(time) > 1 else 0.0,
        kind=kind,
        has_neuropil=False,
        format="Parquet" if path.suffix == ".parquet" else "CSV",
        notes=[],
        load=load,
        covariates=list(own),
    )


def angle(values: Floats, unit: str) -> Floats:
    """Angles in radians from 0 to 2π."""
    turned: Floats = np.mod(values * CIRCULAR[unit], 2 * np.pi)
    return turned


def _covariate(values: Floats, unit: str) -> Covariate:
    if unit in CIRCULAR:
        return Covariate(angle(values, unit), "rad", circular=True)
    return Covariate(values, unit)


def _separator(path: Path) -> str:
    return "\t" if path.suffix == ".tsv" else ","


def _columns(path: Path) -> list[str]:
    """Names of the columns as the file has them: pandas would rename one that comes twice."""
    columns = _headings(path)
    if strange := [name for name in columns if "\0" in name]:
        raise ValueError(f"{path}: null characters in the name of a column: {strange[0]!r}")
    return columns


def _headings(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        with reading(path, "truncated, or not Parquet"):
            return [str(name) for name in pq.read_schema(path).names]
    import pandas as pd

    with reading(path, "not a table"):
        row = pd.read_csv(
            path, sep=_separator(path), header=None, nrows=1, dtype=str, encoding="utf-8-sig"
        )
    columns = ["" if pd.isna(name) else str(name).strip() for name in row.iloc[0]]
    if not all(columns):
        raise ValueError(f"{path}: its first line must name every column, as neurons or time")
    if all(_is_number(column) and "." in column for column in columns):
        raise ValueError(f"{path}: its first line must name the columns, but holds numbers")
    return columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _time_column(path: Path, columns: list[str], params: "CalciumReading") -> str | None:
    if params.time_column is not None:
        if params.time_column not in columns:
            raise ValueError(
                f"{path}: has no column {params.time_column!r} (read.time_column); it has "
                f"{named(columns)}"
            )
        return params.time_column
    return next((column for column in columns if column.lower() in TIMES), None)


def _times(
    path: Path, time_column: str | None, columns: list[str], params: "CalciumReading"
) -> Floats:
    column = time_column or columns[0]
    if columns.count(column) > 1:
        raise ValueError(f"{path}: the column {column!r} comes more than once")
    if time_column is not None:
        time: Floats = _numbers(path, [column])[column].to_numpy(np.float64)
        check_time(time, f"{path}: column {time_column!r}")
        return time
    sfreq = sidecar_rate(path, params)
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        n_frames = pq.read_metadata(path).num_rows
    else:
        n_frames = len(_numbers(path, [column]))
    frames: Floats = np.arange(n_frames) / sfreq
    return frames


def _numbers(path: Path, columns: list[str]) -> "pd.DataFrame":
    import pandas as pd

    with reading(path, "not a table of numbers"):
        if path.suffix == ".parquet":
            table = pd.read_parquet(path, columns=columns)
        else:
            table = pd.read_csv(
                path,
                sep=_separator(path),
                usecols=lambda name: str(name).strip() in columns,
                na_values=["n/a"],
                encoding="utf-8-sig",
            ).rename(columns=lambda name: str(name).strip())
    if twice := sorted({str(name) for name in table.columns[table.columns.duplicated()]}):
        raise ValueError(f"{path}: column(s) that come more than once: {named(twice)}")
    text = [name for name in columns if table[name].dtype.kind not in "fiub"]
    if text:
        raise ValueError(
            f"{path}: column(s) that hold no numbers: {named(text)}; name covariates in "
            "read.covariates, and take text out"
        )
    return table
