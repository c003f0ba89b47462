"""From a tree of derivatives to a cohort: `sub-*/func` and `sub-*/dwi`, a table per measure.

Maps are tables with a row of numbers below the regions' names, matrices have a row per region, and
may begin with a column of names, as XCP-D and QSIRecon write them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import Cohort, Modality, View, fisher, upper
from neuro.analyses.fusion.completing import check_sizes, checked, whole_rows
from neuro.io.damage import reading
from neuro.io.tables import read_tsv

if TYPE_CHECKING:
    from neuro.config.fusion import FusionCohort, FusionGroups

Floats = NDArray[np.float64]
FOLDERS: dict[Modality, str] = {"function": "func", "structure": "dwi"}
ENDINGS = {"regions": ("bold", "dwimap", "timeseries", "features"), "edges": ("relmat",)}


@dataclass(frozen=True)
class Measure:
    """A measure of a modality: maps of regions, or matrices.

    Parameters
    ----------
    name : str
        By `_stat-<name>_` in file names.
    modality : str
        `function` or `structure`.
    kind : str
        `regions` or `edges`.
    """

    name: str
    modality: Modality
    kind: Any


def measures_of(asked: "FusionCohort") -> list[Measure]:
    """Measures that are asked for."""
    found = [Measure(name, "function", "regions") for name in asked.function_maps]
    found += [Measure(name, "structure", "regions") for name in asked.structure_maps]
    if asked.function_matrix is not None:
        found.append(Measure(asked.function_matrix, "function", "edges"))
    if asked.structure_matrix is not None:
        found.append(Measure(asked.structure_matrix, "structure", "edges"))
    return found


def read_cohort(root: Path, asked: "FusionCohort", subjects: Sequence[str] | None = None) -> Cohort:
    """Read everybody's features.

    Parameters
    ----------
    root : Path
        The tree.
    asked : FusionCohort
        Which features of whom.
    subjects : sequence of str | None
        Labels; None for all.

    Returns
    -------
    cohort : Cohort
        People in the groups; those who lack a modality as `asked.incomplete` says.

    Raises
    ------
    ValueError
        If modalities have different atlases, tables do not fit each other, matrices are not
        symmetric, or the table of people lacks someone or something.
    """
    labels = [p.name.removeprefix("sub-") for p in sorted(root.glob("sub-*")) if p.is_dir()]
    if subjects is not None:
        labels = [label for label in labels if label in set(subjects)]
    people, labels, left_out = people_of(root / "participants.tsv", labels, asked)
    groups = people[asked.column].astype(str).to_numpy() == asked.classes[1]
    check_sizes(groups, asked, root, 0)
    measures = measures_of(asked)
    tables = {m: _tables(root, labels, m, asked.atlas) for m in measures}
    atlas, regions = _common_atlas(root, tables)
    who = np.array(labels)
    views, correlations = [], None
    partly: dict[str, str] = {}
    for measure, found in tables.items():
        values = _stack(found, labels, measure, regions)
        if measure.kind == "edges":
            files = [str(found.get(label, label)) for label in labels]
            pairs = upper(values, f"{root}: {measure.name}", np.array(files))
            if measure.modality == "function":
                # A tangent space needs whole matrices.
                whole = not np.isnan(pairs[~np.isnan(pairs).all(1)]).any()
                pairs, correlations = fisher(pairs), values if whole else None
            elif asked.counts:
                pairs = np.log1p(np.maximum(pairs, 0))
            values = pairs
        values = whole_rows(values, measure.name, labels, asked.incomplete, partly)
        views.append(View(measure.name, measure.modality, measure.kind, values))
    order = {"function": 0, "structure": 1}
    cohort = Cohort(
        views=tuple(sorted(views, key=lambda view: order[view.modality])),
        regions=regions,
        subjects=who,
        labels=groups,
        classes=asked.classes,
        positions=_positions(root, atlas, regions),
        sites=None if asked.site is None else people[asked.site].astype(str).to_numpy(dtype=str),
        confounds=people[asked.confounds].to_numpy(dtype=float) if asked.confounds else None,
        matrices=correlations,
        left_out=left_out,
    )
    return checked(cohort, asked, root, partly)


def people_of(
    where: Path, labels: list[str], asked: "FusionGroups"
) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """Rows of the people in the groups, their labels, and who is left out."""
    table = read_tsv(where, ("participant_id",))
    columns = [asked.column, *([asked.site] if asked.site else []), *asked.confounds]
    if lacking := [column for column in columns if column not in table]:
        raise ValueError(f"{where}: lacks column(s) {lacking}; it has {list(table.columns)}")
    names = table["participant_id"].astype(str).str.removeprefix("sub-")
    table = table.assign(participant_id=names).drop_duplicates("participant_id")
    table = table.set_index("participant_id")
    if unknown := sorted(set(labels) - set(table.index)):
        raise ValueError(f"{where}: lacks subjects {unknown[:10]} ({len(unknown)} in all)")
    groups = table.loc[labels, asked.column].astype(str)
    kept = [label for label in labels if groups[label] in asked.classes]
    rows = table.loc[kept]
    for name in asked.confounds:
        bad = rows[name].isna() if pd.api.types.is_numeric_dtype(rows[name]) else None
        if bad is None or bad.any():
            raise ValueError(
                f"{where}: column {name!r} of `confounds` must have a number for everybody; fill "
                "it in, or take it out"
            )
    return rows, kept, {label: f"is {groups[label]!r}" for label in labels if label not in kept}


def _tables(root: Path, labels: list[str], measure: Measure, atlas: str | None) -> dict[str, Path]:
    """Path of the measure's table by subject, for those who have it."""
    paths = {label: _table_of(root, label, measure, atlas) for label in labels}
    found = {label: path for label, path in paths.items() if path is not None}
    if not found:
        seg = "_" if atlas is None else f"_seg-{atlas}_"
        raise ValueError(
            f"{root}: no table of {measure.name!r}; looked for sub-*/{FOLDERS[measure.modality]}/"
            f"*{seg}stat-{measure.name}_*.tsv ending in {' or '.join(ENDINGS[measure.kind])}"
        )
    return found


