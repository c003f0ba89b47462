"""The recordings table: one row per recording. No pandas here: listing must start fast."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from neuro.datasets.base import DatasetError
from neuro.io.atomic import write_text
from neuro.io.bids import Recording
from neuro.io.damage import reading

IDENTITY = ("subject", "session", "task", "run", "datatype", "path")
COLUMNS = (*IDENTITY, "sfreq", "n_channels", "duration")
"""Columns of recordings.tsv; `sfreq` in Hz, `duration` in s."""


def read_rows(path: str | Path, required: Iterable[str] = ()) -> list[dict[str, str]]:
    """Read a TSV file as text; `n/a` becomes the empty string, a byte order mark is ignored.

    Raises
    ------
    DatasetError
        If a required column is missing, or a row has not one value per column.
    """
    with (
        reading(path, error=DatasetError),
        Path(path).open(encoding="utf-8-sig", newline="") as file,
    ):
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        columns = list(reader.fieldnames or ())
        if lacking := [column for column in required if column not in columns]:
            raise DatasetError(f"{path}: lacks column(s) {lacking}; it has {columns}.")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise DatasetError(
                    f"{path}, line {reader.line_num}: not {len(columns)} tab-separated values."
                )
            rows.append({key: "" if value == "n/a" else value for key, value in row.items()})
    return rows


def read_recordings(path: str | Path) -> list[Recording]:
    """Read the recordings off a recordings table.

    Raises
    ------
    DatasetError
        If the file is not such a table.
    """
    rows = read_rows(path, COLUMNS)
    try:
        return [Recording(**{key: row[key] for key in IDENTITY}) for row in rows]
    except ValueError as error:
        raise DatasetError(f"{path}: {error}.") from error


def write_rows(path: str | Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write a recordings table, whole or not at all; empty strings become `n/a`."""
    lines = ["\t".join(COLUMNS)]
    lines += ["\t".join(row[column] or "n/a" for column in COLUMNS) for row in rows]
    write_text(path, "\n".join(lines) + "\n")
