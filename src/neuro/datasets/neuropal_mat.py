"""MATLAB files of NeuroPAL recordings (Yemini et al., 2021): many worms, named neurons, stimuli.

Fields: `neurons` (names), `norm_traces` (a cell per neuron, which holds a cell per worm, empty
where the worm lacks the neuron), `fps`, `stim_names`, `stims` (per worm, the order of the stimuli,
from 1), `stim_times` (onset and end of each, s). Files of MATLAB 5 to 7 and of 7.3 (HDF5) are read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io import matlab
from neuro.io.damage import reading
from neuro.io.foreign import open_hdf5

Floats = NDArray[np.float64]
FIELDS = ("neurons", "norm_traces", "fps", "stim_names", "stims", "stim_times")


@dataclass(frozen=True)
class Worm:
    """One worm of a file.

    Parameters
    ----------
    names : list of str
        Its neurons.
    traces : ndarray, shape (n_neurons, n_times)
        Normalized traces.
    sfreq : float
        Frames per second.
    events : list of (float, float, str)
        Onset and duration, s, and name of each stimulus.
    """

    names: list[str]
    traces: Floats
    sfreq: float
    events: list[tuple[float, float, str]]


def read_worms(path: str | Path) -> list[Worm]:
    """Read all worms of a file that have a neuron.

    Parameters
    ----------
    path : str | Path
        The `.mat` file.

    Raises
    ------
    ValueError
        If a field is missing, or fields do not fit each other; the message names file and field.
    """
    fields = _fields(path)
    names = [str(name) for name in np.atleast_1d(fields["neurons"])]
    cells = [np.atleast_1d(cell) for cell in _listed(fields["norm_traces"])]
    if len(cells) != len(names):
        raise ValueError(
            f"{path}: norm_traces has {len(cells)} neurons, but neurons has {len(names)} names"
        )
    per_neuron = [_listed(cell) for cell in cells]
    n_worms = len(per_neuron[0])
    if uneven := [name for name, c in zip(names, per_neuron, strict=True) if len(c) != n_worms]:
        raise ValueError(
            f"{path}: norm_traces must hold {n_worms} worms for every neuron, as for {names[0]}; "
            f"not so for {', '.join(uneven[:5])}"
        )
    sfreq = float(np.ravel(fields["fps"])[0])
    return [
        worm
        for number in range(n_worms)
        if (worm := _worm(str(path), number, names, per_neuron, sfreq, fields)) is not None
    ]


def _worm(
    where: str,
    number: int,
    names: list[str],
    per_neuron: list[list[Any]],
    sfreq: float,
    fields: dict[str, Any],
) -> Worm | None:
    traces = [np.ravel(np.asarray(cells[number], np.float64)) for cells in per_neuron]
    there = [i for i, trace in enumerate(traces) if trace.size > 1 and np.isfinite(trace).any()]
    if not there:
        return None
    lengths = {traces[i].size for i in there}
    if len(lengths) > 1:
        raise ValueError(
            f"{where}: traces of worm {number + 1} have {sorted(lengths)} frames; all must be as "
            "long"
        )
    return Worm(
        [names[i] for i in there],
        np.stack([traces[i] for i in there]),
        sfreq,
        _events(where, number, fields),
    )


def _events(where: str, number: int, fields: dict[str, Any]) -> list[tuple[float, float, str]]:
    """Stimuli in the worm's own order; none where the file tells none."""
    if not {"stim_names", "stims", "stim_times"} <= set(fields):
        return []
    kinds = [str(kind) for kind in np.atleast_1d(fields["stim_names"])]
    spans = np.atleast_2d(np.asarray(fields["stim_times"], np.float64))
    order = np.atleast_2d(np.asarray(fields["stims"], np.float64))
    if number >= len(order) or order.shape[1] != len(spans) or spans.shape[1] != 2:
        raise ValueError(
            f"{where}: stims is {order.shape[0]} x {order.shape[1]}, stim_times "
            f"{spans.shape[0]} x {spans.shape[1]}; a row per worm with as many stimuli as there "
            "are times is needed"
        )
    told = [int(kind) for kind in order[number]]
    if bad := [kind for kind in told if not 1 <= kind <= len(kinds)]:
        raise ValueError(f"{where}: stims of worm {number + 1} names {bad}, not 1 to {len(kinds)}")
    pairs = zip(spans.tolist(), told, strict=True)
    return sorted((on, end - on, kinds[kind - 1]) for (on, end), kind in pairs)


def _fields(path: str | Path) -> dict[str, Any]:
    """The file's fields, whichever its version."""
    import h5py

    modern = h5py.is_hdf5(path)
    fields = _from_hdf5(path) if modern else matlab.load(path, FIELDS, squeeze=True)
    if lacking := [name for name in FIELDS[:3] if name not in fields]:
        raise ValueError(f"{path}: lacks the field(s) {lacking}; it is no NeuroPAL recording")
    return fields


def _from_hdf5(path: str | Path) -> dict[str, Any]:
    with reading(path, "not a readable MATLAB file"), open_hdf5(path) as file:
        return {name: _value(file[name], lambda ref: file[ref]) for name in FIELDS if name in file}


def _value(dataset: Any, follow: Callable[[Any], Any]) -> Any:
    """A MATLAB 7.3 variable: cells are references, texts are numbers, axes are reversed."""
    import h5py

    if dataset.attrs.get("MATLAB_empty", 0):
        return np.zeros(0)
    values = dataset[()]
    if dataset.dtype == h5py.ref_dtype:
        parts = [_value(follow(ref), follow) for ref in np.ravel(values)]
        cells = np.empty(len(parts), dtype=object)
        cells[:] = parts
        return cells
    if dataset.attrs.get("MATLAB_class", b"") == b"char":
        return "".join(chr(code) for code in np.ravel(values))
    return np.squeeze(values.T)


def _listed(cell: Any) -> list[Any]:
    """A cell array as a list; a single trace, which squeezing bared, as a list of one."""
    values = np.asarray(cell)
    if values.dtype == object:
        return list(np.ravel(values))
    return [values] if values.ndim <= 1 else list(values)
