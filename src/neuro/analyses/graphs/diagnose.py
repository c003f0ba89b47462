"""Two groups of a dataset's subjects: differences of their maps, and diagnosis."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.analyses.graphs.classifiers import MODELS
from neuro.analyses.graphs.cohort import Cohort, check_lengths
from neuro.analyses.graphs.differences import Difference, group_difference
from neuro.analyses.graphs.judgement import Judged, judge, permutations
from neuro.analyses.graphs.tangent import positive
from neuro.analyses.graphs.validation import Design, Predicted, validate
from neuro.io.tables import read_tsv

if TYPE_CHECKING:
    from neuro.analyses.graphs.inputs import Nodes
    from neuro.analyses.graphs.model import Mapped
    from neuro.config.graphs import Diagnosis, Graphs

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Diagnosed:
    """What was found about two groups.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    differences : dict of str to Difference
        By measure, at the first threshold.
    predicted : dict of str to Predicted
        By classifier.
    judged : dict of str to Judged
        By classifier.
    """

    cohort: Cohort
    differences: dict[str, Difference]
    predicted: dict[str, Predicted]
    judged: dict[str, Judged]


def diagnose(
    mapped: "Mapped", participants: Path, settings: "Graphs", rng: np.random.Generator
) -> Diagnosed:
    """Compare and diagnose two groups.

    Parameters
    ----------
    mapped : Mapped
        Maps of all recordings.
    participants : Path
        `participants.tsv`.
    settings : Graphs
        What is computed; its `diagnosis` is set.
    rng : numpy.random.Generator
        Random numbers.

    Raises
    ------
    ValueError
        If the table lacks a subject, a column or a group; or recordings' lengths differ by site.
    """
    params = settings.diagnosis
    if params is None:
        raise ValueError("graphs.diagnosis is not set")
    cohort, kept = cohort_of(mapped, participants, params)
    differences = {
        name: group_difference(
            maps[kept, 0], cohort.labels, rng, sites=cohort.sites, confounds=cohort.confounds,
            n_permutations=settings.n_permutations,
        )
        for name, maps in mapped.maps.items()
    }  # fmt: skip
    design = Design(
        params.group_by, params.n_folds, params.n_inner, params.harmonize, params.mask_share
    )
    predicted: dict[str, Predicted] = {}
    judged: dict[str, Judged] = {}
    for name in params.classifiers:
        if _impossible(name, cohort):
            continue
        null = permutations(cohort, name, design, params.n_permutations, rng)
        predicted[name] = validate(cohort, name, design, rng)
        judged[name] = judge(cohort, predicted[name], rng, null=null)
    return Diagnosed(cohort, differences, predicted, judged)


def _impossible(name: str, cohort: Cohort) -> bool:
    """Whether a dataset has nothing that a classifier could look at."""
    return (MODELS[name].inputs == "tangent" and cohort.matrices is None) or (
        MODELS[name].inputs == "confounds" and cohort.confounds is None and cohort.sites is None
    )


def cohort_of(
    mapped: "Mapped", participants: Path, params: "Diagnosis"
) -> tuple[Cohort, NDArray[np.int64]]:
    """The cohort of a dataset's recordings, and which of them are in it."""
    columns = [params.column, *([params.site] if params.site else []), *params.confounds]
    table = read_tsv(participants, ("participant_id", *columns))
    table["participant_id"] = table["participant_id"].str.removeprefix("sub-")
    subjects = [name.split("_")[0].removeprefix("sub-") for name in mapped.recordings]
    if unknown := sorted(set(subjects) - set(table["participant_id"])):
        raise ValueError(f"{participants}: lacks subjects {unknown}")
    rows = table.drop_duplicates("participant_id").set_index("participant_id").loc[subjects]
    groups = rows[params.column].astype(str).to_numpy()
    kept = np.flatnonzero(np.isin(groups, params.classes))
    for name in params.classes:
        if not (groups == name).any():
            raise ValueError(
                f"{participants}: no recording's subject has {params.column} = {name!r}; it has "
                f"{sorted(set(groups.tolist()))}: set `graphs.diagnosis.classes`"
            )
    rows = rows.iloc[kept]
    sites = None if params.site is None else rows[params.site].astype(str).to_numpy(dtype=str)
    lengths = [mapped.n_times[k] for k in kept]
    check_lengths(lengths, ["all"] * len(kept) if sites is None else sites.tolist())
    matrices = None if mapped.correlation is None else positive(mapped.correlation[kept])
    cohort = Cohort(
        features=mapped.maps[params.measure][kept, 0],
        labels=groups[kept] == params.classes[1],
        subjects=np.array(subjects)[kept],
        classes=params.classes,
        sites=sites,
        confounds=_numbers(rows, params.confounds, participants),
        regions=regions_of(mapped.nodes, params.region_size),
        matrices=matrices,
    )
    return cohort, kept


def _numbers(rows: pd.DataFrame, names: list[str], path: Path) -> Floats | None:
    if not names:
        return None
    columns: list[Any] = []
    for name in names:
        values = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=float)
        if n := int((~np.isfinite(values)).sum()):
            raise ValueError(
                f"{path}: column {name!r} is missing or no number for {n} "
                "subjects; fill it in, exclude them, or take it out of `graphs.diagnosis.confounds`"
            )
        columns.append(values)
    return np.stack(columns, axis=1)


def regions_of(nodes: "Nodes", size: float) -> NDArray[np.int64]:
    """Cubes of voxels for the region mask; parcels are regions of their own."""
    if nodes.kind == "parcels" or not np.isfinite(nodes.places).all():
        return np.arange(len(nodes))
    cubes = np.floor(nodes.places / size).astype(np.int64)
    return np.asarray(np.unique(cubes, axis=0, return_inverse=True)[1].ravel(), dtype=np.int64)
