"""Where features lie: names read as edges of a connectome, nodes along tracts, or voxels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from neuro.stats.dependence.block import Floats


@dataclass(frozen=True)
class Connectome:
    """Edges as a matrix.

    Parameters
    ----------
    regions : tuple of str
        In the order of their first edge.
    rows, columns : ndarray of int, shape (n_features,)
        Regions of each feature's edge; -1 for one that is no edge.
    """

    regions: tuple[str, ...]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]

    def matrix(self, upper: Floats, lower: Floats) -> Floats:
        """A value per edge on either side of the diagonal, NaN elsewhere."""
        matrix = np.full((len(self.regions),) * 2, np.nan)
        there = self.rows >= 0
        first = np.minimum(self.rows, self.columns)[there]
        second = np.maximum(self.rows, self.columns)[there]
        matrix[first, second] = upper[there]
        matrix[second, first] = lower[there]
        return matrix


@dataclass(frozen=True)
class Tracts:
    """Nodes along tracts.

    Parameters
    ----------
    measures, tracts : tuple of str
        In the order of their first node.
    place : dict
        Features of a measure and tract, in the order of their nodes.
    nodes : dict
        Numbers of these nodes.
    """

    measures: tuple[str, ...]
    tracts: tuple[str, ...]
    place: dict[tuple[str, str], NDArray[np.intp]]
    nodes: dict[tuple[str, str], NDArray[np.intp]]


@dataclass(frozen=True)
class Voxels:
    """Voxels of a mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (n_x, n_y, n_z)
        Where there are voxels.
    affine : ndarray, shape (4, 4)
        From indices to mm.
    numbers : ndarray of int, shape (n_features,)
        Voxel of each feature, in the order of the mask's; -1 for one that is no voxel.
    """

    mask: NDArray[np.bool_]
    affine: Floats
    numbers: NDArray[np.intp]

    def image(self, values: Floats) -> Any:
        """A value per feature in its place, 0 elsewhere and where there is none."""
        inside = np.zeros(int(self.mask.sum()))
        there = (self.numbers >= 0) & np.isfinite(values)
        inside[self.numbers[there]] = values[there]
        volume = np.zeros(self.mask.shape, np.float32)
        volume[self.mask] = inside
        return nib.Nifti1Image(volume, self.affine)  # type: ignore[no-untyped-call]


def read_voxels(names: Sequence[str], expression: str, path: Path) -> Voxels:
    """Read numbers of voxels off the names of features.

    Parameters
    ----------
    names : sequence of str
        Names of features.
    expression : str
        Regular expression with the group `voxel`, which the whole name must match.
    path : Path
        The mask, NIfTI; what is not zero is inside.

    Raises
    ------
    ValueError
        If the mask is no volume, the expression lacks the group or fits no name, or a voxel is not
        in the mask or there twice.
    """
    try:
        image: Any = nib.load(path)
    except (OSError, nib.filebasedimages.ImageFileError) as error:
        raise ValueError(f"{path}: not a readable NIfTI image ({error})") from error
    if len(image.shape) != 3:
        raise ValueError(f"{path}: a mask must have three dimensions, got shape {image.shape}")
    mask = np.asarray(image.dataobj) != 0
    numbers = np.full(len(names), -1, np.intp)
    for i, match in enumerate(_matches(names, expression, ("voxel",))):
        if match is not None:
            numbers[i] = int(match["voxel"])
    found = numbers[numbers >= 0]
    if found.max() >= mask.sum():
        raise ValueError(
            f"{path}: the mask has {mask.sum()} voxels, but there is a feature "
            f"{names[int(np.argmax(numbers))]!r}; voxels count from 0"
        )
    if len(np.unique(found)) < len(found):
        twice = names[int(np.argmax(numbers == np.argmax(np.bincount(found))))]
        raise ValueError(f"{path}: two features are the voxel of {twice!r}")
    return Voxels(mask, np.asarray(image.affine, np.float64), numbers)


def read_connectome(names: Sequence[str], expression: str) -> Connectome:
    """Read edges off the names of features.

    Parameters
    ----------
    names : sequence of str
        Names of features.
    expression : str
        Regular expression with the groups `a` and `b`, which the whole name must match.

    Raises
    ------
    ValueError
        If the expression lacks a group, or no name matches.
    """
    matches = _matches(names, expression, ("a", "b"))
    regions: dict[str, int] = {}
    rows = np.full(len(names), -1, np.intp)
    columns = rows.copy()
    for i, match in enumerate(matches):
        if match is not None:
            rows[i] = regions.setdefault(match["a"], len(regions))
            columns[i] = regions.setdefault(match["b"], len(regions))
    return Connectome(tuple(regions), rows, columns)


def read_tracts(names: Sequence[str], expression: str) -> Tracts:
    """Read measure, tract and node off the names of features.

    Parameters
    ----------
    names : sequence of str
        Names of features.
    expression : str
        Regular expression with the groups `measure`, `tract` and `node`.

    Raises
    ------
    ValueError
        If the expression lacks a group, or no name matches.
    """
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for i, match in enumerate(_matches(names, expression, ("measure", "tract", "node"))):
        if match is not None:
            found.setdefault((match["measure"], match["tract"]), []).append((int(match["node"]), i))
    ordered = {key: np.array(sorted(nodes), dtype=np.intp) for key, nodes in found.items()}
    return Tracts(
        tuple(dict.fromkeys(measure for measure, _ in found)),
        tuple(dict.fromkeys(tract for _, tract in found)),
        {key: nodes[:, 1] for key, nodes in ordered.items()},
        {key: nodes[:, 0] for key, nodes in ordered.items()},
    )


def _matches(
    names: Sequence[str], expression: str, groups: tuple[str, ...]
) -> list[re.Match[str] | None]:
    compiled = re.compile(expression)
    if lacking := [group for group in groups if group not in compiled.groupindex]:
        raise ValueError(f"screening.map.pattern: {expression!r} lacks the group(s) {lacking}")
    matches = [compiled.fullmatch(name) for name in names]
    if not any(matches):
        raise ValueError(
            f"screening.map.pattern: {expression!r} fits no feature, e.g. {list(names[:3])}"
        )
    return matches
