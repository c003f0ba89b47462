"""A table with a row per person, as studies keep it beside their recordings."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuro.datasets.base import DatasetError, enumerate_some

ID = "participant_id"


@dataclass(frozen=True)
class People:
    """Who there is.

    Parameters
    ----------
    path : Path
        The table.
    identity : str
        Its column that names people.
    columns : list of str
        `participant_id`, then the table's own.
    rows : dict
        By identity, as it is compared; what is missing is `n/a`.
    """

    path: Path
    identity: str
    columns: list[str]
    rows: dict[str, dict[str, str]]

    def row(self, label: str, where: Path) -> dict[str, str]:
        """The row of a person; leading zeros do not count.

        Raises
        ------
        DatasetError
            If nobody is called that.
        """
        who = same(label)
        if who not in self.rows:
            raise DatasetError(
                f"{where}: {label!r} is no {self.identity} of {self.path.name}, which has "
                f"{enumerate_some(self.rows, 5)}."
            )
        return self.rows[who]


def read_people(path: Path, identity: str, missing: Sequence[str], where: str) -> People:
    """Read the table.

    Parameters
    ----------
    path : Path
        Commas or tabs.
    identity : str
        Column that names people.
    missing : sequence of str
        What stands for a missing value.
    where : str
        Configuration key of the source, for errors.

    Raises
    ------
    DatasetError
        If the table or the column is missing, or someone is there twice.
    """
    if not path.is_file():
        raise DatasetError(
            f"{where}.people: no file {str(path)!r}; the table of people lies below `path`."
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter=delimiter))
    known = list(rows[0]) if rows else []
    if identity not in known:
        raise DatasetError(
            f"{path}: lacks the column {identity!r} ({where}.identity); it has "
            f"{enumerate_some(filter(None, known))}."
        )
    people: dict[str, dict[str, str]] = {}
    for row in rows:
        who = same(row[identity])
        if who in people:
            raise DatasetError(f"{path}: {identity} {who!r} is there twice.")
        told = {
            key: "n/a" if (value or "").strip() in missing else value.strip()
            for key, value in row.items()
            if key and key != ID
        }
        people[who] = {ID: row[identity], **told}
    return People(path, identity, list(next(iter(people.values()))), people)


def same(label: str) -> str:
    """An identity as it is compared: numbers without leading zeros."""
    label = label.strip().removeprefix("sub-")
    return str(int(label)) if label.isdigit() else label
