"""Responses to blocks of one category: a pattern over voxels for each, and the runs they are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Space:
    """Where voxels are.

    Parameters
    ----------
    ijk : ndarray of int, shape (n_voxels, 3)
        Indices into the grid.
    shape : tuple of int
        Size of the grid.
    affine : ndarray, shape (4, 4)
        From indices to mm.
    """

    ijk: NDArray[np.int32]
    shape: tuple[int, ...]
    affine: Floats


@dataclass(frozen=True)
class Blocks:
    """Mean responses to blocks.

    Parameters
    ----------
    patterns : ndarray, shape (n_blocks, n_voxels)
        Means over the volumes of a block, less the mean at rest in the same run, in the unit of
        the recordings (standard deviations of a voxel's time course, where cleaning standardised).
    categories : ndarray of str, shape (n_blocks,)
        What was shown.
    runs : ndarray of int, shape (n_blocks,)
        Number of the recording, from 0.
    space : Space
        Where the voxels are.
    """

    patterns: Floats
    categories: NDArray[np.str_]
    runs: NDArray[np.intp]
    space: Space

    def select(self, chosen: Bools) -> "Blocks":
        """Some of the blocks."""
        return Blocks(self.patterns[chosen], self.categories[chosen], self.runs[chosen], self.space)


def load(paths: Sequence[str | Path], delay: float = 0.0) -> Blocks:
    """Read the cleaned recordings of a subject, and average over blocks.

    Parameters
    ----------
    paths : sequence of str | Path
        `_voxels.h5` of each run, with a condition for every volume.
    delay : float
        By which responses lag behind the conditions of the volumes, s; on top of what
        preprocessing allowed for.

    Returns
    -------
    blocks : Blocks
        In the order of the recordings and of time.

    Raises
    ------
    ValueError
        If there are fewer than two runs, no conditions, no rest, or runs differ in their voxels.
    """
    if len(paths) < 2:
        raise ValueError(
            f"{len(paths)} recording(s): regions are defined on some runs and responses are "
            "predicted on others; at least two are needed"
        )
    patterns, categories, runs = [], [], []
    space: Space | None = None
    for run, path in enumerate(paths):
        arrays = hdf5.read(path)
        if "condition" not in arrays:
            raise ValueError(
                f"{path}: no conditions; name them under `datasets.<name>.events`, and "
                "preprocessing labels each volume"
            )
        here = _space(arrays)
        if space is not None and not (
            np.array_equal(here.ijk, space.ijk) and np.allclose(here.affine, space.affine)
        ):
            raise ValueError(
                f"{path}: other voxels than {paths[0]}; give all runs one mask "
                "(`preprocess.mask`) in one space"
            )
        space = space or here
        voxels = arrays["voxels"]
        shift = round(delay / float(voxels.attrs["tr"]))
        good = np.asarray(arrays["good"].values, dtype=bool)
        condition = np.asarray(arrays["condition"].values)
        signals = np.asarray(voxels.values, dtype=np.float64)
        stretches = _stretches(condition, shift, good)
        rest = [used for name, used in stretches if not name]
        if not rest:
            raise ValueError(
                f"{path}: every volume belongs to a condition; responses are told from the "
                "volumes at rest, so leave some event out of `datasets.<name>.events`"
            )
        baseline = signals[np.concatenate(rest)].mean(axis=0)
        for name, used in stretches:
            if not name:
                continue
            patterns.append(signals[used].mean(axis=0) - baseline)
            categories.append(name)
            runs.append(run)
    assert space is not None
    if not patterns:
        raise ValueError(f"{paths[0]}: no volume of any condition, in any of {len(paths)} runs")
    return Blocks(np.array(patterns), np.array(categories), np.array(runs), space)


def _stretches(
    condition: NDArray[np.str_], shift: int, good: Bools
) -> list[tuple[str, NDArray[np.intp]]]:
    """Condition and volumes of each stretch, `shift` volumes later; no name at rest."""
    edges = np.flatnonzero(condition[1:] != condition[:-1]) + 1
    found = []
    for stretch in np.split(np.arange(len(condition)), edges):
        name = str(condition[stretch[0]])
        later = stretch + shift
        later = later[(later >= 0) & (later < len(condition))]
        used = later[good[later]]
        if used.size:
            found.append((name, used))
    return found


def _space(arrays: dict[str, hdf5.Array]) -> Space:
    return Space(
        np.asarray(arrays["ijk"].values),
        tuple(int(n) for n in arrays["shape"].values),
        np.asarray(arrays["affine"].values),
    )
