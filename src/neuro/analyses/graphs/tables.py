"""A table with an edge per column and a subject per row, as matrices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.io.tables import read_tsv

Floats = NDArray[np.float64]

ID = "participant_id"
SUFFIXES = (".tsv", ".csv", ".parquet", ".h5")
MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """Connectivity of a cohort.

    Parameters
    ----------
    subjects : list of str
        In the order of the table.
    regions : list of str
        In the order of their first edge.
    matrices : ndarray, shape (n_subjects, n_regions, n_regions)
        Symmetric, with a diagonal of 1.
    people : DataFrame
        A row per subject: the sidecar, or the table's own columns that are no edges.
    where : Path
        File with the columns of `people`.
    left_out : list of str
        Regions that someone lacks.
    """

    subjects: list[str]
    regions: list[str]
    matrices: Floats
    people: pd.DataFrame
    where: Path
    left_out: list[str]


def read_edges(path: Path, pattern: str, *, fisher_z: bool = False) -> EdgeTable:
    """Read connectomes from a table of features.

    A region of which someone has no edge at all is left out for everybody.

    Parameters
    ----------
    path : Path
        `.tsv`, `.csv`, `.parquet`, or `.h5` with the datasets `features` and `names`;
        `_participants.tsv` in place of `_features` and its ending lies beside it, unless the groups
        are columns of the table.
    pattern : str
        Regular expression with the groups `a` and `b`, which the whole name of an edge matches.
    fisher_z : bool
        Whether the values are Fisher's z of correlations.

    Returns
    -------
    table : EdgeTable
        The connectomes.

    Raises
    ------
    ValueError
        If the table is of no such kind; names do not make one whole matrix; a value is no number;
        or subjects do not match.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: connectomes are read from {', '.join(SUFFIXES)}, not {path.suffix}"
        )
    table = _read(path)
    pairs = _pairs([str(name) for name in table.columns], pattern, path)
    regions = list(dict.fromkeys(region for pair in pairs.values() for region in pair))
    number = {region: k for k, region in enumerate(regions)}
    rows = np.array([number[a] for a, _ in pairs.values()])
    columns = np.array([number[b] for _, b in pairs.values()])
    _check_whole(rows, columns, regions, path)
    people, subjects, where = _people(path, table.drop(columns=list(pairs)))
    edges = table[list(pairs)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    matrices = np.tile(np.eye(len(regions)), (len(edges), 1, 1))
    matrices[:, rows, columns] = matrices[:, columns, rows] = np.tanh(edges) if fisher_z else edges
    off = np.isfinite(matrices) & ~np.eye(len(regions), dtype=bool)
    there = np.asarray(off.any(axis=2).all(axis=0))
    if there.sum() < max(3, len(regions) / 2):
        raise ValueError(
            f"{path}: {int((~there).sum())} of {len(regions)} regions have no edge in some "
            "participant; leave these participants out"
        )
    kept = [region for region, here in zip(regions, there, strict=True) if here]
    matrices = matrices[:, there][:, :, there]
    _check_finite(matrices, subjects, kept, path)
    left_out = [region for region in regions if region not in kept]
    return EdgeTable(subjects, kept, matrices, people, where, left_out)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".h5":
        with h5py.File(path, "r") as file:
            if lacking := [name for name in ("features", "names") if name not in file]:
                raise ValueError(f"{path}: lacks the dataset(s) {lacking}; it has {sorted(file)}")
            names = [str(name) for name in file["names"].asstr()[:]]
            return pd.DataFrame(file["features"][:], columns=names)
    separator = "\t" if path.suffix == ".tsv" else ","
    return pd.read_csv(
        path, sep=separator, dtype={ID: str}, na_values=["n/a"], encoding="utf-8-sig"
    )


def _pairs(names: Sequence[str], pattern: str, path: Path) -> dict[str, tuple[str, str]]:
    """Regions of each column that is an edge."""
    compiled = re.compile(pattern)
    if lacking := [group for group in "ab" if group not in compiled.groupindex]:
        raise ValueError(f"diagnosis.pattern: {pattern!r} lacks the group(s) {lacking}")
    matches = {name: compiled.fullmatch(name) for name in names}
    found = {name: (match["a"], match["b"]) for name, match in matches.items() if match}
    if not found:
        raise ValueError(
            f"{path}: diagnosis.pattern {pattern!r} fits no column, e.g. {list(names)[:3]}; "
            "`graphs` takes tables of connections alone"
        )
    return found


def _check_whole(
    rows: NDArray[np.intp], columns: NDArray[np.intp], regions: list[str], path: Path
) -> None:
    """Check that every pair of regions is there once."""
    seen = np.zeros((len(regions),) * 2, int)
    np.add.at(seen, (rows, columns), 1)
    both = np.triu(seen + seen.T, 1)
    loops = np.flatnonzero(np.diag(seen))
    if loops.size:
        raise ValueError(f"{path}: {regions[loops[0]]!r} is connected with itself; drop the column")
    wrong = np.argwhere(np.triu(both != 1, 1))
    if wrong.size:
        some = ", ".join(
            f"{regions[i]}-{regions[j]} ({both[i, j]} times)" for i, j in wrong[:MOST_NAMED]
        )
        raise ValueError(
            f"{path}: the columns of {len(regions)} regions are no whole symmetric matrix: every "
            f"pair must be there once, but {len(wrong)} are not: {some}"
        )


def _check_finite(
    matrices: Floats, subjects: Sequence[str], regions: Sequence[str], path: Path
) -> None:
    wrong = np.argwhere(~np.isfinite(np.triu(matrices, 1)))
    if wrong.size:
        some = ", ".join(
            f"{subjects[k]} {regions[i]}-{regions[j]}" for k, i, j in wrong[:MOST_NAMED]
        )
        raise ValueError(
            f"{path}: {len(wrong)} edges are missing or no number (participant and edge: {some}); "
            "leave these participants or regions out"
        )


def _people(path: Path, own: pd.DataFrame) -> tuple[pd.DataFrame, list[str], Path]:
    """A row per row of the table, their names, and the file that tells of them."""
    side = path.with_name(path.name.split("_features")[0] + "_participants.tsv")
    told = read_tsv(side) if side.is_file() else None
    named = own if ID in own else told
    numbers = [str(k + 1) for k in range(len(own))]
    if told is None:
        subjects = own[ID].astype(str).tolist() if ID in own else numbers
        return own.assign(**{ID: subjects}), subjects, path
    if ID in own and ID in told:
        subjects = own[ID].astype(str).tolist()
        if told[ID].duplicated().any() or len(set(subjects)) < len(subjects):
            raise ValueError(f"{side}: a {ID} is there more than once, here or in {path.name}")
        if lacking := sorted(set(subjects) - set(told[ID].astype(str))):
            raise ValueError(f"{side}: lacks participant(s) {lacking[:MOST_NAMED]} of {path.name}")
        told = told.assign(**{ID: told[ID].astype(str)}).set_index(ID).loc[subjects]
        return told.reset_index(), subjects, side
    if len(told) != len(own):
        raise ValueError(f"{side}: {len(told)} participants, but {path.name} has {len(own)} rows")
    subjects = numbers if named is None or ID not in named else named[ID].astype(str).tolist()
    return told.assign(**{ID: subjects}), subjects, side
