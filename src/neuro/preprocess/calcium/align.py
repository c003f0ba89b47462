"""Neurons of several animals on one axis, by name; a neuron that was not recorded stays missing.

Missing is a mask (`present`) and NaN, never zero. Only names that are identities are aligned.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from neuro.io import hdf5
from neuro.io.hdf5 import Array
from neuro.preprocess.calcium.traces import Bools, Floats, named

if TYPE_CHECKING:
    from neuro.config.calcium import Alignment

SERIES = ("dff", "deconvolved", "derivative")
"""What is aligned, where every recording has it."""
SAME = 1e-6
"""Largest relative difference of frame rates that are the same."""


@dataclass(frozen=True)
class Head:
    """What alignment needs to know of a recording before its traces are read.

    Parameters
    ----------
    path : Path
        Its file.
    rows : dict of str to int
        Row of each neuron that is used and has an identity.
    n_neurons : int
        Neurons that are used.
    time : ndarray, shape (n_times,)
        Times of its frames, s.
    good : ndarray, shape (n_times,)
        Frames without artifacts.
    sfreq : float
        Frame rate, Hz.
    even : bool
        Whether frames are evenly spaced.
    kind : str
        What the traces are.
    series : set of str
        Which of :data:`SERIES` it has.
    """

    path: Path
    rows: dict[str, int]
    n_neurons: int
    time: Floats
    good: Bools
    sfreq: float
    even: bool
    kind: str
    series: set[str]

    @property
    def name(self) -> str:
        """The recording's name."""
        return self.path.name.removesuffix("_traces.h5")


def run(
    traces_paths: Sequence[str | Path], aligned_path: str | Path, params: "Alignment | None"
) -> list[str]:
    """Align the neurons of all recordings of a dataset.

    Parameters
    ----------
    traces_paths : sequence of str | Path
        What :func:`neuro.preprocess.calcium.clean.run` wrote, in order.
    aligned_path : str | Path
        Where the result goes, HDF5: `dff` (animal, neuron, time) with NaN where a neuron was not
        recorded or a recording has ended, `present` (animal, neuron), `good` (animal, time).
    params : Alignment | None
        Which neurons; None for none at all.

    Returns
    -------
    names : list of str
        Neurons on the axis, sorted; none where no name is an identity.

    Raises
    ------
    ValueError
        If recordings that share the axis differ in rate or kind, or frames are uneven.
    """
    heads = [read_head(path) for path in traces_paths]
    counts = Counter(name for head in heads for name in head.rows)
    least = params.min_animals if params is not None else 0
    names = sorted(name for name, n in counts.items() if n >= least) if params is not None else []
    sharing = [head for head in heads if names and set(head.rows) & set(names)]
    _check(sharing)
    present = np.array([[name in head.rows for name in names] for head in heads], dtype=bool)
    n_times = max((len(head.time) for head in sharing), default=0)
    longest = max(sharing, key=lambda head: len(head.time), default=None)
    time = np.zeros(0) if longest is None else longest.time - longest.time[0]
    good = np.zeros((len(heads), n_times), dtype=bool)
    for row, head in zip(good, heads, strict=True):
        if names:
            row[: len(head.good)] = head.good[:n_times]
    attrs = {"sfreq": sharing[0].sfreq, "kind": sharing[0].kind} if sharing else {}
    arrays = {
        "animals": Array([head.name for head in heads], ("animal",)),
        "names": Array(np.array(names, dtype=object), ("neuron",)),
        "present": Array(present.reshape(len(heads), len(names)), ("animal", "neuron")),
        "good": Array(good, ("animal", "time")),
        "time": Array(time, ("time",), "s", attrs),
    }
    for series in SERIES:
        if sharing and all(series in head.series for head in sharing):
            values = _stacked(heads, names, series, n_times)
            arrays[series] = Array(values, ("animal", "neuron", "time"), "1", attrs)
    shown = {} if params is None else params.model_dump(mode="json")
    hdf5.write(aligned_path, arrays, {"alignment": shown})
    return names


def read_head(path: str | Path) -> Head:
    """Read what is needed of a recording, without its traces."""
    with h5py.File(path, "r") as file:
        names = file["names"].asstr()[()]
        usable = file["present"][()] & file["identified"][()]
        return Head(
            path=Path(path),
            rows={
                str(name): i for i, (name, ok) in enumerate(zip(names, usable, strict=True)) if ok
            },
            n_neurons=int(file["present"][()].sum()),
            time=file["time"][()],
            good=file["good"][()],
            sfreq=float(file["dff"].attrs["sfreq"]),
            even=bool(file["time"].attrs["even"]),
            kind=str(file["dff"].attrs["kind"]),
            series={series for series in SERIES if series in file},
        )


def _check(heads: Sequence[Head]) -> None:
    """Several recordings on one axis of time must have the same even frames and unit."""
    if len(heads) < 2:
        return
    first = heads[0]
    for head in heads:
        if not head.even:
            raise ValueError(
                f"{head.path}: frames are not evenly spaced, so recordings cannot share an axis of "
                "time; add `resample` to preprocess.chain, or set preprocess.alignment: null"
            )
        if abs(head.sfreq - first.sfreq) > SAME * first.sfreq:
            raise ValueError(
                f"{head.path}: has {head.sfreq:g} Hz, but {first.name} has {first.sfreq:g} Hz; "
                "add `resample` to preprocess.chain, or set preprocess.alignment: null"
            )
        if head.kind != first.kind:
            raise ValueError(
                f"{head.path}: holds {head.kind}, but {first.name} holds {first.kind}; split the "
                f"dataset. Recordings: {named(h.name for h in heads)}"
            )


def _stacked(
    heads: Sequence[Head], names: Sequence[str], series: str, n_times: int
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Traces of all recordings, NaN where there are none."""
    values = np.full((len(heads), len(names), n_times), np.nan, dtype=np.float32)
    for part, head in zip(values, heads, strict=True):
        columns = [i for i, name in enumerate(names) if name in head.rows]
        if not columns:
            continue
        with h5py.File(head.path, "r") as file:
            data = file[series][()]
        part[columns, : data.shape[1]] = data[[head.rows[names[i]] for i in columns]]
    return values
