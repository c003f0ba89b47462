"""Regional homogeneity: Kendall's W of a voxel and its neighbours (Zang et al. 2004).

Ranks are summed over neighbourhoods plane by plane, so three planes are held at a time.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.fmri.cleaning import BLOCK

Floats = NDArray[np.float64]

LEAST_SHARE = 0.5
"""A voxel with a smaller share of its neighbourhood in the mask gets no value."""


def regional_homogeneity(
    series: NDArray[np.float32],
    inside: NDArray[np.bool_],
    good: NDArray[np.bool_] | None = None,
) -> Floats:
    """Kendall's W over the 27 voxels about each voxel, or the 9 of a single slice.

    Parameters
    ----------
    series : ndarray, shape (n_times, n_voxels)
        Clean time courses, voxels in C order of the mask.
    inside : ndarray of bool, shape (x, y, z)
        The mask.
    good : ndarray of bool, shape (n_times,) | None
        Volumes that count; None for all.

    Returns
    -------
    w : ndarray, shape (n_voxels,)
        From 0 to 1, corrected for ties; NaN where less than half of the neighbourhood is in the
        mask, since W rises as neighbours grow few.

    Notes
    -----
    With m series of n ranks, W = 12 S / (m² (n³ - n) - m T), S the sum of squared deviations of the
    rank sums, T the sum of t³ - t over groups of t equal values.
    """
    good = np.ones(len(series), bool) if good is None else good
    n_times = int(good.sum())
    size = tuple(3 if n > 1 else 1 for n in inside.shape)
    counts = _box(inside.astype(np.float64), size)
    columns = np.cumsum(np.r_[0, inside.sum(axis=(1, 2))])
    planes: dict[int, tuple[NDArray[np.float32], Floats]] = {}
    result = np.full(inside.shape, np.nan)
    for x in range(inside.shape[0]):
        near = [i for i in range(x - 1, x + 2) if 0 <= i < inside.shape[0]]
        for i in near:
            if i not in planes:
                part = series[:, columns[i] : columns[i + 1]]
                planes[i] = _plane(part if good.all() else part[good], inside[i], size[1:])
        planes = {i: planes[i] for i in near}
        sums = sum(planes[i][0] for i in near)
        ties = sum(planes[i][1] for i in near)
        m = counts[x]
        deviation = np.asarray(sums).var(axis=0, dtype=np.float64) * n_times
        bound = m**2 * (n_times**3 - n_times) - m * ties
        result[x] = 12 * deviation / np.where(bound > 0, bound, np.nan)
    result[counts < LEAST_SHARE * np.prod(size)] = np.nan
    return result[inside]


def _plane(
    series: NDArray[np.float32], inside: NDArray[np.bool_], size: tuple[int, ...]
) -> tuple[NDArray[np.float32], Floats]:
    """Sums of ranks over each voxel's neighbours in a plane, and sums of their ties."""
    n_times = len(series)
    ranks = np.zeros((n_times, *inside.shape), np.float32)
    ties = np.zeros(inside.shape)
    for start in range(0, series.shape[1], BLOCK):
        block = series[:, start : start + BLOCK]
        where = tuple(index[start : start + BLOCK] for index in np.nonzero(inside))
        own, tied = rank(block)
        ranks[:, where[0], where[1]] = own
        ties[where] = tied
    return _box(ranks, (1, *size)), _box(ties, size)


def rank(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], Floats]:
    """Ranks over time, and for each series the sum of t³ - t over groups of t equal values."""
    order = np.argsort(block, axis=0, kind="stable")
    ranks = np.empty(block.shape, np.float32)
    np.put_along_axis(ranks, order, np.arange(1, len(block) + 1, dtype=np.float32)[:, None], axis=0)
    ties = np.zeros(block.shape[1])
    equal = np.diff(np.take_along_axis(block, order, axis=0), axis=0) == 0
    for i in np.flatnonzero(equal.any(axis=0)):
        ranks[:, i] = scipy.stats.rankdata(block[:, i])
        _, groups = np.unique(block[:, i], return_counts=True)
        ties[i] = float((groups.astype(float) ** 3 - groups).sum())
    return ranks, ties


def _box(values: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """Sum over a box about each element; nothing lies outside."""
    out = values
    for axis, length in enumerate(size):
        if length == 3:
            ones = np.ones(3)
            out = scipy.ndimage.correlate1d(out, ones, axis=axis, mode="constant")
    return out
