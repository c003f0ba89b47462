"""What a classifier sees in a fold: everything here is learned from training subjects alone.

Harmonization, the tangent space's mean, scaling and principal axes do not depend on labels, so that
permutations of labels share them. Classifiers with an isotropic penalty, and kernels of distances,
do not change under rotation: they see coordinates on the principal axes of the training subjects,
of which there are no more than subjects, instead of all features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort
from neuro.analyses.graphs.combat import ComBat
from neuro.analyses.graphs.region_mask import RegionMask
from neuro.stats.folds import Outer
from neuro.stats.splits import Split
from neuro.stats.tangent import Tangent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Inputs = Literal["features", "maps", "tangent", "confounds"]

MOST_BYTES = 4e8
"""Views that take more are made anew each time."""


@dataclass(frozen=True, eq=False)
class Axes:
    """Scaling, and principal axes of what was scaled.

    Parameters
    ----------
    mean, scale : ndarray, shape (n_features,)
        Of the training subjects; 1 where a feature is constant.
    vectors : ndarray, shape (n_axes, n_features)
        Orthonormal, the largest spread first.
    """

    mean: Floats
    scale: Floats
    vectors: Floats

    @classmethod
    def fit(cls, features: Floats) -> "Axes":
        """Learn from training subjects."""
        mean, scale = features.mean(axis=0), features.std(axis=0)
        scale = np.where(scale > 10 * np.finfo(float).eps * np.abs(mean), scale, 1.0)
        standard = (features - mean) / scale
        if standard.shape[1] > len(standard):
            squares, left = np.linalg.eigh(standard @ standard.T)
            kept = squares[::-1] > 1e-12 * max(float(squares[-1]), 1e-300)
            left, squares = left[:, ::-1][:, kept], squares[::-1][kept]
            vectors = (left / np.sqrt(squares)).T @ standard
        else:
            _, values, vectors = np.linalg.svd(standard, full_matrices=False)
            vectors = vectors[values > 1e-6 * max(float(values[0]), 1e-150)]
        # The largest entry of an axis is positive: linear algebra leaves signs open.
        largest = np.abs(vectors).argmax(axis=1)
        signs = np.sign(vectors[np.arange(len(vectors)), largest])
        return cls(mean, scale, vectors * signs[:, None])

    def transform(self, features: Floats) -> Floats:
        """Coordinates, and in a last column the distance from the space that the axes span.

        That distance is 0 in training; distances between a new subject and training subjects are
        those of all features.
        """
        standard = (features - self.mean) / self.scale
        coordinates = standard @ self.vectors.T
        rest = (standard**2).sum(axis=1) - (coordinates**2).sum(axis=1)
        return np.column_stack([coordinates, np.sqrt(np.maximum(rest, 0))])

    def back(self, weights: Floats) -> Floats:
        """Weights of the features from those of the coordinates, shape (n_features,)."""
        return np.asarray(weights[: len(self.vectors)] @ self.vectors / self.scale)


@dataclass(frozen=True, eq=False)
class View:
    """Training and test subjects of a split, as a classifier sees them.

    Parameters
    ----------
    fitted, tested : ndarray, shape (n_train | n_test, n_columns)
        What is learned from, and what is predicted.
    axes : Axes | None
        The axes that columns are coordinates on.
    support : ndarray of bool | None
        Features that the region mask keeps.
    """

    fitted: Floats
    tested: Floats
    axes: Axes | None = None
    support: Bools | None = None


class Views:
    """Views of a cohort in the folds of a plan; those without labels are kept if they are small.

    Parameters
    ----------
    cohort : Cohort
        The subjects.
    plan : list of Outer
        Of :func:`neuro.stats.folds.nested`.
    harmonize : bool
        ComBat over sites.
    mask_share : float
        Share of the regions that the region mask keeps.
    """

    def __init__(
        self, cohort: Cohort, plan: list[Outer], harmonize: bool, mask_share: float
    ) -> None:
        self.cohort, self.plan = cohort, plan
        self.harmonize, self.mask_share = harmonize, mask_share
        self._kept: dict[tuple[str, bool, bytes, bytes], View] = {}
        self._bytes = 0.0

    def of(
        self, inputs: Inputs, part: Split, labels: Bools, *, rotated: bool, masked: bool
    ) -> View:
        """What is seen of one split."""
        if not masked:
            return self._remembered(inputs, part, rotated)
        if self.cohort.regions is None:
            raise ValueError("the region mask needs the features' regions")
        whole = self._remembered(inputs, part, False)
        mask = RegionMask(self.cohort.regions, self.mask_share)
        mask.fit(whole.fitted, labels[part.train])
        kept = mask.transform(whole.fitted), mask.transform(whole.tested)
        view = _rotate(*kept) if rotated else View(*kept)
        return View(view.fitted, view.tested, view.axes, mask.support_)

    def _remembered(self, inputs: Inputs, part: Split, rotated: bool) -> View:
        def make() -> View:
            fitted, tested = self._learned(inputs, part)
            return _rotate(fitted, tested) if rotated else View(fitted, tested)

        return self._recall((inputs, rotated, part.train.tobytes(), part.test.tobytes()), make)

    def _recall(self, key: tuple[str, bool, bytes, bytes], make: Callable[[], View]) -> View:
        if key in self._kept:
            return self._kept[key]
        view = make()
        size = view.fitted.nbytes + view.tested.nbytes
        size += 0 if view.axes is None else view.axes.vectors.nbytes
        if self._bytes + size <= MOST_BYTES:
            self._kept[key] = view
            self._bytes += size
        return view

    def _learned(self, inputs: Inputs, part: Split) -> tuple[Floats, Floats]:
        cohort, train, test = self.cohort, part.train, part.test
        if inputs == "confounds":
            return _nuisance(cohort, train, train), _nuisance(cohort, train, test)
        if inputs == "tangent" and cohort.matrices is not None:
            space = Tangent.fit(cohort.matrices[train])
            fitted, tested = (space.transform(cohort.matrices[p]) for p in (train, test))
        else:
            known = cohort.maps if inputs == "maps" and cohort.maps is not None else cohort.features
            fitted, tested = known[train], known[test]
        if not self.harmonize or cohort.sites is None:
            return fitted, tested
        kept = cohort.confounds
        own, new = (None if kept is None else kept[p] for p in (train, test))
        combat = ComBat.fit(fitted, cohort.sites[train], own)
        return (
            combat.transform(fitted, cohort.sites[train], own),
            combat.transform(tested, cohort.sites[test], new),
        )


def _rotate(fitted: Floats, tested: Floats) -> View:
    axes = Axes.fit(fitted)
    own = axes.transform(fitted)
    own[:, -1] = 0  # but for rounding
    return View(own, axes.transform(tested), axes)


def _nuisance(cohort: Cohort, train: Ints, part: Ints) -> Floats:
    """Confounds, and a column for each site that is in the training data."""
    columns = [] if cohort.confounds is None else [cohort.confounds[part]]
    if cohort.sites is not None:
        known = np.unique(cohort.sites[train])
        columns.append((cohort.sites[part][:, None] == known).astype(float))
    return np.hstack(columns)
