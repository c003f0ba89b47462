"""Structural connectomes and regional tables that lie beside a recording, in `dwi`.

`sub-X/dwi/sub-X_desc-counts_connectome.tsv` holds a square matrix with the parcels' names in its
first row (and, if you like, in its first column); `sub-X/dwi/sub-X_regions.tsv` a row per parcel, a
column `name` and a column per measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.io.bids import Recording
from neuro.io.tables import read_tsv
from neuro.preprocess.fmri.sidecars import diffusion_files, entities

Floats = NDArray[np.float64]


@dataclass
class Structure:
    """What diffusion MRI says of the same parcels.

    Parameters
    ----------
    connectomes : dict of str to ndarray, shape (n_parcels, n_parcels)
        By the entity `desc`, e.g. `counts`, `lengths`.
    regions : dict of str to ndarray, shape (n_parcels,)
        By measure, e.g. `FA`.
    notes : list of str
        What was left out, and why.
    """

    connectomes: dict[str, Floats] = field(default_factory=dict)
    regions: dict[str, Floats] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_structure(root: Path, recording: Recording, names: Sequence[str]) -> Structure:
    """Read the tables of a subject's `dwi` folder that speak of the same parcels.

    Parameters
    ----------
    root : Path
        The tree.
    recording : Recording
        Whose subject and session it is.
    names : sequence of str
        The parcels.

    Raises
    ------
    ValueError
        If a table is no connectome, or two are of the same kind.
    """
    found = Structure()
    for path in diffusion_files(root, recording, "_connectome.tsv"):
        kind = entities(path).get("desc", "weights")
        matrix, there = read_connectome(path)
        order = _order(there, names)
        if order is None:
            found.notes.append(_left_out(path, len(there), names))
        elif kind in found.connectomes:
            raise ValueError(f"{path}: a second connectome of desc-{kind}; leave one there")
        else:
            found.connectomes[kind] = matrix[np.ix_(order, order)]
    for path in diffusion_files(root, recording, "_regions.tsv"):
        table = read_tsv(path, ("name",))
        order = _order([str(name) for name in table["name"]], names)
        if order is None:
            found.notes.append(_left_out(path, len(table), names))
            continue
        numbers = table.drop(columns="name").select_dtypes("number")
        for measure in numbers:
            found.regions[str(measure)] = numbers[measure].to_numpy(dtype=float)[order]
    return found


def read_connectome(path: Path) -> tuple[Floats, list[str]]:
    """Read a square matrix with names.

    Returns
    -------
    matrix : ndarray, shape (n_parcels, n_parcels)
        As stored.
    names : list of str
        Of the columns.

    Raises
    ------
    ValueError
        If it is not square, rows and columns have other names, or a number is missing, negative
        or no number.
    """
    table = pd.read_csv(path, sep="\t", encoding="utf-8-sig", na_values=["n/a"])
    if table.shape[1] == len(table) + 1 and not _is_number(table.iloc[:, 0]):
        rows = [str(name) for name in table.iloc[:, 0]]
        table = table.iloc[:, 1:]
        if rows != [str(name) for name in table]:
            raise ValueError(f"{path}: rows and columns must have the same names in the same order")
    if table.shape[0] != table.shape[1]:
        raise ValueError(
            f"{path}: a connectome is square with its parcels' names in the first row; found "
            f"{table.shape[0]} rows and {table.shape[1]} columns"
        )
    try:
        matrix = table.to_numpy(dtype=float)
    except ValueError as error:
        raise ValueError(f"{path}: must hold numbers ({error})") from error
    if not np.isfinite(matrix).all() or (matrix < 0).any():
        raise ValueError(f"{path}: holds missing, infinite or negative numbers")
    return matrix, [str(name) for name in table]


def _is_number(column: "pd.Series[Any]") -> bool:
    return bool(pd.api.types.is_numeric_dtype(column))


def _order(there: Sequence[str], names: Sequence[str]) -> list[int] | None:
    """Places of the parcels in a table, or None when it speaks of others."""
    if len(set(there)) < len(there) or not set(names) <= set(there):
        return None
    place = {name: i for i, name in enumerate(there)}
    return [place[name] for name in names]


def _left_out(path: Path, n_there: int, names: Sequence[str]) -> str:
    return (
        f"{path.name} was left out: its {n_there} regions are not named like the {len(names)} "
        "parcels of the time courses."
    )
