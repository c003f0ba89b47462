"""People with features of regions and of pairs of regions, of one or two modalities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Modality = Literal["function", "structure"]
Kind = Literal["regions", "edges"]
MODALITIES: tuple[Modality, ...] = ("function", "structure")
TOLERANCE = 1e-4
"""Largest asymmetry of a matrix that counts as rounding, as a share of its largest value."""


@dataclass(frozen=True, eq=False)
class View:
    """Features of one kind, of one modality.

    Parameters
    ----------
    name : str
        E.g. `alff`, `fa`, `fc`, `sc`.
    modality : str
        `function` or `structure`.
    kind : str
        `regions`: a value per region; `edges`: a value per pair of regions.
    values : ndarray, shape (n_subjects, n_regions | n_pairs)
        Pairs in the order of the upper triangle; NaN rows for people who lack the modality.
    """

    name: str
    modality: Modality
    kind: Kind
    values: Floats


@dataclass(frozen=True, eq=False)
class Cohort:
    """People, what was measured of them, and two groups.

    Parameters
    ----------
    views : tuple of View
        Features.
    regions : tuple of str
        Names of the regions.
    subjects : ndarray of str, shape (n,)
        Names of the people.
    labels : ndarray of bool, shape (n,) | None
        Who belongs to the second of `classes`.
    classes : tuple of str
        Names of the groups.
    positions : ndarray, shape (n_regions, 3) | None
        Centers of the regions, mm.
    sites : ndarray of str, shape (n,) | None
        Where each was scanned.
    confounds : ndarray, shape (n, n_confounds) | None
        What is regressed out of all features, in training.
    matrices : ndarray, shape (n, r, r) | None
        Correlations as they were, for the tangent space.
    left_out : dict of str to str
        People who are not in it, and why.
    """

    views: tuple[View, ...]
    regions: tuple[str, ...]
    subjects: NDArray[np.str_]
    labels: NDArray[np.bool_] | None = None
    classes: tuple[str, str] = ("control", "patient")
    positions: Floats | None = None
    sites: NDArray[np.str_] | None = None
    confounds: Floats | None = None
    matrices: Floats | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, r = len(self.subjects), len(self.regions)
        width = {"regions": r, "edges": r * (r - 1) // 2}
        for view in self.views:
            if view.values.shape != (n, width[view.kind]):
                raise ValueError(
                    f"{view.name}: shape {view.values.shape}; {n} subjects and {r} regions need "
                    f"{(n, width[view.kind])}"
                )
            missing = np.isnan(view.values)
            if (missing.any(1) != missing.all(1)).any():
                raise ValueError(
                    f"{view.name}: some subjects have values of some regions only; leave the "
                    "regions or the subjects out"
                )
        if self.labels is not None and (self.labels.all() or not self.labels.any()):
            raise ValueError(
                f"labels: all {n} subjects are {self.classes[int(self.labels[0])]!r}; both groups "
                "are needed"
            )

    def __len__(self) -> int:
        return len(self.subjects)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Who has which modality, shape (n, 2)."""
        has = np.zeros((len(self), len(MODALITIES)), dtype=bool)
        for view in self.views:
            has[:, MODALITIES.index(view.modality)] |= ~np.isnan(view.values[:, 0])
        return has

    def of(self, modality: Modality | None = None, kind: Kind | None = None) -> Iterator[View]:
        """Views of a modality and a kind; None for all."""
        return (
            view
            for view in self.views
            if modality in (None, view.modality) and kind in (None, view.kind)
        )

    def select(self, index: NDArray[np.intp]) -> "Cohort":
        """Some of the people, in the order given."""

        def part(values: Any) -> Any:
            return None if values is None else values[index]

        return replace(
            self,
            views=tuple(replace(view, values=view.values[index]) for view in self.views),
            subjects=self.subjects[index],
            labels=part(self.labels),
            sites=part(self.sites),
            confounds=part(self.confounds),
            matrices=part(self.matrices),
        )

    def complete(self, incomplete: Literal["drop", "impute"]) -> "Cohort":
        """Leave out those who lack a modality, or keep them: their features become the mean's.

        Raises
        ------
        ValueError
            If nobody is left.
        """
        has = self.present
        wanted = np.array([any(True for _ in self.of(m)) for m in MODALITIES])
        lacking = (~has & wanted).any(1)
        if incomplete == "impute" or not lacking.any():
            return self
        told = {
            str(self.subjects[i]): "has no "
            + " and no ".join(
                m for m, there, asked in zip(MODALITIES, has[i], wanted, strict=True)
                if asked and not there
            )
            for i in np.flatnonzero(lacking)
        }  # fmt: skip
        if lacking.all():
            raise ValueError(
                f"no subject has both modalities: {told}; set `incomplete: impute`, or check that "
                "the subjects' names are the same in both"
            )
        kept = self.select(np.flatnonzero(~lacking))
        return replace(kept, left_out={**self.left_out, **told})


