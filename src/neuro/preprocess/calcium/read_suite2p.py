"""suite2p's folders: `F.npy`, `Fneu.npy`, `iscell.npy`; nothing is unpickled.

`ops.npy` and `stat.npy` are pickles and are not opened; the frame rate comes from the sidecar.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.io.damage import reading
from neuro.preprocess.calcium.read_common import identities, sidecar_rate
from neuro.preprocess.calcium.traces import Bools, Opened, Traces

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading


def open_suite2p(path: Path, params: "CalciumReading") -> Opened:
    """Read the header of a suite2p folder.

    It holds the files of one plane, or a folder `plane<i>` for each of several; neurons are
    named `roi-<i>`, or `plane<i>-roi-<i>` where there are several planes.

    Raises
    ------
    ValueError, OSError
        If a file is missing or truncated, lengths differ, or the rate is not known.
    """
    planes = _planes(path)
    sfreq = sidecar_rate(path, params)
    masks, names, n_found = [], [], 0
    frames: dict[str, int] = {}
    for plane in planes:
        fluorescence = _shapes_agree(plane)
        mask = _cells(plane, fluorescence.shape[0], params)
        prefix = f"{plane.name}-" if len(planes) > 1 else ""
        names += [f"{prefix}roi-{i:04d}" for i in np.flatnonzero(mask)]
        masks.append(mask)
        n_found += len(mask)
        frames[plane.name] = fluorescence.shape[1]
    if len(set(frames.values())) > 1:
        raise ValueError(f"{path}: planes of unequal lengths, in frames: {frames}")
    (n_frames,) = set(frames.values())
    has_neuropil = all((plane / "Fneu.npy").is_file() for plane in planes)

    def load() -> Traces:
        return Traces(
            values=_stacked(planes, masks, "F.npy"),
            time=np.arange(n_frames) / sfreq,
            names=list(names),
            identified=identities(names, params) & (params.identified == "all"),
            kind=params.kind or "fluorescence",
            neuropil=_stacked(planes, masks, "Fneu.npy") if has_neuropil else None,
        )

    return Opened(
        where=str(path),
        names=names,
        n_found=n_found,
        n_frames=n_frames,
        sfreq=sfreq,
        kind=params.kind or "fluorescence",
        has_neuropil=has_neuropil,
        format="suite2p",
        notes=[],
        load=load,
    )


def _stacked(planes: list[Path], masks: list[Bools], name: str) -> NDArray[np.float64]:
    """Cells of all planes."""
    parts = [_array(plane / name)[mask] for plane, mask in zip(planes, masks, strict=True)]
    return np.concatenate(parts).astype(np.float64)


def _planes(path: Path) -> list[Path]:
    if (path / "F.npy").is_file():
        return [path]
    planes = [p for p in path.glob("plane*") if (p / "F.npy").is_file()]
    if not planes:
        there = sorted(p.name for p in path.iterdir())[:10] if path.is_dir() else "no folder"
        raise FileNotFoundError(
            f"{path}: a suite2p folder holds F.npy, itself or in plane0, plane1...; found {there}"
        )
    return sorted(planes, key=lambda plane: (len(plane.name), plane.name))


def _shapes_agree(plane: Path) -> NDArray[np.float32]:
    """Traces of a plane, not read yet, once its files fit each other."""
    fluorescence = _array(plane / "F.npy")
    if fluorescence.ndim != 2:
        raise ValueError(
            f"{plane / 'F.npy'}: must be (regions, frames), got shape {fluorescence.shape}"
        )
    neuropil = plane / "Fneu.npy"
    if neuropil.is_file() and (shape := _array(neuropil).shape) != fluorescence.shape:
        raise ValueError(
            f"{plane}: unequal lengths: F.npy has shape {fluorescence.shape}, Fneu.npy {shape}; "
            "they must be of one run of suite2p"
        )
    return fluorescence


def _cells(plane: Path, n_regions: int, params: "CalciumReading") -> Bools:
    file = plane / "iscell.npy"
    if not params.cells_only:
        return np.ones(n_regions, dtype=bool)
    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: missing; it marks the cells. Set read.cells_only: false to take all regions"
        )
    iscell = _array(file)
    if len(iscell) != n_regions:
        raise ValueError(
            f"{plane}: unequal lengths: F.npy has {n_regions} regions, iscell.npy {len(iscell)}; "
            "they must be of one run of suite2p"
        )
    marks: Bools = np.asarray(iscell.reshape(n_regions, -1)[:, 0] > 0.5)
    return marks


def _array(file: Path) -> NDArray[np.float32]:
    remedy = "A truncated file must be copied again, and pickled objects are refused"
    with reading(file, "not a readable array", remedy):
        array: NDArray[np.float32] = np.load(file, mmap_mode="r", allow_pickle=False)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{file}: must hold numbers, got {array.dtype}")
    return array
