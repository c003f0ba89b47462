"""TSV tables, as BIDS writes them: UTF-8, tabs, `n/a` for missing."""

from pathlib import Path

import pandas as pd

from neuro.io.atomic import atomic


def write_tsv(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table, whole or not at all; floats keep all their digits."""
    with atomic(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="n/a", lineterminator="\n")


def read_tsv(path: str | Path, required: tuple[str, ...] = ()) -> pd.DataFrame:
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
    labels = dict.fromkeys(("subject", "session", "task", "run", "participant_id"), str)
    try:
        table = pd.read_csv(path, sep="\t", na_values=["n/a"], dtype=labels, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a tab-separated table ({error})") from error
    if lacking := [column for column in required if column not in table]:
        raise ValueError(f"{path}: lacks column(s) {lacking}; it has {list(table.columns)}")
    return table
