"""Registration between images of different contrast and between heads, by dipy.

Affine: mutual information over an image pyramid (Mattes et al. 2003); diffeomorphic: SyN with local
cross-correlation (Avants et al. 2008). Both see every voxel, so they are deterministic.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from dipy.align.imaffine import (
    AffineRegistration,
    MutualInformationMetric,
    transform_centers_of_mass,
)
from dipy.align.imwarp import SymmetricDiffeomorphicRegistration
from dipy.align.metrics import CCMetric
from dipy.align.transforms import AffineTransform3D, RigidTransform3D, TranslationTransform3D
from nilearn.datasets import load_mni152_brain_mask, load_mni152_template
from numpy.typing import NDArray

from neuro.preprocess.fmri.matrix import SIGMA
from neuro.preprocess.fmri.volumes import nifti

Floats = NDArray[np.float64]

BINS = 32
PYRAMID = ((4, 3.0, 200), (2, 1.0, 100), (1, 0.0, 50))
"""Reduction, smoothing (voxels) and most iterations of each level."""
SYN_ITERATIONS = (20, 20, 10)
WORKING_RESOLUTION = 3
"""Voxel size that images are compared at, mm."""
AFFINE_FWHM = 8.0
"""Smoothing of what is brought to the template, FWHM in mm."""
_STAGES = {
    "translation": TranslationTransform3D,
    "rigid": RigidTransform3D,
    "affine": AffineTransform3D,
}


def affine_between(
    static: Any,
    moving: Any,
    stages: Sequence[str],
    *,
    static_mask: NDArray[np.bool_] | None = None,
) -> Floats:
    """Find the transformation from one image's space to another's.

    Parameters
    ----------
    static, moving : nibabel image
        Three-dimensional images.
    stages : sequence of str
        `translation`, `rigid`, `affine`, each beginning where the one before ended.
    static_mask : ndarray of bool | None
        Voxels of `static` that count; None for all.

    Returns
    -------
    matrix : ndarray, shape (4, 4)
        From mm of `static` to mm of `moving`.
    """
    fixed, there = _values(static), _values(moving)
    centers: Any = transform_centers_of_mass
    start = centers(fixed, static.affine, there, moving.affine).affine
    factors, sigmas, iterations = zip(*PYRAMID, strict=True)
    registration = AffineRegistration(
        metric=MutualInformationMetric(nbins=BINS),
        level_iters=list(iterations),
        sigmas=list(sigmas),
        factors=list(factors),
        verbosity=0,
    )
    for stage in stages:
        start = registration.optimize(
            fixed,
            there,
            _STAGES[stage](),
            None,
            static_grid2world=static.affine,
            moving_grid2world=moving.affine,
            starting_affine=start,
            static_mask=None if static_mask is None else static_mask.astype(np.int32),
        ).affine
    return np.asarray(start)


def template(resolution: int) -> tuple[Any, NDArray[np.bool_]]:
    """Take nilearn's MNI152 template (skull-stripped) and its brain mask at a voxel size, mm."""
    return (
        load_mni152_template(resolution=resolution),
        np.asarray(load_mni152_brain_mask(resolution=resolution).dataobj) > 0,
    )


def to_template(t1: Any) -> Floats:
    """Affine transformation from MNI152 to a T1w image, in mm.

    Parameters
    ----------
    t1 : nibabel image
        The head; a skull is allowed, since only the template's brain counts.
    """
    whole, brain = template(1)
    # Of two images the more blurred one seems larger: both are blurred by more than their own.
    static, moving = (at_resolution(i, WORKING_RESOLUTION, AFFINE_FWHM) for i in (whole, t1))
    near = scipy.ndimage.binary_dilation(brain, iterations=round(2 * WORKING_RESOLUTION))
    thin = near[tuple(slice(None, None, WORKING_RESOLUTION) for _ in range(3))]
    return affine_between(static, moving, ("translation", "rigid", "affine"), static_mask=thin)


