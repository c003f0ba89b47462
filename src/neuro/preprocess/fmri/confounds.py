"""Regressors that are projected out, head motion, and the volumes that scrubbing leaves out."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.io.tables import read_tsv
from neuro.preprocess.names import did_you_mean, listed

if TYPE_CHECKING:
    from neuro.config.fmri import Confounds, Scrub

Floats = NDArray[np.float64]

MOTION = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
"""Columns of fMRIPrep's head motion: mm, then radians."""
RADIUS = 50.0
"""Radius of the sphere on which rotations become millimetres (Power et al. 2012), mm."""


@dataclass(frozen=True)
class Regressors:
    """What is known of a recording's noise.

    Parameters
    ----------
    table : DataFrame | None
        A column per regressor, a row per volume; None for none.
    fd : ndarray, shape (n_times,) | None
        Framewise displacement, mm; 0 for the first volume; None where motion is unknown.
    steady : ndarray of bool, shape (n_times,)
        False for volumes before the scanner's steady state.
    """

    table: pd.DataFrame | None
    fd: Floats | None
    steady: NDArray[np.bool_]


def framewise_displacement(motion: Floats) -> Floats:
    """Sum of absolute changes of the six rigid-body parameters (Power et al. 2012).

    Parameters
    ----------
    motion : ndarray, shape (n_times, 6)
        Translations, mm, then rotations, radians.

    Returns
    -------
    fd : ndarray, shape (n_times,)
        In mm; 0 for the first volume.
    """
    steps = np.abs(np.diff(motion, axis=0, prepend=motion[:1]))
    return np.asarray(steps[:, :3].sum(axis=1) + RADIUS * steps[:, 3:].sum(axis=1))


def read_table(path: Path, n_times: int) -> pd.DataFrame:
    """Read a confounds table, a row per volume.

    Raises
    ------
    ValueError
        If it has another number of rows.
    """
    table = read_tsv(path)
    known = [name for name in (*MOTION, "framewise_displacement") if name in table]
    if text := [name for name in known if table[name].dtype.kind not in "fiub"]:
        raise ValueError(f"{path}: columns must hold numbers; text in {text}")
    if len(table) != n_times:
        raise ValueError(
            f"{path}: has {len(table)} rows, but the recording has {n_times} volumes. Each volume "
            "needs a row: take the table that belongs to this recording"
        )
    return table


def motion_of(table: pd.DataFrame) -> Floats | None:
    """Head motion of a confounds table, or None."""
    if not set(MOTION) <= set(table):
        return None
    return np.asarray(np.nan_to_num(table[list(MOTION)].to_numpy(dtype=float)))


def fd_of(table: pd.DataFrame) -> Floats | None:
    """Framewise displacement of a confounds table: its own column, else from its motion."""
    if "framewise_displacement" in table:
        return np.asarray(np.nan_to_num(table["framewise_displacement"].to_numpy(dtype=float)))
    motion = motion_of(table)
    return None if motion is None else framewise_displacement(motion)


def expand_motion(motion: Floats, model: str) -> pd.DataFrame:
    """Expand six parameters to 6, 12 or 24 regressors (Friston et al. 1996, Satterthwaite 2013).

    Parameters
    ----------
    motion : ndarray, shape (n_times, 6)
        Translations, mm, then rotations, radians.
    model : str
        `basic`, `power2` (squares), `derivatives` (backward differences), `full` (both, and the
        squares of the differences).
    """
    steps = np.diff(motion, axis=0, prepend=motion[:1])
    parts = {"": motion}
    if model in ("derivatives", "full"):
        parts["_derivative1"] = steps
    if model in ("power2", "full"):
        parts["_power2"] = motion**2
    if model == "full":
        parts["_derivative1_power2"] = steps**2
    return pd.DataFrame(
        {name + end: values[:, i] for end, values in parts.items() for i, name in enumerate(MOTION)}
    )


