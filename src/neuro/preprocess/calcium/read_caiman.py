"""CaImAn's HDF5 files (`cnm.save`): group `estimates`, arrays (components, frames).

What CaImAn has not computed it stores as text, so only numeric arrays count.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from neuro.io.damage import reading
from neuro.io.foreign import open_hdf5
from neuro.preprocess.calcium.read_common import identities, sidecar_rate
from neuro.preprocess.calcium.traces import Bools, Floats, Opened, Traces

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumReading

KINDS = {"F_dff": "dff", "C+YrA": "components", "C": "components"}
"""Series that can be read, best first, and what they are."""
UNREADABLE = "not a readable HDF5 file"


def open_caiman(path: Path, params: "CalciumReading") -> Opened:
    """Read the header of a CaImAn file.

    Raises
    ------
    ValueError, OSError
        If it is truncated, not CaImAn's, lacks the series, or the rate is not known.
    """
    with _open(path) as file, reading(path, UNREADABLE):
        shapes = _shapes(file, path)
        series = _series(shapes, path, params)
        parts = series.split("+")
        n_found, n_frames = shapes[parts[0]]
        if len(sizes := {shapes[part] for part in parts}) > 1:
            raise ValueError(f"{path}: unequal shapes of {series} in estimates: {sorted(sizes)}")
        cells = _accepted(file, n_found, params, path)
        stored = _rate(file, path, params)
    sfreq = sidecar_rate(path, params) if stored is None else stored
    kind = params.kind or KINDS[series]
    names = [f"roi-{i:04d}" for i in np.flatnonzero(cells)]

    def load() -> Traces:
        with _open(path) as file, reading(path, UNREADABLE):
            values = sum(
                np.asarray(file[f"estimates/{part}"][()], np.float64)[cells] for part in parts
            )
        time: Floats = np.arange(n_frames) / sfreq
        who = identities(names, params) & (params.identified == "all")
        return Traces(np.asarray(values), time, list(names), who, kind)

    return Opened(
        where=str(path),
        names=names,
        n_found=n_found,
        n_frames=n_frames,
        sfreq=sfreq,
        kind=kind,
        has_neuropil=False,
        format="CaImAn",
        notes=[],
        load=load,
    )


def _open(path: Path) -> h5py.File:
    try:
        return open_hdf5(path)
    except OSError as error:
        raise OSError(f"{path}: truncated, or not HDF5 ({error})") from error


def _shapes(file: h5py.File, path: Path) -> dict[str, tuple[int, int]]:
    """Shapes of the numeric two-dimensional arrays in `estimates`."""
    estimates = file.get("estimates")
    if not isinstance(estimates, h5py.Group):
        raise ValueError(
            f"{path}: HDF5, but not CaImAn's: it has no group `estimates`. Its top level holds "
            f"{sorted(file) or 'nothing'}"
        )
    return {
        name: item.shape
        for name, item in estimates.items()
        if isinstance(item, h5py.Dataset) and item.ndim == 2 and item.dtype.kind in "fiu"
    }


def _series(shapes: dict[str, tuple[int, int]], path: Path, params: "CalciumReading") -> str:
    there = [name for name in KINDS if all(part in shapes for part in name.split("+"))]
    if params.series is not None and params.series not in there:
        raise ValueError(
            f"{path}: has no {params.series!r} (read.series) in estimates; it has "
            f"{there or sorted(shapes) or 'no traces'}"
        )
    if not there:
        raise ValueError(
            f"{path}: has none of {list(KINDS)} in estimates; it has "
            f"{sorted(shapes) or 'no traces'}"
        )
    return params.series or there[0]


def _accepted(file: h5py.File, n_found: int, params: "CalciumReading", path: Path) -> Bools:
    """Components that the evaluation accepted; all of them where it was not carried out."""
    cells = np.ones(n_found, dtype=bool)
    chosen = file.get("estimates/idx_components")
    if params.cells_only and isinstance(chosen, h5py.Dataset) and chosen.dtype.kind in "iu":
        index = np.asarray(chosen[()], dtype=np.int64).ravel()
        if len(index) and (index.min() < 0 or index.max() >= n_found):
            raise ValueError(
                f"{path}: estimates/idx_components goes up to {index.max()}, but there are "
                f"{n_found} components"
            )
        cells = np.isin(np.arange(n_found), index)
    return cells


def _rate(file: h5py.File, path: Path, params: "CalciumReading") -> float | None:
    stored = file.get("params/data/fr")
    if params.sfreq is None and isinstance(stored, h5py.Dataset) and stored.dtype.kind in "fiu":
        rate = float(np.squeeze(stored[()]))
        if not rate > 0:
            raise ValueError(f"{path}: params/data/fr must be above 0 Hz, got {rate:g}")
        return rate
    return None
