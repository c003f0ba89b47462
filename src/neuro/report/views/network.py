"""Networks: nodes on a circle, and the strongest connections between them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuro.io import hdf5
from neuro.io.tables import read_tsv
from neuro.report import gather, view
from neuro.report.views.pack import to_json

FILE = "connectivity.h5"
MOST_EDGES = 1500
"""Connections kept, the strongest."""
LEFT_OUT = ("p_corrected",)
"""Columns of a table of connections that are no weights."""


def views(word: gather.Word, there: Callable[[Path], bool]) -> list[view.View]:
    """Networks of a word: tables of connections, and mean connectivity of parcels.

    Parameters
    ----------
    word : Word
        One word of one dataset.
    there : callable
        Whether a file is there to be read.

    Returns
    -------
    views : list of View
        A view per table with columns `a` and `b`, and per file of connectivity.
    """
    if word.whole is None:
        return []
    made = []
    for i, table in enumerate(word.whole.manifest.tables):
        weights = _of_table(word.whole.file(table.path))
        if weights:
            made.append(_view(f"{word.name}.network-{i}", table.title, weights))
    path = word.whole.path.with_name(FILE)
    if word.name == "preprocess" and there(path) and (weights := _of_file(path)):
        title = "Mean functional connectivity"
        made.append(_view(f"{word.name}.network", title, weights))
    return made


def _view(name: str, title: str, networks: list[dict[str, Any]]) -> view.View:
    caption = (
        "Nodes lie on the circle in their order; lines are the strongest connections, blue below "
        "zero and red above. Point at a node, or choose it, to see its own."
    )
    return view.View("network", f"view.{name}", title, caption, to_json({"networks": networks}))


def _of_table(path: Path) -> list[dict[str, Any]]:
    if path.suffix != ".tsv":
        return []
    table = read_tsv(path)
    if list(table.columns[:2]) != ["a", "b"]:
        return []
    a, b = (table[column].astype(str).tolist() for column in ("a", "b"))
    columns = [
        column
        for column in table.columns[2:]
        if table[column].dtype.kind in "iuf" and column not in LEFT_OUT
    ]
    nodes = sorted({*a, *b}, key=_natural)
    return [_network(str(c), nodes, a, b, table[c].to_numpy(dtype=float).tolist()) for c in columns]


def _of_file(path: Path) -> list[dict[str, Any]]:
    arrays = hdf5.read(path)
    if "names" not in arrays:
        return []
    names = [str(name) for name in arrays["names"].values]
    rows, columns = np.triu_indices(len(names), 1)
    a, b = [names[i] for i in rows], [names[i] for i in columns]
    return [
        _network(key.removeprefix("mean/"), names, a, b, array.values[rows, columns].tolist())
        for key, array in sorted(arrays.items())
        if key.startswith("mean/")
    ]


def _network(
    name: str, nodes: list[str], a: Sequence[str], b: Sequence[str], weights: list[float]
) -> dict[str, Any]:
    index = {node: i for i, node in enumerate(nodes)}
    finite = [k for k, weight in enumerate(weights) if np.isfinite(weight) and weight]
    strongest = sorted(finite, key=lambda k: -abs(weights[k]))[:MOST_EDGES]
    return {
        "name": name.replace("_", " "),
        "nodes": nodes,
        "edges": [[index[a[k]], index[b[k]], float(f"{weights[k]:.4g}")] for k in strongest],
        "total": len(finite),
    }


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Sorts `L2` before `L10`."""
    parts = re.findall(r"\d+|\D+", text)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