def select(
    params: "Confounds", path: Path | None, recording: Path, n_times: int, motion: Floats | None
) -> pd.DataFrame:
    """Take the regressors that the configuration asks for.

    Parameters
    ----------
    params : Confounds
        What it asks for.
    path : Path | None
        The recording's confounds table.
    recording : Path
        The recording's file.
    n_times : int
        Volumes.
    motion : ndarray, shape (n_times, 6) | None
        Motion that the light chain has found.

    Raises
    ------
    ValueError
        If there is no table, or it lacks what is asked for.
    """
    if motion is not None and params.strategy == ["motion"]:
        return expand_motion(motion, params.motion)
    if path is None:
        asked = listed([*params.strategy, *params.columns])
        raise ValueError(
            f"{recording}: preprocess.confounds asks for {asked}, but no confounds table "
            "(_desc-confounds_timeseries.tsv) lies beside the recording. Add it, or set "
            "preprocess.confounds to null"
        )
    table = read_table(path, n_times)
    chosen = _columns(params, table, path) if params.columns else _strategy(params, recording, path)
    if len(chosen) != n_times:
        raise ValueError(f"{path}: gives {len(chosen)} rows for {n_times} volumes")
    broken = [str(c) for c in chosen if not np.isfinite(chosen[c].to_numpy(dtype=float)).all()]
    if broken:
        raise ValueError(f"{path}: missing values in {listed(broken)} beyond the first volume")
    return chosen


def _columns(params: "Confounds", table: pd.DataFrame, path: Path) -> pd.DataFrame:
    there = [str(name) for name in table]
    if unknown := [name for name in params.columns if name not in there]:
        raise ValueError(
            f"{path}: lacks column(s) {listed(unknown)} of preprocess.confounds.columns."
            f"{did_you_mean(unknown, there)} It has: {listed(there)}"
        )
    try:
        chosen = table[params.columns].astype(float)
    except ValueError as error:
        raise ValueError(f"{path}: columns must hold numbers ({error})") from error
    # A difference has no first value.
    chosen.iloc[0] = chosen.iloc[0].fillna(0.0)
    return chosen


def _strategy(params: "Confounds", recording: Path, path: Path) -> pd.DataFrame:
    from nilearn.interfaces.fmriprep import load_confounds

    options: dict[str, Any] = {
        "motion": params.motion,
        "wm_csf": params.wm_csf,
        "global_signal": params.global_signal,
        "compcor": params.compcor,
        "n_compcor": params.n_compcor,
        "ica_aroma": "basic",
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chosen, _ = load_confounds(str(recording), strategy=tuple(params.strategy), **options)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            f"{path}: preprocess.confounds.strategy {params.strategy} cannot be taken from it "
            f"({error}). Change the strategy, or name `columns` of the table instead"
        ) from error
    return pd.DataFrame(chosen).reset_index(drop=True)


def steady_of(table: pd.DataFrame | None, n_times: int, discard: int) -> NDArray[np.bool_]:
    """Volumes in the scanner's steady state: not discarded, and not marked by fMRIPrep."""
    steady = np.arange(n_times) >= discard
    if table is not None:
        for name in table:
            if str(name).startswith("non_steady_state_outlier"):
                steady &= table[name].to_numpy(dtype=float) == 0
    return np.asarray(steady)


def scrubbed(fd: Floats, params: "Scrub") -> NDArray[np.bool_]:
    """Volumes that scrubbing keeps.

    Parameters
    ----------
    fd : ndarray, shape (n_times,)
        Framewise displacement, mm.
    params : Scrub
        Threshold, neighbours, shortest stretch.

    Returns
    -------
    good : ndarray of bool, shape (n_times,)
        False for volumes left out.
    """
    good = np.ones(len(fd), bool)
    for i in np.flatnonzero(fd > params.fd):
        good[max(0, i - params.before) : i + params.after + 1] = False
    edges = np.flatnonzero(np.diff(np.r_[False, good, False].astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start < params.min_segment:
            good[start:stop] = False
    return good
