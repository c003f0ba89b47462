"""What can be known to fail before the long work: the recording's header against the config."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.chain import filter_seconds
from neuro.preprocess.names import did_you_mean, listed

if TYPE_CHECKING:
    from neuro.config.eeg import (
        BadChannels,
        EEGCleaning,
        EEGPreprocess,
        Filter,
        Interpolate,
        Montage,
        Reference,
        Resample,
    )

SPREAD_UV = (0.01, 5000.0)
"""Plausible standard deviation of the median EEG channel, µV."""


@dataclass(frozen=True)
class Header:
    """What a step can rely on.

    Parameters
    ----------
    sfreq, duration : float
        Sampling rate, Hz, and length, s.
    eeg : list of str
        The EEG channels.
    has_positions : bool
        Whether every EEG channel has a position.
    """

    sfreq: float
    duration: float
    eeg: list[str]
    has_positions: bool

    @classmethod
    def of(cls, raw: mne.io.BaseRaw) -> "Header":
        """Header of a recording that need not be loaded."""
        eeg = mne.pick_types(raw.info, eeg=True, exclude=[])
        return cls(
            sfreq=float(raw.info["sfreq"]),
            duration=raw.n_times / raw.info["sfreq"],
            eeg=[raw.ch_names[i] for i in eeg],
            has_positions=has_positions(raw.info),
        )


def has_positions(info: mne.Info) -> bool:
    """Whether every EEG channel has a position."""
    picks = mne.pick_types(info, eeg=True, exclude=[])
    places = np.array([info["chs"][i]["loc"][:3] for i in picks])
    return bool(places.size and np.isfinite(places).all() and np.abs(places).sum(1).all())


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
    for name, roi in params.rois.items():
        check_names(roi, header.eeg, f"{where}: preprocess.contrasts.{name}.roi")


def check_names(given: list[str], allowed: list[str], where: str) -> None:
    """Raise if a channel does not exist, with its nearest names."""
    if unknown := [name for name in given if name not in set(allowed)]:
        raise ValueError(
            f"{where}: unknown channel(s) {listed(unknown)}.{did_you_mean(unknown, allowed)} "
            f"The recording has: {listed(allowed)}"
        )
    if double := sorted({name for name in given if given.count(name) > 1}):
        raise ValueError(f"{where}: channel(s) given more than once: {listed(double)}")


def check_samples(raw: mne.io.BaseRaw, where: str) -> None:
    """Check the samples of the EEG channels, once they are loaded.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    where : str
        The file, for messages.

    Raises
    ------
    ValueError
        If a channel holds NaN or infinite values, if all channels are flat, or if their spread
        is not that of EEG in volts.
    """
    picks = mne.pick_types(raw.info, eeg=True, exclude=[])
    # One channel at a time: a copy of all would double the memory.
    spread = np.array([np.std(raw.get_data(picks=[pick])) for pick in picks]) * 1e6
    broken = [raw.ch_names[i] for i, sd in zip(picks, spread, strict=True) if not np.isfinite(sd)]
    if broken:
        raise ValueError(
            f"{where}: NaN or infinite values in channel(s) {listed(broken)}. Repair the file, or "
            "leave the recording out with `recordings.exclude`"
        )
    alive = spread[spread > 0]
    if not alive.size:
        raise ValueError(f"{where}: all {len(picks)} EEG channels are flat; nothing was recorded")
    low, high = SPREAD_UV
    if not low <= np.median(alive) <= high:
        raise ValueError(
            f"{where}: the median EEG channel has a standard deviation of {np.median(alive):.3g} "
            f"µV, outside of {low:g} to {high:g} µV: its unit is wrong. Correct the unit in the "
            "file's header and `units` in channels.tsv (V, mV or µV)"
        )


def _montage(header: Header, params: "Montage", where: str) -> Header:
    known = mne.channels.get_builtin_montages()
    if params.name not in known:
        raise ValueError(
            f"{where}.name: '{params.name}' is not a built-in montage of MNE."
            f"{did_you_mean([params.name], known)} Allowed: {', '.join(known)}"
        )
    names = mne.channels.make_standard_montage(params.name).ch_names
    lower = {name.lower() for name in names}
    if unknown := [name for name in header.eeg if name.lower() not in lower]:
        raise ValueError(
            f"{where}.name: '{params.name}' has no position for channel(s) {listed(unknown)}."
            f"{did_you_mean(unknown, names)} Its channels: {listed(names)}. Take another montage, "
            "or leave the step out where the dataset has electrodes.tsv"
        )
    return replace(header, has_positions=True)


def _filter(header: Header, params: "Filter", where: str) -> Header:
    nyquist = header.sfreq / 2
    for key in ("l_freq", "h_freq"):
        edge = getattr(params, key)
        if edge is not None and edge >= nyquist:
            raise ValueError(
                f"{where}.{key}: must be below the Nyquist frequency {nyquist:g} Hz of the "
                f"sampling rate {header.sfreq:g} Hz here, got {edge:g} Hz"
            )
    length = filter_seconds(header.sfreq, params)
    if length > header.duration:
        raise ValueError(
            f"{where}: the filter is {length:.1f} s long but the recording only "
            f"{header.duration:.1f} s. Raise l_freq (its length is about 3.3 s / l_freq), or leave "
            "the recording out with `recordings.exclude`"
        )
    return header


def _resample(header: Header, params: "Resample", where: str) -> Header:
    if params.sfreq > header.sfreq:
        raise ValueError(
            f"{where}.sfreq: {params.sfreq:g} Hz is above the sampling rate {header.sfreq:g} Hz "
            "here; upsampling adds nothing"
        )
    return replace(header, sfreq=params.sfreq)


def _bad_channels(header: Header, params: "BadChannels", where: str) -> Header:
    return header


def _interpolate(header: Header, params: "Interpolate", where: str) -> Header:
    if not header.has_positions:
        raise ValueError(
            f"{where}: needs the positions of all EEG electrodes; put a `montage` step before it, "
            "or add electrodes.tsv and coordsystem.json to the dataset"
        )
    return header


def _reference(header: Header, params: "Reference", where: str) -> Header:
    if params.channels != "average":
        check_names(list(params.channels), header.eeg, f"{where}.channels")
    return header


CHECKS: dict[str, Callable[[Header, Any, str], Header]] = {
    "montage": _montage,
    "filter": _filter,
    "resample": _resample,
    "bad_channels": _bad_channels,
    "interpolate": _interpolate,
    "reference": _reference,
}
