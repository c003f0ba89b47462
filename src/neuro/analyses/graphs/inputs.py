"""What preprocessing leaves: time courses of voxels or regions, on one set of nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["voxels", "parcels"]


@dataclass(frozen=True, eq=False)
class Nodes:
    """What is connected, the same in all recordings.

    Parameters
    ----------
    kind : str
        `voxels` or `parcels`.
    names : list of str
        Of parcels; voxels are named by their indices.
    places : ndarray, shape (n, 3)
        mm; NaN where unknown.
    used : ndarray of int, shape (n,)
        Columns of the recordings' time courses; parcels that a recording lacks are left out.
    ijk, shape, affine : ndarray | None
        Indices of voxels, and the grid that they are in.
    """

    kind: Kind
    names: list[str]
    places: Floats
    used: NDArray[np.int64]
    ijk: NDArray[np.int64] | None = None
    shape: tuple[int, ...] | None = None
    affine: Floats | None = None

    def __len__(self) -> int:
        return len(self.names)

    def volume(self, values: Floats) -> Any:
        """A map as NIfTI; 0 outside the mask."""
        from nibabel.nifti1 import Nifti1Image

        if self.ijk is None or self.shape is None:
            raise ValueError("parcels have no grid")
        data = np.zeros(self.shape, np.float32)
        data[tuple(self.ijk.T)] = values
        image: Any = Nifti1Image
        return image(data, self.affine)


def common_nodes(
    parcels: Sequence[str | Path], voxels: Sequence[str | Path], wanted: str = "auto"
) -> tuple[Nodes, list[Path]]:
    """Nodes that all recordings share, and the files with their time courses.

    Parameters
    ----------
    parcels, voxels : sequence of str | Path
        `_parcels.h5` and `_voxels.h5` of each recording, in the same order.
    wanted : str
        `voxels`, `parcels`, or `auto` for voxels where there are any.

    Raises
    ------
    ValueError
        If there are none, or recordings differ in grid or mask.
    """
    if not voxels or len(parcels) != len(voxels):
        raise ValueError(
            f"needs parcels and voxels of each of at least one recording, got {len(parcels)} and "
            f"{len(voxels)}"
        )
    with h5py.File(voxels[0], "r") as file:
        has_voxels = file["voxels"].shape[1] > 1
    if wanted == "voxels" or (wanted == "auto" and has_voxels):
        if not has_voxels:
            raise ValueError(
                f"{voxels[0]}: no voxels, only time courses of regions; set `graphs.nodes: parcels`"
            )
        return _voxels(voxels), [Path(path) for path in voxels]
    return _parcels(parcels), [Path(path) for path in parcels]


def _voxels(paths: Sequence[str | Path]) -> Nodes:
    with h5py.File(paths[0], "r") as file:
        ijk, affine = file["ijk"][:].astype(np.int64), file["affine"][:].astype(float)
        shape = tuple(int(n) for n in file["shape"][:])
    for path in paths[1:]:
        with h5py.File(path, "r") as file:
            if (
                not np.allclose(file["affine"][:], affine, atol=1e-4)
                or tuple(file["shape"][:]) != shape
            ):
                raise ValueError(
                    f"{path}: its mask has another affine or grid than {paths[0]}; voxels can only "
                    "be compared in one space: normalize all recordings to it "
                    "(`preprocess.chain: normalize`)"
                )
            if not np.array_equal(file["ijk"][:], ijk):
                raise ValueError(
                    f"{path}: its mask has {file['ijk'].shape[0]} voxels, {paths[0]} has "
                    f"{len(ijk)}, or others; give all recordings one mask (`preprocess.mask.path`)"
                )
    places = ijk @ affine[:3, :3].T + affine[:3, 3]
    names = ["-".join(map(str, index)) for index in ijk.tolist()]
    return Nodes("voxels", names, places, np.arange(len(ijk)), ijk, shape, affine)


def _parcels(paths: Sequence[str | Path]) -> Nodes:
    present: NDArray[np.bool_] | None = None
    names: list[str] = []
    places = np.zeros((0, 3))
    for path in paths:
        with h5py.File(path, "r") as file:
            own = [str(name) for name in file["names"].asstr()[:]]
            if names and own != names:
                raise ValueError(
                    f"{path}: its {len(own)} parcels are not the {len(names)} of {paths[0]}; use "
                    "one atlas for all recordings (`preprocess.parcels`)"
                )
            names, places = own, file["centroids"][:].astype(float)
            if not names:
                raise ValueError(f"{path}: no parcels; set `preprocess.parcels`, or use voxels")
            series = file["timeseries"][:][file["good"][:]]
        there = np.isfinite(series).all(axis=0)
        present = there if present is None else present & there
    used = np.flatnonzero(np.asarray(present))
    return Nodes("parcels", [names[k] for k in used], places[used], used)


def series_of(path: Path, nodes: Nodes, n_volumes: int | None = None) -> NDArray[np.float32]:
    """Time courses of a recording's good volumes, shape (n_times, n_nodes).

    Raises
    ------
    ValueError
        If it has fewer volumes than are wanted.
    """
    with h5py.File(path, "r") as file:
        name = "voxels" if nodes.kind == "voxels" else "timeseries"
        series: NDArray[np.float32] = file[name][:][file["good"][:]][:, nodes.used]
    if n_volumes is not None and len(series) < n_volumes:
        raise ValueError(
            f"{path}: {len(series)} good volumes, `graphs.n_volumes` wants {n_volumes}; lower it "
            "or exclude the recording (`recordings.exclude`)"
        )
    return series[:n_volumes]


def recording_of(path: Path) -> str:
    """Name of a recording, e.g. `sub-1_task-rest`, from its file's."""
    return path.name.rsplit("_", 1)[0]


def subject_of(path: Path) -> str:
    """Label of its subject."""
    return path.name.split("_")[0].removeprefix("sub-")
