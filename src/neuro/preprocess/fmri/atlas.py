"""An atlas over a recording's voxels: which parcel each belongs to, and by how much."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.io.tables import read_tsv
from neuro.preprocess.fmri.volumes import load
from neuro.preprocess.names import did_you_mean, listed

if TYPE_CHECKING:
    from neuro.config.fmri import Parcels

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Atlas:
    """Parcels in space.

    Parameters
    ----------
    values : ndarray, shape (x, y, z) or (x, y, z, n_parcels)
        Labels, or weights.
    affine : ndarray, shape (4, 4)
        Voxel indices to mm.
    labels : list of int
        Label of each parcel; for weights its place.
    names : list of str
        Name of each parcel.
    where : str
        The file or fetcher.
    """

    values: Any
    affine: Floats
    labels: list[int]
    names: list[str]
    where: str

    def centroids(self) -> Floats:
        """Centre of each parcel, mm, shape (n_parcels, 3)."""
        if self.values.ndim == 3:
            ones = np.ones_like(self.values, dtype=float)
            found = scipy.ndimage.center_of_mass(ones, self.values, self.labels)
        else:
            found = [scipy.ndimage.center_of_mass(np.abs(self.values[..., i])) for i in self.labels]
        return np.asarray(found) @ self.affine[:3, :3].T + self.affine[:3, 3]


def open_atlas(params: "Parcels") -> Atlas:
    """Open an atlas by path, or through nilearn.

    Raises
    ------
    ValueError, FileNotFoundError
        If it cannot be had, is no atlas, or its names do not fit.
    """
    if params.path is not None:
        where, names = str(params.path), {}
        image = load(Path(params.path).expanduser())
        if params.names is not None:
            names = _names(Path(params.names).expanduser())
    else:
        where = f"nilearn's {params.fetcher}"
        image, names = _fetch(str(params.fetcher), params.params)
    values = np.asarray(image.dataobj)
    affine = np.asarray(image.affine, dtype=float)
    if values.ndim == 4 and values.shape[3] == 1:
        values = values[..., 0]
    if values.ndim == 4:
        labels = list(range(values.shape[3]))
        return Atlas(np.nan_to_num(values), affine, labels, _named(labels, names, 0), where)
    if values.ndim != 3 or not np.array_equal(values, np.round(values)):
        raise ValueError(
            f"{where}: an atlas has whole numbers as labels in 3 dimensions, or a weight map per "
            f"parcel in 4; found shape {values.shape}, {values.dtype}"
        )
    values = values.astype(np.int32)
    labels = [int(label) for label in np.unique(values) if label != 0]
    if not labels:
        raise ValueError(f"{where}: the atlas has no parcel; all its voxels are 0")
    if names and (lacking := [label for label in labels if label not in names]):
        raise ValueError(
            f"{params.names or where}: no name for label(s) {listed(map(str, lacking))}"
        )
    return Atlas(values, affine, labels, _named(labels, names, 1), where)


def _named(labels: list[int], names: dict[int, str], first: int) -> list[str]:
    return [names.get(label, f"parcel-{label + 1 - first}") for label in labels]


def _names(path: Path) -> dict[int, str]:
    table = read_tsv(path, ("index", "name"))
    return dict(zip(table["index"].astype(int), table["name"].astype(str), strict=True))


def _fetch(fetcher: str, arguments: dict[str, Any]) -> tuple[Any, dict[int, str]]:
    """An atlas that nilearn downloads, and names by label."""
    from nilearn import datasets

    known = [n.removeprefix("fetch_atlas_") for n in dir(datasets) if n.startswith("fetch_atlas_")]
    name = fetcher.removeprefix("fetch_atlas_")
    if name not in known:
        raise ValueError(
            f"preprocess.parcels.fetcher: nilearn has no atlas {fetcher!r}."
            f"{did_you_mean([name], known)} Allowed: {listed(known)}"
        )
    try:
        fetched = getattr(datasets, f"fetch_atlas_{name}")(**arguments)
    except (TypeError, ValueError, OSError) as error:
        raise ValueError(
            f"preprocess.parcels.fetcher: nilearn's fetch_atlas_{name} failed ({error}). Check "
            "`params` and the network, or give the atlas as a file with `path`"
        ) from error
    image = load(fetched.maps) if isinstance(fetched.maps, str | Path) else fetched.maps
    table = getattr(fetched, "lut", None)
    if table is not None and {"index", "name"} <= set(table):
        return image, dict(zip(table["index"].astype(int), table["name"].astype(str), strict=True))
    return image, {i: str(label) for i, label in enumerate(getattr(fetched, "labels", []) or [])}


@dataclass(frozen=True)
class Parcellation:
    """What turns a recording's voxels into parcels.

    Parameters
    ----------
    weights : sparse or dense matrix, shape (n_voxels, n_parcels)
        Signals of parcels are signals of voxels times weights.
    share : ndarray, shape (n_parcels,)
        Share of each parcel, by volume, that lies in the mask.
    """

    weights: Any
    share: Floats


def over_voxels(atlas: Atlas, ijk: NDArray[np.int32], affine: Floats) -> Parcellation:
    """Lay an atlas over the voxels of a mask.

    Parameters
    ----------
    atlas : Atlas
        The atlas, in the same space.
    ijk : ndarray, shape (n_voxels, 3)
        Indices of the voxels.
    affine : ndarray, shape (4, 4)
        Of the volumes.

    Returns
    -------
    parcellation : Parcellation
        Labels: the mean over a parcel's voxels, each voxel taking the nearest label, as nilearn's
        `NiftiLabelsMasker`. Maps: least squares of all maps at once, as `NiftiMapsMasker`.
    """
    to_atlas = np.linalg.inv(atlas.affine) @ affine
    index = ijk @ to_atlas[:3, :3].T + to_atlas[:3, 3]
    ratio = abs(np.linalg.det(affine[:3, :3]) / np.linalg.det(atlas.affine[:3, :3]))
    if atlas.values.ndim == 4:
        return _maps(atlas, index, ratio)
    nearest = np.round(index).astype(int)
    inside = ((nearest >= 0) & (nearest < atlas.values.shape)).all(axis=1)
    label = np.zeros(len(ijk), np.int32)
    label[inside] = atlas.values[tuple(nearest[inside].T)]
    rows = np.flatnonzero(label)
    columns = np.searchsorted(atlas.labels, label[rows])
    counts = np.bincount(columns, minlength=len(atlas.labels))
    weights = scipy.sparse.csr_array(
        (1 / counts[columns], (rows, columns)), shape=(len(ijk), len(atlas.labels))
    )
    whole = scipy.ndimage.sum_labels(np.ones(atlas.values.shape), atlas.values, atlas.labels)
    return Parcellation(weights, np.minimum(1, counts * ratio / whole))


def _maps(atlas: Atlas, index: Floats, ratio: float) -> Parcellation:
    maps = np.column_stack(
        [
            scipy.ndimage.map_coordinates(atlas.values[..., i], index.T, order=1)
            for i in atlas.labels
        ]
    )
    whole = np.abs(atlas.values).sum(axis=(0, 1, 2))
    there = np.abs(maps).sum(axis=0) * ratio / np.where(whole > 0, whole, np.inf)
    return Parcellation(np.linalg.pinv(maps).T, np.minimum(1, there))