def warp_to_template(t1: Any, matrix: Floats, shape: tuple[int, ...], affine: Floats) -> Floats:
    """Add a diffeomorphic registration to an affine one.

    Parameters
    ----------
    t1 : nibabel image
        The head.
    matrix : ndarray, shape (4, 4)
        From MNI152 to `t1`, mm.
    shape : tuple of int
        Of the grid of the result.
    affine : ndarray, shape (4, 4)
        Of that grid.

    Returns
    -------
    points : ndarray, shape (3, x, y, z)
        Where each voxel of the grid lies in the mm of MNI152 before `matrix` is applied.
    """
    static, brain = template(WORKING_RESOLUTION)
    moved = resample(t1, matrix, static.shape, static.affine)
    fixed = _values(static)
    # Outside of the brain the template is empty, where the head is not.
    moved = np.where(scipy.ndimage.binary_dilation(brain, iterations=1), moved, 0.0)
    registration = SymmetricDiffeomorphicRegistration(
        metric=CCMetric(3), level_iters=list(SYN_ITERATIONS)
    )
    registration.verbosity = 0
    mapping = registration.optimize(
        fixed, moved, static_grid2world=static.affine, moving_grid2world=static.affine
    )
    field = np.asarray(mapping.get_forward_field(), dtype=np.float64)
    points = world(shape, affine)
    where = np.linalg.inv(static.affine) @ np.vstack(
        [points.reshape(3, -1), np.ones(points[0].size)]
    )
    shift = [
        scipy.ndimage.map_coordinates(field[..., i], where[:3], order=1, mode="constant")
        for i in range(3)
    ]
    return np.asarray(points + np.array(shift).reshape(points.shape))


def world(shape: tuple[int, ...], affine: Floats) -> Floats:
    """Millimetres of each voxel of a grid, shape (3, x, y, z)."""
    index = np.indices(shape).reshape(3, -1)
    points = affine[:3, :3] @ index + affine[:3, 3:]
    return np.asarray(points.reshape(3, *shape))


def resample(
    image: Any, matrix: Floats, shape: tuple[int, ...], affine: Floats, order: int = 1
) -> Floats:
    """Draw an image on another grid.

    Parameters
    ----------
    image : nibabel image
        The image.
    matrix : ndarray, shape (4, 4)
        From mm of the grid to mm of the image.
    shape : tuple of int
        Of the grid.
    affine : ndarray, shape (4, 4)
        Of the grid.
    order : int
        Of the interpolating spline.
    """
    to_index = np.linalg.inv(image.affine) @ matrix @ affine
    return np.asarray(
        scipy.ndimage.affine_transform(
            _values(image), to_index[:3, :3], to_index[:3, 3], output_shape=shape, order=order
        )
    )


def resample_at(
    image: Any,
    matrix: Floats,
    shape: tuple[int, ...],
    affine: Floats,
    points: Floats | None,
    order: int = 1,
) -> Floats:
    """Draw an image on a grid that may be warped before the matrix is applied.

    Parameters
    ----------
    image, matrix, shape, affine, order
        As in :func:`resample`.
    points : ndarray, shape (3, x, y, z) | None
        From :func:`warp_to_template`; None for no warp.
    """
    if points is None:
        return resample(image, matrix, shape, affine, order)
    to_index = np.linalg.inv(image.affine) @ matrix
    index = to_index[:3, :3] @ points.reshape(3, -1) + to_index[:3, 3:]
    values = scipy.ndimage.map_coordinates(_values(image), index, order=order)
    return np.asarray(values.reshape(shape))


def at_resolution(image: Any, size: float, fwhm: float = 0.0) -> Any:
    """Smooth an image, and thin it out where its voxels are smaller than `size`.

    Parameters
    ----------
    image : nibabel image
        The image.
    size : float
        Size of a voxel, mm.
    fwhm : float
        Least smoothing, full width at half maximum, mm; more where thinning out needs it.
    """
    zooms = np.sqrt((image.affine[:3, :3] ** 2).sum(axis=0))
    step = np.maximum(1.0, size / zooms)
    width = np.maximum(np.where(step > 1, step, 0.0), fwhm / zooms)
    values = scipy.ndimage.gaussian_filter(_values(image), width * SIGMA)
    shape = tuple(int(n) for n in np.ceil(np.array(values.shape) / step))
    thinned = scipy.ndimage.affine_transform(values, step, output_shape=shape, order=3)
    return nifti(thinned, image.affine @ np.diag([*step, 1.0]))


def similarity(first: Floats, second: Floats, inside: NDArray[np.bool_]) -> float:
    """Correlation of two images within a mask."""
    return float(np.corrcoef(first[inside], second[inside])[0, 1])


def _values(image: Any) -> Floats:
    return np.nan_to_num(np.asarray(image.dataobj, dtype=np.float64)).reshape(image.shape[:3])
