"""Whether each step can work on a recording, known by its header."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.header import Header, check_names
from neuro.preprocess.names import did_you_mean, listed
from neuro.preprocess.steps.bad_channels import LEAST_FOR_RANSAC
from neuro.preprocess.steps.basic import filter_seconds
from neuro.preprocess.steps.line_noise import line_frequency
from neuro.preprocess.steps.mne_method import call, check_keywords
from neuro.preprocess.steps.reference import LEAST_FOR_CSD, reference_names

if TYPE_CHECKING:
    from neuro.config.ica import ICA
    from neuro.config.steps import (
        CSD,
        MNE,
        BadChannels,
        BadSegments,
        Filter,
        Interpolate,
        LineNoise,
        Montage,
        Reference,
        Resample,
    )

CHANGES_CHANNELS = {"drop_channels", "pick", "rename_channels", "set_channel_types"}
"""Methods of MNE whose effect on the header is seen by calling them on an empty recording."""


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
    info = header.info.copy()
    info.set_montage(params.name, match_case=False, on_missing="ignore")
    return header.with_info(info)


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


def _line_noise(header: Header, params: "LineNoise", where: str) -> Header:
    try:
        line_frequency(params, header.info["line_freq"], header.sfreq)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    return header


def _resample(header: Header, params: "Resample", where: str) -> Header:
    if params.sfreq > header.sfreq:
        raise ValueError(
            f"{where}.sfreq: {params.sfreq:g} Hz is above the sampling rate {header.sfreq:g} Hz "
            "here; upsampling adds nothing"
        )
    return replace(header, sfreq=params.sfreq)


def _bad_channels(header: Header, params: "BadChannels", where: str) -> Header:
    _potentials(header, where)
    if needy := [name for name in ("neighbors", "ransac") if name in params.methods]:
        _positions(header, f"{where}.methods: {' and '.join(needy)}")
    if "ransac" in params.methods and len(header.eeg) < LEAST_FOR_RANSAC:
        raise ValueError(
            f"{where}.methods: ransac needs at least {LEAST_FOR_RANSAC} EEG channels, the "
            f"recording has {len(header.eeg)}. Leave `ransac` out"
        )
    return header


def _bad_segments(header: Header, params: "BadSegments", where: str) -> Header:
    _potentials(header, where)
    nyquist = header.sfreq / 2
    if params.muscle_z is not None and params.muscle_band[1] >= nyquist:
        raise ValueError(
            f"{where}.muscle_band: must end below the Nyquist frequency {nyquist:g} Hz of the "
            f"sampling rate {header.sfreq:g} Hz here, got {list(params.muscle_band)}. Put the step "
            "before `resample`, or set muscle_z: null"
        )
    if params.length > header.duration:
        raise ValueError(
            f"{where}.length: windows of {params.length:g} s do not fit into a recording of "
            f"{header.duration:.1f} s"
        )
    return header


def _ica(header: Header, params: "ICA", where: str) -> Header:
    _potentials(header, where)
    if params.iclabel is not None:
        _positions(header, f"{where}.iclabel")
    if "muscle" in params.correlate:
        _positions(header, f"{where}.correlate: muscle")
    if isinstance(params.n_components, int) and params.n_components > len(header.eeg):
        raise ValueError(
            f"{where}.n_components: {params.n_components} components of {len(header.eeg)} EEG "
            "channels; there are at most as many as channels, one less after an average reference"
        )
    if params.l_freq >= header.sfreq / 2:
        raise ValueError(
            f"{where}.l_freq: must be below the Nyquist frequency {header.sfreq / 2:g} Hz, got "
            f"{params.l_freq:g} Hz"
        )
    return header


def _interpolate(header: Header, params: "Interpolate", where: str) -> Header:
    _potentials(header, where)
    _positions(header, where)
    return header


def _reference(header: Header, params: "Reference", where: str) -> Header:
    _potentials(header, where)
    if params.channels == "mastoids":
        try:
            reference_names(params, header.eeg)
        except ValueError as error:
            raise ValueError(f"{where}.channels: {error}") from error
    elif params.channels == "REST":
        _positions(header, f"{where}.channels: REST")
    elif params.channels != "average":
        check_names(list(params.channels), header.eeg, f"{where}.channels")
    return header


def _csd(header: Header, params: "CSD", where: str) -> Header:
    _potentials(header, where)
    _positions(header, where)
    if len(header.eeg) < LEAST_FOR_CSD:
        raise ValueError(
            f"{where}: needs at least {LEAST_FOR_CSD} EEG channels, the recording has "
            f"{len(header.eeg)}"
        )
    return replace(header, is_csd=True)


def _mne(header: Header, params: "MNE", where: str) -> Header:
    method, given = params.method, params.params
    try:
        check_keywords(params)
        if method in CHANGES_CHANNELS:
            n_channels = len(header.info["ch_names"])
            empty = mne.io.RawArray(np.zeros((n_channels, 2)), header.info, verbose="ERROR")
            call(empty, params)
            header = header.with_info(empty.info)
    except ValueError as error:
        raise ValueError(f"{where}.{error}") from error
    if not header.eeg and not header.meg:
        raise ValueError(f"{where}.{method}: no EEG or MEG channel is left")
    if method == "crop":
        stop = header.duration if given.get("tmax") is None else given["tmax"]
        length = min(stop, header.duration) - given.get("tmin", 0.0)
        if length <= 0 or stop > header.duration:
            raise ValueError(
                f"{where}.crop: {given} lies outside of the recording's {header.duration:.3f} s"
            )
        return replace(header, duration=length)
    if method == "resample":
        return replace(header, sfreq=float(given["sfreq"]))
    return header


def _positions(header: Header, where: str) -> None:
    if not header.has_positions:
        raise ValueError(
            f"{where}: needs the positions of all EEG electrodes; put a `montage` step before it, "
            "or add electrodes.tsv and coordsystem.json to the dataset"
        )


def _potentials(header: Header, where: str) -> None:
    if header.is_csd:
        raise ValueError(
            f"{where}: needs potentials, but `csd` comes before it; let `csd` be the last step"
        )


CHECKS: dict[str, Callable[[Header, Any, str], Header]] = {
    "montage": _montage,
    "filter": _filter,
    "line_noise": _line_noise,
    "resample": _resample,
    "bad_channels": _bad_channels,
    "bad_segments": _bad_segments,
    "ica": _ica,
    "interpolate": _interpolate,
    "reference": _reference,
    "csd": _csd,
    "mne": _mne,
}
