"""TSV tables, as BIDS writes them: UTF-8, tabs, `n/a` for missing.

Names come from files of others, and spreadsheets run what begins with `=`, `+`, `-` or `@`: text
that does gets an apostrophe before it, which :func:`read_tsv` takes away.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.io.atomic import atomic
from neuro.io.damage import reading

if TYPE_CHECKING:
    import pandas as pd


def write_tsv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write a table, whole or not at all; floats keep all their digits."""
    safe = _changed(table, _quoted)
    with atomic(path) as temporary:
        safe.to_csv(temporary, sep="\t", index=False, na_rep="n/a", lineterminator="\n")


def read_tsv(path: str | Path, required: tuple[str, ...] = ()) -> "pd.DataFrame":
    """Read a table; text columns come back as `str`, missing as NaN.

    Parameters
    ----------
    path : str | Path
        The file. A byte order mark is ignored.
    required : tuple of str
        Columns that must be there.

    Raises
    ------
    ValueError
        If a column is missing or the file is not a table.
    """
    import pandas as pd

    labels = dict.fromkeys(("subject", "session", "task", "run", "participant_id"), str)
    with reading(path, "not a tab-separated table"):
        table = pd.read_csv(path, sep="\t", na_values=["n/a"], dtype=labels, encoding="utf-8-sig")
    table = _changed(table, _unquoted)
    if lacking := [column for column in required if column not in table]:
        raise ValueError(f"{path}: lacks column(s) {lacking}; it has {list(table.columns)}")
    return table


def _quoted(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in tuple("=+-@"):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _unquoted(value: Any) -> Any:
    quoted = isinstance(value, str) and value[:1] == "'" and value[1:2] in tuple("=+-@")
    return value[1:] if quoted else value


def _changed(table: "pd.DataFrame", change: Callable[[Any], Any]) -> "pd.DataFrame":
    """A table with its names and its text changed; numbers are left alone."""
    table = table.set_axis([change(name) for name in table.columns], axis=1)
    for place, dtype in enumerate(table.dtypes):
        if dtype.kind in "iufb":
            continue
        column = table.iloc[:, place]
        if any(change(value) is not value for value in column):
            table.isetitem(place, column.map(change, na_action="ignore").array)
    return table
