"""Parcels on a volume grid in MNI152 space, from a NIfTI image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEAR = 0.75
"""An image whose voxels are at least this share of the spacing is taken as it is."""


@dataclass(frozen=True)
class Parcels:
    """Parcels on a grid.

    Parameters
    ----------
    names : list of str
        Their names.
    points : ndarray, shape (n_points, 3)
        Grid points that belong to any parcel, mm, MNI152.
    weights : ndarray, shape (n_points, n_parcels)
        How much a point belongs to a parcel, 0 to the largest of its map.
    centroids : ndarray, shape (n_parcels, 3)
        Weighted mean of each parcel's points, mm, MNI152.
    """

    names: list[str]
    points: Floats
    weights: Floats
    centroids: Floats

    def only(self, kept: NDArray[np.int_]) -> "Parcels":
        """The same parcels on some of the points.

        Raises
        ------
        ValueError
            If a parcel has no point among them.
        """
        weights = self.weights[kept]
        _check_filled(weights, self.names, "inside of the head model")
        return Parcels(self.names, self.points[kept], weights, self.centroids)


def read_parcels(path: str | Path, spacing: float, names: Sequence[str] | None = None) -> Parcels:
    """Read a parcellation.

    Parameters
    ----------
    path : str | Path
        A NIfTI image in MNI152 space: 4-D with a map per parcel, or 3-D with a whole number per
        parcel and 0 for none.
    spacing : float
        Spacing of the grid, mm. Voxels of a finer image are averaged around the grid's points.
    names : sequence of str | None
        Names of the parcels; None for `parcel-01`...

    Returns
    -------
    parcels : Parcels
        The parcels.

    Raises
    ------
    ValueError
        If the image is not a parcellation, or the names do not fit it.
    """
    path = Path(path)
    try:
        image: Any = nibabel.load(path)
        values = np.asarray(image.get_fdata(dtype=np.float64))
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as error:
        raise ValueError(
            f"{path}: not a readable NIfTI image ({error}). Give another `preprocess.parcellation`"
        ) from error
    maps = _maps(values, str(path))
    n_parcels = maps.shape[-1]
    chosen = list(names or [f"parcel-{i + 1:02d}" for i in range(n_parcels)])
    if len(chosen) != n_parcels:
        raise ValueError(
            f"preprocess.parcellation.names: {len(chosen)} names for the {n_parcels} parcels of "
            f"{path}"
        )
    indices = np.argwhere((maps > 0).any(axis=-1))
    points = indices @ image.affine[:3, :3].T + image.affine[:3, 3]
    weights = maps[tuple(indices.T)]
    voxel = float(np.sqrt((image.affine[:3, :3] ** 2).sum(axis=0)).max())
    if voxel < NEAR * spacing:
        points, weights = _coarser(points, weights, spacing)
    _check_filled(weights, chosen, f"in {path}")
    centroids = (weights / weights.sum(axis=0)).T @ points
    return Parcels(chosen, points, weights, centroids)


def _maps(values: Floats, where: str) -> Floats:
    """A map per parcel."""
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{where}: a parcellation holds finite values from 0 up, this one others")
    if values.ndim == 4 and values.shape[-1] > 1:
        return values
    values = values[..., 0] if values.ndim == 4 else values
    labels = np.unique(values[values > 0])
    if values.ndim != 3 or not len(labels) or (labels != np.round(labels)).any():
        raise ValueError(
            f"{where}: an image of shape {values.shape} is no parcellation; give a 4-D image with "
            "a map per parcel, or a 3-D image with a whole number per parcel"
        )
    return np.stack([(values == label).astype(float) for label in labels], axis=-1)


def _coarser(points: Floats, weights: Floats, spacing: float) -> tuple[Floats, Floats]:
    """Means around the points of a grid through the origin."""
    cells, inverse = np.unique(np.round(points / spacing).astype(int), axis=0, return_inverse=True)
    means = np.zeros((len(cells), weights.shape[1]))
    np.add.at(means, inverse.ravel(), weights)
    counts = np.bincount(inverse.ravel(), minlength=len(cells))
    means /= counts[:, np.newaxis]
    # A border cell that hardly belongs to a parcel is not its point.
    means[means < 0.5 * means.max(axis=1, keepdims=True)] = 0
    return cells * spacing, means


def _check_filled(weights: Floats, names: Sequence[str], where: str) -> None:
    empty = [name for name, total in zip(names, weights.sum(axis=0), strict=True) if total <= 0]
    if empty:
        raise ValueError(
            f"preprocess.parcellation: parcel(s) {', '.join(empty)} have no grid point {where}. "
            "Lower preprocess.source.spacing, or take another parcellation"
        )
