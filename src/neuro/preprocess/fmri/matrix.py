"""From volumes, one after the other, to a matrix of the voxels in the mask.

A run is read twice: once to know its mean and its dead voxels, once to gather what is in the mask.
So no more than the masked run is ever held in memory, whatever the size of the volumes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.fmri.volumes import load, nifti

if TYPE_CHECKING:
    from neuro.config.fmri import Mask

Floats = NDArray[np.float32]
Affine = NDArray[np.float64]
Stream = Callable[[], Iterator[Floats]]
"""Starts again with the first volume at each call."""

LEAST_SLICES = 16
"""A computed mask of a thinner volume is not opened."""
SIGMA = 1 / np.sqrt(8 * np.log(2))
"""Standard deviation of a Gaussian with a full width at half maximum of 1."""


@dataclass(frozen=True)
class Scan:
    """What one pass over a run tells of each voxel.

    Parameters
    ----------
    mean : ndarray, shape (x, y, z)
        Mean over volumes; NaN where a value is not finite.
    is_constant, is_finite : ndarray of bool, shape (x, y, z)
        Whether a voxel never changes, and whether all its values are finite.
    """

    mean: Floats
    is_constant: NDArray[np.bool_]
    is_finite: NDArray[np.bool_]


def scan(volumes: Iterable[Floats]) -> Scan:
    """Pass once over a run.

    Parameters
    ----------
    volumes : iterable of ndarray, shape (x, y, z)
        The volumes.
    """
    walk = iter(volumes)
    first = next(walk)
    total, count = first.astype(np.float64), 1
    changes, finite = np.zeros(first.shape, bool), np.isfinite(first)
    for volume in walk:
        total += volume
        changes |= volume != first
        finite &= np.isfinite(volume)
        count += 1
    return Scan((total / count).astype(np.float32), finite & ~changes, finite)


def brain_mask(seen: Scan, params: "Mask", path: Path | None, affine: Affine) -> NDArray[np.bool_]:
    """Voxels of the brain.

    Parameters
    ----------
    seen : Scan
        The run.
    params : Mask
        How the mask comes about.
    path : Path | None
        The given mask; None for a computed one.
    affine : ndarray, shape (4, 4)
        Of the volumes.

    Raises
    ------
    ValueError
        If the mask is empty, or holds voxels that are constant or not finite and they are not to
        be dropped.
    """
    if path is not None:
        where = str(path)
        inside = np.asarray(load(path).dataobj).reshape(seen.mean.shape) > 0
    elif params.method == "all":
        where, inside = "preprocess.mask", np.ones(seen.mean.shape, bool)
    else:
        where, inside = "preprocess.mask", _epi_mask(seen, affine)
    bad = inside & (seen.is_constant | ~seen.is_finite)
    if bad.any() and params.bad_voxels == "error":
        raise ValueError(
            f"{where}: {int((inside & ~seen.is_finite).sum())} voxel(s) with NaN or infinite "
            f"values and {int((inside & seen.is_constant).sum())} constant voxel(s) among the "
            f"{int(inside.sum())} of the mask. Repair the volumes or the mask, or leave them out "
            "with preprocess.mask.bad_voxels: drop"
        )
    inside &= ~bad
    if not inside.any():
        raise ValueError(f"{where}: no voxel is left in the mask")
    return np.asarray(inside)


def _epi_mask(seen: Scan, affine: Affine) -> NDArray[np.bool_]:
    from nilearn.masking import compute_epi_mask

    mean = np.nan_to_num(seen.mean)
    # Opening would take away a brain of a few slices.
    opening = 2 if min(mean.shape) >= LEAST_SLICES else False
    mask = compute_epi_mask(nifti(mean, affine), opening=opening)
    return np.asarray(mask.dataobj) > 0


def smoother(fwhm: float | None, zooms: Any, shape: tuple[int, ...]) -> Callable[[Floats], Floats]:
    """Gaussian smoothing of a volume, as nilearn's `smooth_img`; none along an axis of one slice.

    Parameters
    ----------
    fwhm : float | None
        Full width at half maximum, mm; None for no smoothing.
    zooms : ndarray, shape (3,)
        Size of a voxel, mm.
    shape : tuple of int
        Of a volume.
    """
    if fwhm is None:
        return lambda volume: volume
    sigma = [fwhm * SIGMA / zoom if n > 1 else 0.0 for zoom, n in zip(zooms, shape, strict=True)]

    def smooth(volume: Floats) -> Floats:
        finite = np.nan_to_num(volume, nan=0.0, posinf=0.0, neginf=0.0)
        return np.asarray(scipy.ndimage.gaussian_filter(finite, sigma))

    return smooth


def gather(
    volumes: Iterable[Floats],
    n_times: int,
    inside: NDArray[np.bool_],
    smooth: Callable[[Floats], Floats],
) -> Floats:
    """Gather the voxels of the mask.

    Parameters
    ----------
    volumes : iterable of ndarray, shape (x, y, z)
        The volumes.
    n_times : int
        How many there are.
    inside : ndarray of bool, shape (x, y, z)
        The mask.
    smooth : callable
        Smooths a volume.

    Returns
    -------
    matrix : ndarray of float32, shape (n_times, n_voxels)
        Voxels in C order of the mask, as nilearn's maskers have them.
    """
    matrix = np.empty((n_times, int(inside.sum())), np.float32)
    for row, volume in zip(matrix, volumes, strict=True):
        row[:] = smooth(volume)[inside]
    return matrix
