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
    _check_groups(cohort, asked, where)
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


def _check_groups(cohort: Cohort, asked: "FusionGroups", root: Path) -> None:
    assert cohort.labels is not None
    sizes = [int((cohort.labels == kind).sum()) for kind in (False, True)]
    if min(sizes) < asked.n_folds:
        told = " and ".join(f"{n} {name!r}" for n, name in zip(sizes, cohort.classes, strict=True))
        raise ValueError(
            f"{root}: {told} are fewer than n_folds {asked.n_folds} in a group; every fold needs "
            "one of each: use fewer folds, or `incomplete: impute`"
        )
