"""Labelled trials in one HDF5 file, `*_trials.h5`: what is shared before its raw recording is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5
from neuro.io.hdf5 import Array

PARTS = ("", "train", "test")
UNKNOWN = "unknown"
"""Subject of trials of which it is not told whose they are, be they of one or of several."""
REQUIRED = ("data", "labels", "channels")
OPTIONAL = ("part", "subject", "session", "run", "onset", "channel_types")


@dataclass(frozen=True)
class TrialsFile:
    """What a file of trials holds.

    Parameters
    ----------
    data : ndarray of float32, shape (n_trials, n_channels, n_times)
        In `unit`.
    labels : ndarray of str, shape (n_trials,)
        Class of each trial.
    channels, channel_types : tuple of str
        Names, and MNE's types.
    sfreq : float
        Sampling rate, Hz.
    tmin : float
        First sample relative to the event, s.
    unit : str
        `V`, `T`, `T/m` or `arbitrary`.
    part : ndarray of str, shape (n_trials,)
        `train`, `test`, or empty where the publisher has not split the trials.
    subject, session, run : ndarray of str, shape (n_trials,)
        Empty where the file does not tell.
    onset : ndarray, shape (n_trials,)
        Time in the recording, s; NaN where it is not known.
    note : str
        What whoever uses the trials must know.
    """

    data: NDArray[np.float32]
    labels: NDArray[np.str_]
    channels: tuple[str, ...]
    channel_types: tuple[str, ...]
    sfreq: float
    tmin: float
    unit: str
    part: NDArray[np.str_]
    subject: NDArray[np.str_]
    session: NDArray[np.str_]
    run: NDArray[np.str_]
    onset: NDArray[np.float64]
    note: str = ""


def write_trials(path: str | Path, trials: TrialsFile) -> None:
    """Write a file of trials.

    Parameters
    ----------
    path : str | Path
        The file.
    trials : TrialsFile
        Its content.
    """
    attrs = {"sfreq": trials.sfreq, "tmin": trials.tmin, "note": trials.note}
    arrays = {
        "data": Array(trials.data, ("trial", "channel", "time"), trials.unit, attrs),
        "onset": Array(trials.onset, ("trial",), "s"),
        "channels": Array(np.array(trials.channels), ("channel",)),
        "channel_types": Array(np.array(trials.channel_types), ("channel",)),
    }
    for name in ("labels", "part", "subject", "session", "run"):
        arrays[name] = Array(getattr(trials, name), ("trial",))
    hdf5.write(path, arrays, {})


def read_trials(path: str | Path) -> TrialsFile:
    """Read a file of trials, whoever has written it.

    Parameters
    ----------
    path : str | Path
        HDF5 with `data` (trial, channel, time; attributes `sfreq` in Hz and `unit`), `labels` and
        `channels`; optionally `part`, `subject`, `session`, `run`, `onset`, `channel_types`.

    Returns
    -------
    trials : TrialsFile

    Raises
    ------
    ValueError
        If something is missing, of another length, or not finite.
    OSError
        If the file is truncated, or no HDF5.
    """
    found = hdf5.read(path)
    if lacking := [name for name in REQUIRED if name not in found]:
        raise ValueError(f"{path}: lacks {lacking}; it has {sorted(found)}")
    data = np.asarray(found["data"].values)
    if data.ndim != 3 or 0 in data.shape or data.dtype.kind not in "fiu":
        raise ValueError(
            f"{path}: `data` must be numbers of shape (trials, channels, times), "
            f"got {data.dtype} of shape {data.shape}"
        )
    n_trials, n_channels, _ = data.shape
    columns = {name: _column(path, found, name, n_trials, "trial") for name in _PER_TRIAL}
    channels = _column(path, found, "channels", n_channels, "channel")
    types = _column(path, found, "channel_types", n_channels, "channel", missing="eeg")
    if wrong := sorted(set(columns["part"]) - set(PARTS)):
        raise ValueError(f"{path}: `part` must be `train`, `test` or empty, got {wrong}")
    data = data.astype(np.float32)
    if bad := np.flatnonzero(~np.isfinite(data).all(axis=(1, 2))).tolist():
        raise ValueError(f"{path}: {len(bad)} trials are not finite, e.g. trial {bad[0]}")
    attrs = found["data"].attrs
    return TrialsFile(
        data=data,
        channels=tuple(channels.tolist()),
        channel_types=tuple(types.tolist()),
        sfreq=_rate(path, attrs),
        tmin=float(attrs.get("tmin", 0.0)),
        unit=found["data"].unit,
        onset=_onset(path, found, n_trials),
        note=str(attrs.get("note", "")),
        **columns,
    )


_PER_TRIAL = ("labels", "part", "subject", "session", "run")


def _rate(path: str | Path, attrs: Any) -> float:
    rate = float(attrs.get("sfreq", np.nan))
    if not rate > 0:
        raise ValueError(f"{path}: `data` needs an attribute `sfreq` above 0, Hz; got {rate:g}")
    return rate


def _onset(path: str | Path, found: dict[str, Array], n_trials: int) -> NDArray[np.float64]:
    if "onset" not in found:
        return np.full(n_trials, np.nan)
    onset = np.asarray(found["onset"].values, dtype=float)
    if onset.shape != (n_trials,):
        raise ValueError(f"{path}: {n_trials} trials, but `onset` has shape {onset.shape}")
    return onset


def _column(
    path: str | Path,
    found: dict[str, Array],
    name: str,
    n: int,
    of: str,
    missing: str = "",
) -> NDArray[np.str_]:
    """Read strings; those that may be missing become empty, or `missing`."""
    if name not in found:
        return np.full(n, missing, dtype=np.str_ if not missing else f"U{len(missing)}")
    values = np.asarray(found[name].values)
    if values.shape != (n,):
        raise ValueError(f"{path}: {n} {of}s, but `{name}` has shape {values.shape}")
    return np.array([str(value) for value in values.tolist()], dtype=np.str_)
