"""From a table of features to a cohort: a row per person, a column per map and region."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import Cohort, Modality, View
from neuro.analyses.fusion.completing import check_sizes, checked, whole_rows
from neuro.analyses.fusion.reading import people_of
from neuro.io.damage import reading

if TYPE_CHECKING:
    from neuro.config.fusion import FusionTable

ID = "participant_id"
SEPARATORS = {".tsv": "\t", ".csv": ","}


def read_table(path: Path, asked: "FusionTable") -> Cohort:
    """Read everybody's maps from one table; `_participants.tsv` lies beside it.

    Parameters
    ----------
    path : Path
        `.tsv` or `.csv` with a column `participant_id`, and others that are `<map> <region>`.
    asked : FusionTable
        Which maps of whom.

    Returns
    -------
    cohort : Cohort
        People in the groups; those who lack values as `asked.incomplete` says.

    Raises
    ------
    ValueError
        If the table has no such maps, maps have different regions, or the table of people lacks
        someone or something.
    """
    if path.suffix not in SEPARATORS:
        raise ValueError(f"{path}: maps are read from .tsv and .csv, not {path.suffix}")
    separator = SEPARATORS[path.suffix]
    with reading(path, "not a table"):
        table = pd.read_csv(
            path, sep=separator, dtype={ID: str}, na_values=["n/a"], encoding="utf-8-sig"
        )
    if ID not in table:
        raise ValueError(f"{path}: lacks the column {ID!r}; it has {list(table.columns)[:5]}")
    table = table.assign(**{ID: table[ID].str.removeprefix("sub-")}).set_index(ID)
    beside = path.with_name(f"{path.name.split('_features')[0]}_participants.tsv")
    people, labels, left_out = people_of(beside, list(table.index), asked)
    groups = people[asked.column].astype(str).to_numpy() == asked.classes[1]
    check_sizes(groups, asked, path, 0)
    wanted: list[tuple[Modality, str]] = [("function", name) for name in asked.function_maps]
    wanted += [("structure", name) for name in asked.structure_maps]
    columns = {name: _columns(table, name, path) for _, name in wanted}
    regions = _common(columns, path)
    partly: dict[str, str] = {}
    views = []
    for modality, name in wanted:
        values = _numbers(table.loc[labels, columns[name]], path)
        values = whole_rows(values, name, labels, asked.incomplete, partly)
        views.append(View(name, modality, "regions", values))
    cohort = Cohort(
        views=tuple(views),
        regions=regions,
        subjects=np.array(labels, dtype=np.str_),
        labels=groups,
        classes=asked.classes,
        sites=None if asked.site is None else people[asked.site].astype(str).to_numpy(dtype=str),
        confounds=people[asked.confounds].to_numpy(dtype=float) if asked.confounds else None,
        left_out=left_out,
    )
    return checked(cohort, asked, path, partly)


def _columns(table: pd.DataFrame, name: str, path: Path) -> list[str]:
    found = [column for column in table.columns if column.startswith(f"{name} ")]
    if not found:
        there = sorted({str(column).split(" ")[0] for column in table.columns})
        raise ValueError(
            f"{path}: no column of the map {name!r}, as '{name} <region>'; maps are {there[:10]}"
        )
    return found


def _common(columns: dict[str, list[str]], path: Path) -> tuple[str, ...]:
    """Regions that all maps have, in the same order."""
    regions = {name: tuple(c[len(name) + 1 :] for c in own) for name, own in columns.items()}
    first = next(iter(regions))
    for name, own in regions.items():
        if own != regions[first]:
            apart = sorted(set(own) ^ set(regions[first]))[:5]
            raise ValueError(
                f"{path}: {name!r} has {len(own)} regions, {first!r} {len(regions[first])} (e.g. "
                f"{apart or 'another order'}); fusion needs the same regions in all maps"
            )
    return regions[first]


def _numbers(part: pd.DataFrame, path: Path) -> NDArray[np.float64]:
    try:
        return part.to_numpy(dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{path}: not a table of numbers ({error})") from error
