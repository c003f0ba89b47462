"""People who lack something: their values are filled, or they are left out and listed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import MODALITIES, Cohort, fill_holes

if TYPE_CHECKING:
    from neuro.config.fusion import FusionGroups

Floats = NDArray[np.float64]


def whole_rows(
    values: Floats, name: str, labels: Sequence[str], incomplete: str, partly: dict[str, str]
) -> Floats:
    """Fill what single people lack of a measure, or take the measure from them and tell so.

    Parameters
    ----------
    values : ndarray, shape (n_subjects, n_features)
        NaN for what is missing.
    name : str
        The measure.
    labels : sequence of str
        Names of the people.
    incomplete : str
        `impute`: the mean of others; `drop`: their rows become NaN.
    partly : dict of str to str
        Is told who lacks what, where rows are taken.
    """
    filled, holes = fill_holes(values, name)
    if incomplete == "impute":
        return filled
    for k in np.flatnonzero(holes).tolist():
        partly.setdefault(labels[k], f"lacks {holes[k]} values of {name}")
    return np.where(holes[:, None] > 0, np.nan, values)


def checked(cohort: Cohort, asked: "FusionGroups", where: Path, partly: dict[str, str]) -> Cohort:
    """Leave out who is not whole, and see that enough people of both groups are left.

    Raises
    ------
    ValueError
        If a group has fewer people than there are folds.
    """
    if partly:
        index = np.flatnonzero(~np.isin(cohort.subjects, list(partly)))
        if not len(index):
            some = dict(list(partly.items())[:3])
            raise ValueError(
                f"{where}: nobody has all values, e.g. {some}; set `incomplete: impute` to give "
                "them the mean of others, or leave regions out"
            )
        cohort = replace(cohort.select(index), left_out={**cohort.left_out, **partly})
    cohort = _without_empty(cohort).complete(asked.incomplete)
    assert cohort.labels is not None
    lacking = sum(told.startswith(("has no", "lacks")) for told in cohort.left_out.values())
    check_sizes(cohort.labels, asked, where, lacking)
    return cohort


def _without_empty(cohort: Cohort) -> Cohort:
    """Leave out people with holes: a region that is NaN, or one measure of a modality only."""
    holes = np.zeros(len(cohort), dtype=bool)
    for modality in MODALITIES:
        lacks = [np.isnan(view.values).any(1) for view in cohort.of(modality)]
        if lacks:
            holes |= np.any(lacks, axis=0) & ~np.all(lacks, axis=0)
    if not holes.any():
        return cohort
    told = {str(s): "lacks a measure of a modality" for s in cohort.subjects[holes]}
    kept = cohort.select(np.flatnonzero(~holes))
    kept.left_out.update(told)
    return kept


def check_sizes(
    labels: NDArray[np.bool_], asked: "FusionGroups", where: str | Path, n_left_out: int
) -> None:
    """See that every fold can have people of both groups.

    Parameters
    ----------
    labels : ndarray of bool
        Who of the people that are left belongs to the second group.
    asked : FusionGroups
        Groups and folds.
    where : str | Path
        Tree or table, for messages.
    n_left_out : int
        People of the groups who lack something.

    Raises
    ------
    ValueError
        If a group has fewer people than there are folds.
    """
    sizes = [int((labels == kind).sum()) for kind in (False, True)]
    if min(sizes) < asked.n_folds:
        told = " and ".join(f"{n} {name!r}" for n, name in zip(sizes, asked.classes, strict=True))
        kept = f"; {n_left_out} lack something: `incomplete: impute` keeps them"
        raise ValueError(
            f"{where}: {told}; fusion.n_folds {asked.n_folds} needs as many people of each group: "
            "set fewer folds, or check `fusion.column` and `fusion.classes`"
            f"{kept if n_left_out else ''}"
        )
