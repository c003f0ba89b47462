"""geomstats' connectomes: a table of subjects x edges, and one of diagnoses."""

import csv
from pathlib import Path

from neuro.datasets import tree
from neuro.datasets.base import DatasetError


def arrange(
    unpacked: Path, root: Path, *, edges: str, labels: str, classes: dict[str, str]
) -> None:
    """Write the edges of all subjects as one table, and what is known of the subjects beside it.

    Parameters
    ----------
    unpacked : Path
        The folder of the package.
    root : Path
        The tree.
    edges, labels : str
        Files of edges and of classes, a row per subject, in the same order.
    classes : dict of str to str
        Name of each class.

    Raises
    ------
    DatasetError
        If the subjects differ, or the edges are not those of a matrix.
    """
    _, *rows = _read(unpacked / edges)
    _, *told = _read(unpacked / labels)
    if [row[0] for row in rows] != [row[0] for row in told]:
        raise DatasetError(f"{unpacked / labels}: the subjects are not those of {edges}.")
    n_edges = len(rows[0]) - 1
    n = round((1 + (1 + 8 * n_edges) ** 0.5) / 2)
    if n * (n - 1) // 2 != n_edges:
        raise DatasetError(f"{unpacked / edges}: {n_edges} edges are no triangle of a matrix.")
    # Row by row of the upper triangle, as the package makes matrices of them.
    names = [f"C{i + 1:02}-C{j + 1:02}" for i in range(n) for j in range(i + 1, n)]
    stem = root / "sub-connectomes/features/sub-connectomes"
    tree.write_table(Path(f"{stem}_features.tsv"), ["participant_id", *names], rows)
    people = ([row[0], classes[row[1]]] for row in told)
    tree.write_table(Path(f"{stem}_participants.tsv"), ["participant_id", "diagnosis"], people)


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
