"""Weights pretrained on the training trials of a fold: written once, loaded like any others.

They are kept in folders that are named by what they were pretrained on. A classifier that is given
training trials can therefore load none but its own, and what was pretrained on a tested trial is
never found.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuro.analyses.eegbench.method import Setting
from neuro.analyses.eegbench.networks.cost import affordable_updates, count_flops
from neuro.analyses.eegbench.networks.crisscross import CrissCrossEncoder
from neuro.analyses.eegbench.networks.encoders import Chosen
from neuro.analyses.eegbench.networks.pretrain import BATCH_SIZE, Pretraining, pretrain_to

F32 = NDArray[np.float32]


def make_encoder(chosen: Chosen, setting: Setting, X: F32) -> nn.Module:
    """Build an encoder; one that pretrains here gets the weights of these training trials.

    Parameters
    ----------
    chosen : Chosen
        Architecture and weights.
    setting : Setting
        Of the task.
    X : ndarray of float32, shape (n_trials, n_channels, n_times)
        Training trials, after the contract.

    Returns
    -------
    module : nn.Module
        On the device of the setting.

    Raises
    ------
    FileNotFoundError
        If the folder of pretrained weights has none of these trials.
    """
    if not chosen.pretrains:
        return chosen.make(setting)
    if chosen.settings.pretrained is None:
        with tempfile.TemporaryDirectory() as root:
            return chosen.make(setting, str(write_pretrained(root, chosen, setting, X)[0]))
    folder = chosen.settings.pretrained / name_of(chosen, setting, X)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no weights of {chosen.architecture.name} were pretrained on these "
            f"{len(X)} training trials; pretrain with the same configuration"
        )
    return chosen.make(setting, str(folder))


def write_pretrained(
    root: str | Path, chosen: Chosen, setting: Setting, X: F32
) -> tuple[Path, Pretraining]:
    """Pretrain on the training trials of a fold and write the weights.

    Parameters
    ----------
    root : str or Path
        Gets a folder, named by the trials.
    chosen, setting, X
        As for :func:`make_encoder`.

    Returns
    -------
    folder : Path
        With the weights.
    pretraining : Pretraining
        Losses, and what they must beat.
    """
    folder = Path(root, name_of(chosen, setting, X))
    encoder = chosen.make(setting)
    assert isinstance(encoder, CrissCrossEncoder)
    settings = chosen.settings
    n_updates = affordable_updates(
        count_flops(encoder, chosen.given(setting)),
        min(BATCH_SIZE, len(X)),
        chosen.architecture.gflops,
        settings.pretraining_seconds,
        settings.pretraining_epochs * -(-len(X) // BATCH_SIZE),
    )
    found = pretrain_to(folder, encoder, X, setting.seed, settings.pretraining_epochs, n_updates)
    return folder, found


def name_of(chosen: Chosen, setting: Setting, X: F32) -> str:
    """Name weights by the trials, the seed and the settings they are pretrained with."""
    settings = chosen.settings
    told = [setting.seed, settings.pretraining_epochs, settings.pretraining_seconds]
    digest = hashlib.blake2b(json.dumps(told).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(X).data)
    return f"{chosen.architecture.name}_{digest.hexdigest()}"
