"""Tables of what was measured, a row at a time: a measurement that is stopped goes on later."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "benchmarks" / "scale"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of `data/benchmarks/scale/<name>.tsv`; none where it is not there."""
    path = FOLDER / f"{name}.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def append(name: str, row: Mapping[str, object]) -> None:
    """Add a row, on the disk when this returns; the first one decides the columns."""
    path = FOLDER / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = rows(name)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, list(known[0] if known else row), delimiter="\t", lineterminator="\n"
        )
        if not known:
            writer.writeheader()
        writer.writerow(row)
        file.flush()
        os.fsync(file.fileno())
