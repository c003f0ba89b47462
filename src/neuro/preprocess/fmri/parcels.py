"""Time courses of parcels, from clean voxels or from a recording that comes as parcels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuro.io.hdf5 import Array
from neuro.io.tables import read_tsv
from neuro.preprocess.fmri.atlas import open_atlas, over_voxels
from neuro.preprocess.fmri.checks import check_space
from neuro.preprocess.fmri.clean import recipe_of
from neuro.preprocess.fmri.cleaning import BLOCK, clean_series
from neuro.preprocess.fmri.reading import read_series
from neuro.preprocess.names import listed

if TYPE_CHECKING:
    from neuro.config.fmri import FMRIPreprocess

Floats = NDArray[np.float64]


@dataclass
class Series:
    """Parcels of a recording.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_parcels)
        Clean; NaN for volumes left out and for parcels that are missing.
    names : list of str
        Of the parcels.
    centroids : ndarray, shape (n_parcels, 3)
        In mm; NaN where unknown.
    share : ndarray, shape (n_parcels,)
        Share of each parcel in the mask; 1 for a recording that comes as parcels.
    where : str
        The atlas.
    notes : list of str
        What a reader should know.
    """

    values: Floats
    names: list[str]
    centroids: Floats
    share: Floats
    where: str
    notes: list[str] = field(default_factory=list)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Parcels that have a time course, shape (n_parcels,)."""
        return np.asarray(np.isfinite(self.values).any(axis=0))


def from_table(
    path: Path, arrays: Mapping[str, Array], params: "FMRIPreprocess", tr: float
) -> Series:
    """Clean the parcels of a `_timeseries.tsv`.

    Raises
    ------
    ValueError
        If a value is missing, or the table of coordinates does not fit.
    """
    values = read_series(path)
    names = [str(name) for name in read_tsv(path)]
    recipe = recipe_of(arrays, params, tr)
    recipe.check(path)
    cleaned = clean_series(values, recipe)
    centroids = np.full((len(names), 3), np.nan)
    if params.coordinates is not None:
        centroids = _coordinates(Path(params.coordinates).expanduser(), names)
    return Series(cleaned, names, centroids, np.ones(len(names)), "as recorded")


def _coordinates(path: Path, names: list[str]) -> Floats:
    table = read_tsv(path, ("name", "x", "y", "z"))
    known = {str(row["name"]): i for i, row in table.iterrows()}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(
            f"{path}: preprocess.coordinates lacks parcel(s) {listed(unknown)}; it has "
            f"{listed(known)}"
        )
    rows = table.loc[[known[name] for name in names], ["x", "y", "z"]]
    return rows.to_numpy(dtype=float)


def from_voxels(
    arrays: Mapping[str, Array], params: "FMRIPreprocess", space: str, where: str
) -> Series:
    """Average clean voxels over the parcels of the atlas.

    Averages are taken of what is clean but not scaled, so that noisy voxels are not blown up; the
    parcels are scaled afterwards.

    Parameters
    ----------
    arrays : mapping of str to Array
        From the recording's voxels file.
    params : FMRIPreprocess
        Its `parcels` names the atlas.
    space : str
        Of the recording: its BIDS entity `space`, or `MNI` after the light chain.
    where : str
        The recording, for messages.

    Raises
    ------
    ValueError
        If the recording is not in the atlas's space, or no parcel is in its mask.
    """
    n_times = len(arrays["good"].values)
    if params.parcels is None:
        none = np.zeros((n_times, 0))
        return Series(none, [], np.zeros((0, 3)), np.zeros(0), "")
    check_space(params.parcels.space, space, where)
    atlas = open_atlas(params.parcels)
    affine, ijk = np.asarray(arrays["affine"].values), np.asarray(arrays["ijk"].values)
    laid = over_voxels(atlas, ijk, affine)
    present = (laid.share > 0) & (laid.share >= params.parcels.min_share)
    if not present.any():
        raise ValueError(
            f"{where}: no parcel of {atlas.where} has {params.parcels.min_share:g} of its volume "
            f"(preprocess.parcels.min_share) in the mask; the largest share is "
            f"{laid.share.max():.2f}. Is the atlas in the recording's space?"
        )
    values = _averaged(arrays, laid.weights, params.clean.standardize)
    values[:, ~present] = np.nan
    missing = [name for name, there in zip(atlas.names, present, strict=True) if not there]
    notes = []
    if missing:
        notes.append(
            f"{len(missing)} of {len(atlas.names)} parcels lie outside of the mask by more than "
            f"{1 - params.parcels.min_share:g} of their volume and are missing: "
            f"{listed(missing, 10)}."
        )
    return Series(values, atlas.names, atlas.centroids(), laid.share, atlas.where, notes)


def _averaged(arrays: Mapping[str, Array], weights: Any, standardize: str | None) -> Floats:
    matrix, scale = arrays["voxels"].values, np.asarray(arrays["scale"].values)
    good = np.asarray(arrays["good"].values)
    total = np.zeros((len(good), weights.shape[1]))
    for start in range(0, matrix.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        total += (matrix[:, part].astype(np.float64) * scale[part]) @ weights[part]
    values = np.full(total.shape, np.nan)
    kept = total[good]
    if standardize == "zscore":
        deviation = kept.std(axis=0, ddof=1)
        kept = (kept - kept.mean(axis=0)) / np.where(deviation > 0, deviation, np.nan)
    elif standardize == "psc":
        baseline = np.abs(np.asarray(arrays["baseline"].values) @ weights)
        kept = 100 * kept / np.where(baseline > 0, baseline, np.nan)
    values[good] = kept
    return values
