"""Data-driven rejection of epochs with autoreject (Jas et al., 2017)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.steps.common import draw_seed, rounded

if TYPE_CHECKING:
    from neuro.config.eeg import Epochs

Found = dict[str, Any]


def autoreject(
    epochs: mne.BaseEpochs, params: "Epochs", rng: np.random.Generator, where: str | Path
) -> tuple[mne.BaseEpochs, Found]:
    """Drop epochs by what is learned from them all, and mend some.

    Parameters
    ----------
    epochs : mne.BaseEpochs
        Loaded epochs; bad channels are left out of account.
    params : Epochs
        Method and folds.
    rng : numpy.random.Generator
        Random numbers.
    where : str | Path
        The recording, for messages.

    Returns
    -------
    epochs : mne.BaseEpochs
        What is left; with `local`, single channels of an epoch may be interpolated.
    found : dict
        Seed, and the limits that were learned, µV.

    Raises
    ------
    ValueError
        If there are fewer epochs than folds, or too few channels.
    """
    if len(epochs) < params.autoreject_cv:
        raise ValueError(
            f"{where}: preprocess.epochs.autoreject_cv: {params.autoreject_cv} folds of "
            f"{len(epochs)} epochs. Lower autoreject_cv, or set autoreject: null"
        )
    n_channels = len(mne.pick_types(epochs.info, eeg=True))
    least = 4 if params.autoreject == "local" else 1
    if n_channels < least:
        raise ValueError(
            f"{where}: preprocess.epochs.autoreject: {params.autoreject} needs at least {least} "
            f"good EEG channel(s), got {n_channels}"
        )
    seed = draw_seed(rng)
    if params.autoreject == "global":
        return _global(epochs, params, seed)
    return _local(epochs, params, seed)


def _global(epochs: mne.BaseEpochs, params: "Epochs", seed: int) -> tuple[mne.BaseEpochs, Found]:
    from autoreject import get_rejection_threshold

    limits = get_rejection_threshold(
        epochs, random_state=seed, ch_types="eeg", cv=params.autoreject_cv, verbose=False
    )
    limit = float(limits["eeg"])
    extent = np.ptp(epochs.get_data(picks=mne.pick_types(epochs.info, eeg=True)), axis=-1)
    epochs.drop((extent > limit).any(axis=1), reason="AUTOREJECT", verbose="ERROR")
    return epochs, {"seed": seed, "limit_uv": round(limit * 1e6, 3)}


def _local(epochs: mne.BaseEpochs, params: "Epochs", seed: int) -> tuple[mne.BaseEpochs, Found]:
    from autoreject import AutoReject

    model = AutoReject(cv=params.autoreject_cv, random_state=seed, verbose=False)
    clean, log = model.fit_transform(epochs, return_log=True)
    mended = (log.labels == 2) & ~log.bad_epochs[:, np.newaxis]
    limits = np.array(list(model.threshes_.values())) * 1e6
    return clean, {
        "seed": seed,
        "consensus": float(model.consensus_["eeg"]),
        "n_interpolate": int(model.n_interpolate_["eeg"]),
        "n_mended": int(mended.sum()),
        "limits_uv": dict(zip(model.threshes_, rounded(limits), strict=True)),
    }