def _table_of(root: Path, label: str, measure: Measure, atlas: str | None) -> Path | None:
    seg = "" if atlas is None else f"_seg-{atlas}_"
    pattern = f"sub-{label}/**/{FOLDERS[measure.modality]}/*_stat-{measure.name}_*.tsv"
    paths = [
        path
        for path in sorted(root.glob(pattern))
        if seg in path.name and path.stem.rpartition("_")[2] in ENDINGS[measure.kind]
    ]
    if len(paths) > 1:
        raise ValueError(
            f"{root}: sub-{label} has {len(paths)} tables of {measure.name}, "
            f"{[path.name for path in paths]}; name the atlas with `fusion.atlas`, and choose "
            "one session"
        )
    return paths[0] if paths else None


def check_people(root: Path, labels: list[str], asked: "FusionCohort") -> None:
    """See that enough people of both groups have what is asked for; no table is opened.

    Raises
    ------
    ValueError
        If a group has fewer people than there are folds, or the table of people lacks someone.
    """
    people, labels, _ = people_of(root / "participants.tsv", labels, asked)
    there = {m: [_table_of(root, x, m, asked.atlas) is not None for x in labels]
             for m in measures_of(asked)}  # fmt: skip
    whole = np.all(list(there.values()), axis=0) | (asked.incomplete == "impute")
    ill = people[asked.column].astype(str).to_numpy() == asked.classes[1]
    check_sizes(ill[whole], asked, root, int((~whole).sum()))


