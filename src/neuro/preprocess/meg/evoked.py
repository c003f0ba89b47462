"""Evoked responses at the sources."""

from pathlib import Path
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.io.hdf5 import Array

if TYPE_CHECKING:
    from neuro.config.meg import MEGEpochs, MEGPreprocess

Floats = NDArray[np.float64]


def kept_epochs(
    raw: mne.io.BaseRaw, epochs_path: str | Path, params: "MEGEpochs"
) -> mne.BaseEpochs:
    """Cut the same epochs out of a recording in the beamformer's band.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording, loaded.
    epochs_path : str | Path
        Which epochs were kept.
    params : MEGEpochs
        Their times and baseline.
    """
    kept = mne.read_epochs(epochs_path, preload=False, verbose="ERROR")
    return mne.Epochs(
        raw,
        kept.events,
        kept.event_id,
        params.tmin,
        params.tmax,
        baseline=params.baseline,
        reject_by_annotation=False,
        preload=True,
    )


def evoked_arrays(
    epochs: mne.BaseEpochs, filters: Floats, weights: Floats, params: "MEGPreprocess"
) -> dict[str, Array]:
    """Average epochs at parcels and voxels.

    Parameters
    ----------
    epochs : mne.BaseEpochs
        In the beamformer's band.
    filters : ndarray, shape (n_parcels, n_channels)
        Of the standardized parcels.
    weights : ndarray, shape (n_voxels, n_channels)
        Of the voxels.
    params : MEGPreprocess
        Which components are looked for.

    Returns
    -------
    arrays : dict of str to Array
        Means by condition, and for each component the trials of its parcels.
    """
    data = epochs.get_data(copy=False)
    parcels = np.einsum("pc,ect->ept", filters, data, optimize=True)
    arrays = {
        "evoked/times": Array(epochs.times, ("epoch_time",), "s"),
        "evoked/condition": Array(_names(epochs), ("trial",)),
        "evoked/trials": Array(parcels.astype(np.float32), ("trial", "parcel", "epoch_time")),
    }
    for name, code in epochs.event_id.items():
        chosen = epochs.events[:, 2] == code
        n = {"n_trials": int(chosen.sum())}
        mean = parcels[chosen].mean(axis=0)
        arrays[f"evoked/conditions/{name}"] = Array(mean, ("parcel", "epoch_time"), "1", n)
    for name, component in params.components.items():
        codes = [epochs.event_id[condition] for condition in component.conditions]
        mean = data[np.isin(epochs.events[:, 2], codes)].mean(axis=0)
        voxels = (weights @ mean).astype(np.float32)
        arrays[f"components/{name}/voxels"] = Array(voxels, ("voxel", "epoch_time"))
    return arrays


def _names(epochs: mne.BaseEpochs) -> list[str]:
    by_code = {code: name for name, code in epochs.event_id.items()}
    return [by_code[code] for code in epochs.events[:, 2]]
