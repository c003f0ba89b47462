"""What can be known to fail before the long work: the recording's header against the config."""

from typing import TYPE_CHECKING

import mne
import numpy as np

from neuro.preprocess.header import Header, check_names, has_positions
from neuro.preprocess.names import listed
from neuro.preprocess.steps.checks import CHECKS

if TYPE_CHECKING:
    from neuro.config.eeg import EEGCleaning, EEGPreprocess

__all__ = ["check_header", "check_names", "check_samples", "has_positions"]

SPREAD_UV = (0.01, 5000.0)
"""Plausible standard deviation of the median EEG channel, µV."""


def check_header(raw: mne.io.BaseRaw, params: "EEGCleaning | EEGPreprocess", where: str) -> None:
    """Walk the chain over the header; check the contrasts' channels.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording, not loaded.
    params : EEGCleaning | EEGPreprocess
        What shall be done.
    where : str
        The file, for messages.

    Raises
    ------
    ValueError
        At the first thing that cannot work; names the file and the key.
    """
    header = Header.of(raw)
    if not header.eeg:
        kinds = ", ".join(sorted(set(raw.get_channel_types()))) or "none"
        raise ValueError(
            f"{where}: no EEG channel; it has channels of type {kinds}. "
            "Give `type` EEG in channels.tsv"
        )
    for i, step in enumerate(params.chain):
        key = f"preprocess.chain[{i}].{step.method}"
        header = CHECKS[step.method](header, step.params, f"{where}: {key}")
    if params.epochs.autoreject == "local" and not header.has_positions:
        raise ValueError(
            f"{where}: preprocess.epochs.autoreject: local needs the positions of all EEG "
            "electrodes; put a `montage` step into the chain, or take global"
        )
    if header.is_csd and params.rois:
        raise ValueError(
            f"{where}: preprocess.contrasts: components are measured in µV, but the chain ends in "
            "current source density. Take `csd` out of the chain, or the contrasts out of the file"
        )
    if header.is_csd and getattr(params, "spectra", None) is not None:
        raise ValueError(
            f"{where}: preprocess.spectra: spectra are those of potentials, but the chain ends in "
            "current source density. Take `csd` out of the chain, or set spectra: null"
        )
    for name, roi in params.rois.items():
        check_names(roi, header.eeg, f"{where}: preprocess.contrasts.{name}.roi")


def check_samples(raw: mne.io.BaseRaw, where: str) -> list[str]:
    """Check the samples of the EEG channels, once they are loaded.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    where : str
        The file, for messages.

    Returns
    -------
    flat : list of str
        Channels that never change.

    Raises
    ------
    ValueError
        If a channel holds NaN or infinite values, if all channels are flat, or if their spread
        is not that of EEG in volts.
    """
    picks = mne.pick_types(raw.info, eeg=True, exclude=[])
    # One channel at a time: a copy of all would double the memory.
    channels = (raw.get_data(picks=[pick]) for pick in picks)
    spread, is_flat = np.array([(np.std(one) * 1e6, np.ptp(one) == 0) for one in channels]).T
    broken = [raw.ch_names[i] for i, sd in zip(picks, spread, strict=True) if not np.isfinite(sd)]
    if broken:
        raise ValueError(
            f"{where}: NaN or infinite values in channel(s) {listed(broken)}. Repair the file, or "
            "leave the recording out with `recordings.exclude`"
        )
    alive = spread[is_flat == 0]
    if not alive.size:
        raise ValueError(f"{where}: all {len(picks)} EEG channels are flat; nothing was recorded")
    low, high = SPREAD_UV
    if not low <= np.median(alive) <= high:
        raise ValueError(
            f"{where}: the median EEG channel has a standard deviation of {np.median(alive):.3g} "
            f"µV, outside of {low:g} to {high:g} µV: its unit is wrong. Correct the unit in the "
            "file's header and `units` in channels.tsv (V, mV or µV)"
        )
    return [raw.ch_names[i] for i, flat in zip(picks, is_flat, strict=True) if flat]
