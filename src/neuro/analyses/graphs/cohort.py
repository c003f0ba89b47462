"""Subjects with features, a diagnosis, and what else could explain it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cohort:
    """A labelled cohort.

    Parameters
    ----------
    features : ndarray, shape (n_subjects, n_features)
        E.g. feature maps over voxels, or edges.
    labels : ndarray of bool, shape (n_subjects,)
        Whether a subject belongs to the second of `classes`.
    subjects : ndarray of str, shape (n_subjects,)
        Subjects; several rows of one are kept together.
    classes : tuple of str
        Names of the two classes.
    sites : ndarray of str | None
        Where each was scanned.
    confounds : ndarray, shape (n_subjects, n_confounds) | None
        E.g. age, sex, motion.
    regions : ndarray of int, shape (n_features,) | None
        Region of each feature, for the region mask.
    matrices : ndarray, shape (n_subjects, r, r) | None
        Connectivity, for the tangent space.
    maps : ndarray, shape (n_subjects, n_maps) | None
        Feature maps of all kinds and thresholds, one beside the other.
    """

    features: Floats
    labels: NDArray[np.bool_]
    subjects: NDArray[np.str_]
    classes: tuple[str, str] = ("control", "patient")
    sites: NDArray[np.str_] | None = None
    confounds: Floats | None = None
    regions: NDArray[np.int64] | None = None
    matrices: Floats | None = None
    maps: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        for name in ("features", "subjects", "sites", "confounds", "matrices", "maps"):
            values = getattr(self, name)
            if values is not None and len(values) != n:
                raise ValueError(f"{name}: {len(values)} rows for {n} labels")
            if values is not None and values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ValueError(f"{name}: must be finite; leave out or fill in what is missing")
        if self.regions is not None and len(self.regions) != self.features.shape[1]:
            raise ValueError(f"regions: {len(self.regions)} for {self.features.shape[1]} features")
        if self.labels.all() or not self.labels.any():
            raise ValueError(
                f"labels: all {n} subjects are {self.classes[int(self.labels[0])]!r}; a diagnosis "
                "needs both classes"
            )
        if self.sites is not None:
            check_sites(self.sites, self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)


def check_sites(
    sites: NDArray[np.str_], labels: NDArray[np.bool_], classes: tuple[str, str]
) -> None:
    """Check that every site has both classes.

    Raises
    ------
    ValueError
        If one has not: the site alone would tell the diagnosis there.
    """
    alone = [
        f"{site} (all {np.count_nonzero(sites == site)} {classes[int(labels[sites == site][0])]!r})"
        for site in np.unique(sites)
        if len(set(labels[sites == site].tolist())) < 2
    ]
    if alone:
        raise ValueError(
            f"sites with one class: {', '.join(alone)}; there, site and diagnosis cannot be told "
            "apart: leave these sites out (`recordings.exclude`), or say that all is one site"
        )


def check_lengths(n_times: Sequence[int], sites: Sequence[str], share: float = 0.02) -> None:
    """Check that the null of a correlation is the same at all sites.

    Parameters
    ----------
    n_times : sequence of int
        Volumes of each recording.
    sites : sequence of str
        Their sites.
    share : float
        Lengths may differ by this share of the longest.

    Raises
    ------
    ValueError
        If lengths differ: the same threshold would be another p, and degree would tell the site.
    """
    longest, shortest = max(n_times), min(n_times)
    if shortest >= (1 - share) * longest:
        return
    by_site = {
        site: sorted({t for t, s in zip(n_times, sites, strict=True) if s == site})
        for site in dict.fromkeys(sites)
    }
    told = "; ".join(f"{site}: {', '.join(map(str, t))}" for site, t in by_site.items())
    raise ValueError(
        f"recordings have {shortest} to {longest} volumes ({told}): a correlation threshold means "
        "another p at each length; threshold by density, or cut all to one length "
        "(`graphs.n_volumes`)"
    )