def check_person(root: Path, label: str, asked: "FusionCohort") -> None:
    """See that a person's tables fit each other; those who lack some are for the cohort to judge.

    Raises
    ------
    ValueError
        If the tables have different atlases, are no numbers, or a matrix is not symmetric.
    """
    there = {m: _table_of(root, label, m, asked.atlas) for m in measures_of(asked)}
    tables = {m: {label: path} for m, path in there.items() if path is not None}
    if not tables:
        return
    _, regions = _common_atlas(root, tables)
    for measure, found in tables.items():
        values = _stack(found, [label], measure, regions)
        if measure.kind == "edges":
            upper(values, f"{found[label]}: {measure.name}", np.array([label]))


def _common_atlas(
    root: Path, tables: dict[Measure, dict[str, Path]]
) -> tuple[str, tuple[str, ...]]:
    """Label and regions of the atlas that all measures have."""
    seen: dict[str, str] = {}
    regions: dict[str, tuple[str, ...]] = {}
    files: dict[str, Path] = {}
    for measure, found in tables.items():
        path = files[measure.name] = next(iter(found.values()))
        match = re.search(r"_seg-([A-Za-z0-9]+)_", path.name)
        seen[measure.name] = match.group(1) if match else ""
        regions[measure.name] = tuple(read_measure(path)[0])
    first = next(iter(regions))
    for name, own in regions.items():
        if seen[name] != seen[first] or own != regions[first]:
            apart = sorted(set(own) ^ set(regions[first]))[:5]
            told = f"e.g. {apart}" if apart else "in another order"
            if own == regions[first]:
                told = "of the same names"
            raise ValueError(
                f"{root}: {name} is of atlas {seen[name]!r} with {len(own)} regions, {first} of "
                f"{seen[first]!r} with {len(regions[first])} ({told}), in {files[name]} and "
                f"{files[first]}; fusion needs one atlas: make both modalities' features in the "
                "same regions, or name the atlas with `fusion.atlas`"
            )
    return seen[first], regions[first]


def read_measure(path: Path) -> tuple[list[str], Floats]:
    """Names of the regions of a table, and its numbers.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    with reading(path, "not a tab-separated table"):
        table = pd.read_csv(path, sep="\t", encoding="utf-8-sig")
    if len(table.columns) and not pd.api.types.is_numeric_dtype(table.iloc[:, 0]):
        table = table.iloc[:, 1:]
    try:
        return [str(c) for c in table.columns], table.to_numpy(dtype=float)
    except ValueError as error:
        raise ValueError(f"{path}: not a table of numbers ({error})") from error


def _stack(
    found: dict[str, Path], labels: list[str], measure: Measure, regions: tuple[str, ...]
) -> Floats:
    """Everybody's table; NaN for people without."""
    n = len(regions)
    shape = (1, n) if measure.kind == "regions" else (n, n)
    stacked = np.full((len(labels), *shape), np.nan)
    for k, label in enumerate(labels):
        if label not in found:
            continue
        names, values = read_measure(found[label])
        if tuple(names) != regions or values.shape != shape:
            raise ValueError(
                f"{found[label]}: a table of {values.shape[0]} x {values.shape[1]}, of which "
                f"{len(set(names) & set(regions))} columns are the {n} regions of others; expected "
                f"{shape[0]} x {shape[1]}"
            )
        if measure.kind == "edges":
            np.fill_diagonal(values, 1 if measure.modality == "function" else 0)
        stacked[k] = values
    return stacked[:, 0] if measure.kind == "regions" else stacked


def _positions(root: Path, atlas: str, regions: tuple[str, ...]) -> Floats | None:
    """Centers of the regions, where the tree has a table of the atlas with x, y and z."""
    for path in sorted(root.glob(f"**/atlas-{atlas}_*dseg.tsv"))[:1]:
        table = read_tsv(path)
        if {"label", "x", "y", "z"} <= set(table.columns):
            places = table.assign(label=table["label"].astype(str)).set_index("label")
            if set(regions) <= set(places.index):
                return places.loc[list(regions), ["x", "y", "z"]].to_numpy(dtype=float)
    return None
