"""Regions of interest as masks over voxels, defined on training runs alone."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from neuro.analyses.braindive.blocks import Blocks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def preferring(blocks: Blocks, conditions: Sequence[str], threshold: float = 2.0) -> Bools:
    """Voxels that respond more to some conditions than to all others.

    Parameters
    ----------
    blocks : Blocks
        Of the training runs.
    conditions : sequence of str
        Preferred ones.
    threshold : float
        Least t of the difference (two samples of blocks, variances apart).

    Returns
    -------
    region : ndarray of bool, shape (n_voxels,)

    Raises
    ------
    ValueError
        If a condition is unknown, has a single block, or no voxel prefers them.
    """
    there = sorted(set(blocks.categories.tolist()))
    if unknown := sorted(set(conditions) - set(there)):
        raise ValueError(f"regions: no blocks of {unknown}; conditions are {there}")
    hit = np.isin(blocks.categories, list(conditions))
    if min(hit.sum(), (~hit).sum()) < 2:
        raise ValueError(
            f"regions: {int(hit.sum())} block(s) of {list(conditions)} and {int((~hit).sum())} of "
            "other conditions; a t needs two of each"
        )
    t = scipy.stats.ttest_ind(blocks.patterns[hit], blocks.patterns[~hit], equal_var=False)
    region = np.nan_to_num(np.asarray(t.statistic)) > threshold
    if not region.any():
        raise ValueError(
            f"regions: no voxel prefers {list(conditions)} with t > {threshold:g}; the largest t "
            f"is {np.nanmax(t.statistic):.2g}. Lower the threshold, or choose other conditions"
        )
    return np.asarray(region)


def check(regions: Mapping[str, Bools], n_voxels: int) -> None:
    """Refuse masks that are empty or of another size.

    Raises
    ------
    ValueError
        That names the region.
    """
    for name, mask in regions.items():
        if mask.shape != (n_voxels,):
            raise ValueError(
                f"region {name!r}: mask of shape {mask.shape}, but there are {n_voxels} voxels"
            )
        if not mask.any():
            raise ValueError(
                f"region {name!r}: the mask has no voxel; check its label, and that it is in the "
                "space of the responses"
            )


def direction(regions: Mapping[str, Bools], signs: Mapping[str, float]) -> Floats:
    """Weights of voxels whose sum is a signed sum of regions' means.

    Parameters
    ----------
    regions : mapping of str to ndarray of bool, shape (n_voxels,)
        Masks by name.
    signs : mapping of str to float
        E.g. `{"face": 1, "house": -1}` to drive one and suppress the other.

    Returns
    -------
    weights : ndarray, shape (n_voxels,)

    Raises
    ------
    ValueError
        If a region is unknown.
    """
    if unknown := sorted(set(signs) - set(regions)):
        raise ValueError(f"regions: no {unknown}; there are {sorted(regions)}")
    weights = [sign * regions[name] / regions[name].sum() for name, sign in signs.items()]
    return np.asarray(np.sum(weights, axis=0), dtype=np.float64)