def upper(matrices: Floats, name: str, who: NDArray[np.str_]) -> Floats:
    """Pairs of symmetric matrices, in the order of the upper triangle.

    Parameters
    ----------
    matrices : ndarray, shape (n, r, r)
        Symmetric; NaN for people who lack them.
    name : str
        What they are, for messages.
    who : ndarray of str, shape (n,)
        Whose they are, for messages.

    Raises
    ------
    ValueError
        If a matrix is not square or not symmetric.
    """
    if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2]:
        raise ValueError(f"{name}: matrices must be square, got shape {matrices.shape[1:]}")
    there = ~np.isnan(matrices[:, 0, 0])
    apart = np.abs(matrices[there] - matrices[there].transpose(0, 2, 1)).max((1, 2), initial=0)
    size = np.abs(matrices[there]).max((1, 2), initial=1e-12)
    if (bad := apart > TOLERANCE * size).any():
        worst = int(np.argmax(apart / size))
        raise ValueError(
            f"{name}: {int(bad.sum())} matrices are not symmetric, e.g. that of "
            f"{who[there][worst]} (largest difference {apart[worst]:.4g} of {size[worst]:.4g}); "
            "average both directions, (C + C.T) / 2, before you give them"
        )
    rows, columns = np.triu_indices(matrices.shape[1], 1)
    return np.asarray((matrices[:, rows, columns] + matrices[:, columns, rows]) / 2)


def fill_holes(
    values: Floats, name: str, regions: Sequence[str] | None = None
) -> tuple[Floats, NDArray[np.intp]]:
    """Give single values that are missing the mean of the others who have them.

    Parameters
    ----------
    values : ndarray, shape (n_subjects, n_features)
        Rows that are wholly NaN are of people who lack the measure, and stay.
    name : str
        What they are, for messages.
    regions : sequence of str | None
        Names of the features, for messages.

    Returns
    -------
    filled : ndarray, shape (n_subjects, n_features)
    holes : ndarray of int, shape (n_subjects,)
        How many values each lacked.

    Raises
    ------
    ValueError
        If nobody has a value of some feature.
    """
    missing: NDArray[np.bool_] = np.isnan(values)
    there: NDArray[np.bool_] = ~np.atleast_1d(missing.all(1))
    counts = np.where(there, missing.sum(1), 0)
    if not counts.any():
        return values, counts
    empty: NDArray[np.bool_] = np.atleast_1d(missing[there].all(0))
    if empty.any():
        some = [str(k) if regions is None else regions[k] for k in np.flatnonzero(empty)[:5]]
        raise ValueError(
            f"{name}: nobody has a value of {int(empty.sum())} regions, e.g. {some}; leave them out"
        )
    means = np.nanmean(values[there], axis=0)
    return np.where(missing & there[:, None], means, values), counts


def fisher(pairs: Floats) -> Floats:
    """Fisher's z of correlations."""
    return np.asarray(np.arctanh(np.clip(pairs, -1 + 1e-7, 1 - 1e-7)))
