"""Rigid realignment by least squares (Friston et al. 1995, Human Brain Mapping 3:165).

Each volume is compared with a reference over points of the brain, and six parameters and a gain
are found by Gauss-Newton steps. The derivatives are those of the reference (inverse compositional
form, Baker & Matthews 2004), so a step costs one interpolation.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.fmri.matrix import SIGMA

Floats = NDArray[np.float64]

SPACING = 4.0
"""Distance of the points that are compared, mm."""
LEAST_SLICES = 6
"""Fewest slices along every axis that six parameters can be told apart with."""
_BRAIN = 0.25
"""Share of the reference's bright intensity that is brain."""
_STOP = 1e-4
"""Largest change of a parameter that ends the search, mm and degrees."""
_MOST_STEPS = 32


def rigid(parameters: Floats, center: Floats) -> Floats:
    """Rigid transformation of millimetres, rotations about a centre.

    Parameters
    ----------
    parameters : ndarray, shape (6,)
        Translations along x, y, z, mm; rotations about x, y, z, radians.
    center : ndarray, shape (3,)
        In mm.

    Returns
    -------
    matrix : ndarray, shape (4, 4)
    """
    cos, sin = np.cos(parameters[3:]), np.sin(parameters[3:])
    about_x = np.array([[1, 0, 0], [0, cos[0], -sin[0]], [0, sin[0], cos[0]]])
    about_y = np.array([[cos[1], 0, sin[1]], [0, 1, 0], [-sin[1], 0, cos[1]]])
    about_z = np.array([[cos[2], -sin[2], 0], [sin[2], cos[2], 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_x @ about_y @ about_z
    matrix[:3, 3] = center + parameters[:3] - matrix[:3, :3] @ center
    return matrix


def parameters_of(matrix: Floats, center: Floats) -> Floats:
    """Six parameters of a rigid transformation: the inverse of :func:`rigid`."""
    turn = matrix[:3, :3]
    y = np.arcsin(np.clip(turn[0, 2], -1, 1))
    x, z = np.arctan2(-turn[1, 2], turn[2, 2]), np.arctan2(-turn[0, 1], turn[0, 0])
    shift = matrix[:3, 3] + turn @ center - center
    return np.array([*shift, x, y, z])


@dataclass(frozen=True)
class Reference:
    """A volume that others are compared with, ready for Gauss-Newton steps.

    Parameters
    ----------
    points : ndarray, shape (n_points, 3)
        Where they are compared, mm.
    solve : ndarray, shape (7, n_points)
        From a volume's values at the points to gain and gain times parameters.
    center : ndarray, shape (3,)
        Of the rotations: the brain's centre, mm.
    affine : ndarray, shape (4, 4)
        Voxel indices to mm.
    fwhm : float
        Smoothing of what is compared, mm.
    """

    points: Floats
    solve: Floats
    center: Floats
    affine: Floats
    fwhm: float

    @classmethod
    def of(cls, volume: NDArray[np.float32], affine: Floats, fwhm: float) -> "Reference":
        """Prepare a reference.

        Raises
        ------
        ValueError
            If the volume has too few slices, or nothing to compare.
        """
        if min(volume.shape) < LEAST_SLICES:
            raise ValueError(
                f"preprocess.chain's realign: volumes of shape {volume.shape} are too thin for "
                f"six parameters of motion; each axis needs {LEAST_SLICES} slices"
            )
        zooms = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
        smooth = _smooth(volume, fwhm, zooms)
        indices = _indices(smooth, zooms)
        values = scipy.ndimage.map_coordinates(smooth, indices, order=3, mode="nearest")
        gradient = np.array(
            [
                scipy.ndimage.map_coordinates(slope, indices, order=3, mode="nearest")
                for slope in np.gradient(smooth)
            ]
        )
        in_mm = np.linalg.inv(affine[:3, :3]).T @ gradient
        points = indices.T @ affine[:3, :3].T + affine[:3, 3]
        center = points.mean(axis=0)
        turns = np.cross(points - center, in_mm.T)
        design = np.column_stack([values, in_mm.T, turns])
        if np.linalg.matrix_rank(design) < design.shape[1]:
            raise ValueError(
                "preprocess.chain's realign: the reference volume is too uniform to see motion in"
            )
        return cls(points, np.linalg.pinv(design), center, affine, fwhm)

    def match(self, volume: NDArray[np.float32], start: Floats) -> Floats:
        """Find where the reference's points lie in a volume.

        Parameters
        ----------
        volume : ndarray, shape (x, y, z)
            A volume of the same grid.
        start : ndarray, shape (4, 4)
            First guess.

        Returns
        -------
        matrix : ndarray, shape (4, 4)
            Rigid, from the reference's mm to the volume's mm.
        """
        zooms = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        spline = scipy.ndimage.spline_filter(_smooth(volume, self.fwhm, zooms), order=3)
        to_index, matrix = np.linalg.inv(self.affine), start
        limit = np.array([_STOP] * 3 + [np.deg2rad(_STOP)] * 3)
        for _ in range(_MOST_STEPS):
            to_volume = to_index @ matrix
            where = to_volume[:3, :3] @ self.points.T + to_volume[:3, 3:]
            values = scipy.ndimage.map_coordinates(
                spline, where, order=3, mode="nearest", prefilter=False
            )
            gain, *step = self.solve @ values
            change = np.array(step) / gain
            matrix = matrix @ np.linalg.inv(rigid(change, self.center))
            if np.all(np.abs(change) < limit):
                break
        return np.asarray(matrix)


def realign(
    volumes: Iterable[NDArray[np.float32]],
    reference: Reference,
    starts: Iterable[Floats] | None = None,
) -> tuple[list[Floats], Floats]:
    """Find the motion of each volume.

    Parameters
    ----------
    volumes : iterable of ndarray, shape (x, y, z)
        The volumes.
    reference : Reference
        What they are compared with.
    starts : iterable of ndarray, shape (4, 4) | None
        First guesses; None for the volume before.

    Returns
    -------
    matrices : list of ndarray, shape (4, 4)
        From the reference's mm to each volume's.
    motion : ndarray, shape (n_times, 6)
        Translations, mm, and rotations, radians, about the brain's centre.
    """
    guesses = None if starts is None else iter(starts)
    matrices: list[Floats] = []
    for volume in volumes:
        before = matrices[-1] if matrices else np.eye(4)
        matrices.append(reference.match(volume, before if guesses is None else next(guesses)))
    return matrices, np.array([parameters_of(m, reference.center) for m in matrices])


def _smooth(volume: NDArray[np.float32], fwhm: float, zooms: Floats) -> Floats:
    finite = np.nan_to_num(np.asarray(volume, dtype=np.float64))
    return np.asarray(scipy.ndimage.gaussian_filter(finite, fwhm * SIGMA / zooms))


def _indices(smooth: Floats, zooms: Floats) -> Floats:
    """Points on a regular grid in the brain, two voxels off every edge."""
    axes = [
        np.arange(2, n - 2 + 1e-9, max(1.0, SPACING / zoom))
        for n, zoom in zip(smooth.shape, zooms, strict=True)
    ]
    grid = np.array(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    bright = np.quantile(smooth, 0.98)
    brain = scipy.ndimage.binary_dilation(smooth > _BRAIN * bright, iterations=2)
    here = brain[tuple(np.round(grid).astype(int))]
    return np.asarray(grid[:, here])
