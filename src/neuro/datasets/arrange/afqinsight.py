"""AFQ-Insight's tract profiles: long tables of nodes, made wide, a row per subject."""

import csv
from pathlib import Path

from neuro.datasets import tree
from neuro.datasets.base import DatasetError


def arrange(
    unpacked: Path, root: Path, *, nodes: str, subjects: str, label: str, measures: list[str]
) -> None:
    """Write the profiles of all subjects as one table, and what is known of the subjects beside it.

    Parameters
    ----------
    unpacked : Path
        The folder of the package.
    root : Path
        The tree.
    nodes, subjects : str
        Files with a row per subject, tract and node, and with a row per subject.
    label : str
        Name of the table.
    measures : list of str
        Columns of `nodes` that become features, e.g. `fa`.

    Raises
    ------
    DatasetError
        If a subject of one file is not in the other.
    """
    values: dict[str, dict[str, str]] = {}
    names: dict[str, None] = {}
    for row in _read(unpacked / nodes):
        own = values.setdefault(row["subjectID"], {})
        for measure in measures:
            name = f"{measure} {row['tractID']} {int(row['nodeID']):03}"
            names[name] = None
            own[name] = row[measure] or "n/a"
    people = list(_read(unpacked / subjects))
    known = [row["subjectID"] for row in people]
    if set(known) != set(values):
        raise DatasetError(f"{unpacked / subjects}: the subjects are not those of {nodes}.")
    # By measure, then along the tracts.
    ordered = sorted(names, key=lambda name: measures.index(name.split(" ")[0]))
    stem = root / f"sub-{label}/features/sub-{label}"
    tree.write_table(
        Path(f"{stem}_features.tsv"),
        ["participant_id", *ordered],
        ([who, *(values[who].get(name, "n/a") for name in ordered)] for who in known),
    )
    columns = [key for key in people[0] if key and key != "subjectID"]
    tree.write_table(
        Path(f"{stem}_participants.tsv"),
        ["participant_id", *columns],
        ([row["subjectID"], *(row[key] or "n/a" for key in columns)] for row in people),
    )


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
