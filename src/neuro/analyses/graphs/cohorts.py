"""From maps of recordings and a table of people to a cohort with two groups."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort, check_lengths
from neuro.stats.tangent import positive

if TYPE_CHECKING:
    from neuro.analyses.graphs.inputs import Nodes
    from neuro.analyses.graphs.model import Mapped
    from neuro.config.diagnosis import Diagnosis

Floats = NDArray[np.float64]

ID = "participant_id"
EDGES = "edges"


def cohort_of(
    mapped: "Mapped", people: pd.DataFrame, params: "Diagnosis", where: Path
) -> tuple[Cohort, dict[str, Floats]]:
    """The cohort of a dataset's recordings.

    Recordings of a subject are averaged, so that a subject is a row.

    Parameters
    ----------
    mapped : Mapped
        Maps of all recordings.
    people : DataFrame
        A row per subject.
    params : Diagnosis
        Which columns tell what.
    where : Path
        File of `people`, for messages.

    Returns
    -------
    cohort : Cohort
        Subjects of the two groups.
    compared : dict of str to ndarray, shape (n_subjects, n_nodes | n_pairs)
        What can differ between groups: each map at the first threshold, and `edges`.

    Raises
    ------
    ValueError
        If the table lacks a subject, a column or a group; or recordings' lengths differ by site.
    """
    subjects = list(dict.fromkeys(mapped.subjects))
    rows = _rows(people, subjects, params, where)
    groups = _groups(rows[params.column], params)
    _check_groups(groups, params, where)
    kept = np.flatnonzero(np.isin(groups, params.classes))
    rows = rows.iloc[kept]
    sites = None if params.site is None else words_of(rows[params.site])
    own = [np.flatnonzero(np.array(mapped.subjects) == subjects[k]) for k in kept]
    _check_times(mapped, own, sites)

    def mean(values: Floats) -> Floats:
        return np.array([values[recordings].mean(axis=0) for recordings in own])

    compared = {name: mean(maps[:, 0]) for name, maps in mapped.maps.items()}
    matrices = None if mapped.correlation is None else mean(mapped.correlation)
    if matrices is not None:
        upper = np.triu_indices(matrices.shape[1], 1)
        compared[EDGES] = matrices[:, upper[0], upper[1]]
    wanted = params.features or default_features(mapped)
    if wanted not in compared:
        raise ValueError(
            f"diagnosis.features: {wanted!r} is not there; voxels and more than 1500 parcels have "
            f"no edges; there are {sorted(compared)}"
        )
    correlations = matrices is not None and float(np.abs(matrices).max()) <= 1 + 1e-6
    cohort = Cohort(
        features=compared[wanted],
        labels=groups[kept] == params.classes[1],
        subjects=np.array(subjects)[kept],
        classes=params.classes,
        sites=sites,
        confounds=_confounds(rows, params.confounds, where),
        regions=_regions(mapped.nodes, wanted, params.region_size),
        matrices=positive(matrices) if correlations and matrices is not None else None,
        maps=_all_maps(mapped, mean) if "maps_ridge" in params.classifiers else None,
    )
    return cohort, compared


def _all_maps(mapped: "Mapped", mean: Callable[[Floats], Floats]) -> Floats:
    return np.hstack([mean(maps.reshape(len(maps), -1)) for maps in mapped.maps.values()])


def default_features(mapped: "Mapped") -> str:
    """What classifiers see where it is not said: edges of a table, else 3-cycles."""
    if not mapped.n_times:
        return EDGES
    return "cycles3" if "cycles3" in mapped.maps else next(iter(mapped.maps))


def _rows(
    people: pd.DataFrame, subjects: list[str], params: "Diagnosis", where: Path
) -> pd.DataFrame:
    columns = [params.column, *([params.site] if params.site else []), *params.confounds]
    if lacking := [column for column in columns if column not in people]:
        raise ValueError(f"{where}: lacks column(s) {lacking}; it has {list(people.columns)}")
    labels = people[ID].astype(str).str.removeprefix("sub-")
    table = people.assign(**{ID: labels}).drop_duplicates(ID).set_index(ID)
    wanted = [subject.removeprefix("sub-") for subject in subjects]
    if unknown := sorted(set(wanted) - set(table.index)):
        raise ValueError(f"{where}: lacks subjects {unknown}")
    return table.loc[wanted]


def words_of(column: "pd.Series[Any]") -> NDArray[np.str_]:
    """Values as text; whole numbers without a point, which a column has where some are missing."""
    values = column.to_numpy()
    if values.dtype.kind == "f" and np.all(np.isnan(values) | (values == np.round(values))):
        values = np.array(["n/a" if np.isnan(value) else f"{value:.0f}" for value in values])
    return np.asarray(values.astype(str), dtype=np.str_)


def _groups(column: "pd.Series[Any]", params: "Diagnosis") -> NDArray[np.str_]:
    """Each subject's class, or the column's own value."""
    named = {code: name for name, codes in params.codes.items() for code in codes}
    return np.array([named.get(str(word), str(word)) for word in words_of(column)])


def _check_groups(groups: NDArray[Any], params: "Diagnosis", where: Path) -> None:
    for name in params.classes:
        if not (groups == name).any():
            raise ValueError(
                f"{where}: no recording's subject has {params.column} = {name!r}; it has "
                f"{sorted(set(groups.tolist()))}: set `diagnosis.classes`"
            )


def _check_times(
    mapped: "Mapped", own: list[NDArray[np.intp]], sites: NDArray[np.str_] | None
) -> None:
    if not mapped.n_times:
        return
    names = ["all"] * len(own) if sites is None else sites.tolist()
    pairs = [
        (mapped.n_times[k], name) for name, recordings in zip(names, own, strict=True)
        for k in recordings
    ]  # fmt: skip
    check_lengths([n for n, _ in pairs], [name for _, name in pairs])


def _confounds(rows: pd.DataFrame, names: list[str], where: Path) -> Floats | None:
    """Numbers as they are; of text, a column for every value but the first."""
    columns: list[Floats] = []
    for name in names:
        text = not pd.api.types.is_numeric_dtype(rows[name])
        missing = rows[name].isna().to_numpy()
        if not text:
            missing = ~np.isfinite(rows[name].to_numpy(dtype=float))
        if missing.any():
            raise ValueError(
                f"{where}: column {name!r} is missing for {int(missing.sum())} subjects; fill it "
                "in, exclude them, or take it out of `diagnosis.confounds`"
            )
        if not text:
            columns.append(rows[name].to_numpy(dtype=float))
            continue
        values = rows[name].astype(str).to_numpy(dtype=str)
        levels = np.unique(values)
        if len(levels) > len(values) / 2:
            raise ValueError(
                f"{where}: column {name!r} is text with {len(levels)} values among {len(values)} "
                "subjects; a confound is a number or a category"
            )
        columns += [(values == level).astype(float) for level in levels[1:]]
    return np.stack(columns, axis=1) if columns else None


def _regions(nodes: "Nodes", features: str, size: float) -> NDArray[np.int64]:
    """Regions for the region mask: every edge and parcel is one; voxels are in cubes."""
    if features == EDGES:
        return np.arange(len(nodes) * (len(nodes) - 1) // 2)
    return regions_of(nodes, size)


def regions_of(nodes: "Nodes", size: float) -> NDArray[np.int64]:
    """Cubes of voxels for the region mask; parcels are regions of their own."""
    if nodes.kind == "parcels" or not np.isfinite(nodes.places).all():
        return np.arange(len(nodes))
    cubes = np.floor(nodes.places / size).astype(np.int64)
    return np.asarray(np.unique(cubes, axis=0, return_inverse=True)[1].ravel(), dtype=np.int64)
