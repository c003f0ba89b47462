"""What cannot work is told before the work, with file, key, and what there is."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest

from neuro.config.eeg import EEGPreprocess
from neuro.preprocess.foresee import check_header, check_samples

Params = Callable[..., EEGPreprocess]


def contrast(**changes: Any) -> dict[str, Any]:
    section = {
        "first": ["target"],
        "second": ["standard"],
        "component": "X",
        "polarity": "negative",
        "roi": ["O1"],
        "window": [0.1, 0.2],
    }
    return {"contrasts": {"odd": {**section, **changes}}}


def test_a_valid_recording_passes(raw: mne.io.BaseRaw, params: EEGPreprocess) -> None:
    check_header(raw, params, "rec.edf")
    check_samples(raw, "rec.edf")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            contrast(roi=["O1", "O22", "cz"]),
            r"rec.edf: preprocess.contrasts.odd.roi: unknown channel\(s\) O22, cz. Did you mean "
            r"'O2' for 'O22', 'Cz' for 'cz'\? The recording has: Fp1, Fp2",
        ),
        (contrast(roi=["O1", "O1"]), r"contrasts.odd.roi: channel\(s\) given more than once: O1"),
        (
            {"chain": [{"reference": {"channels": ["M1", "T8"]}}]},
            r"rec.edf: preprocess.chain\[0\].reference.channels: unknown channel\(s\) M1",
        ),
        (
            {"chain": [{"resample": {"sfreq": 50}}, {"filter": {"h_freq": 25}}]},
            r"rec.edf: preprocess.chain\[1\].filter.h_freq: must be below the Nyquist frequency "
            r"25 Hz of the sampling rate 50 Hz here, got 25 Hz",
        ),
        (
            {"chain": [{"filter": {"l_freq": 0.03}}]},
            r"rec.edf: preprocess.chain\[0\].filter: the filter is 110.0 s long but the recording "
            r"only 63",
        ),
        (
            {"chain": [{"resample": {"sfreq": 500}}]},
            r"chain\[0\].resample.sfreq: 500 Hz is above the sampling rate 128 Hz",
        ),
        (
            {"chain": [{"montage": {"name": "biosemi61"}}]},
            r"rec.edf: preprocess.chain\[0\].montage.name: 'biosemi61' is not a built-in montage "
            r"of MNE. Did you mean 'biosemi\d+' for 'biosemi61'\? Allowed: ",
        ),
        (
            {"chain": [{"montage": {"name": "biosemi128"}}]},
            r"chain\[0\].montage.name: 'biosemi128' has no position for channel\(s\) Fp1, Fp2",
        ),
    ],
)
def test_each_problem_has_its_message(
    raw: mne.io.BaseRaw, change_params: Params, section: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_header(raw, change_params(**section), "rec.edf")


def test_interpolation_needs_positions(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.set_montage(None)
    bare = change_params(chain=["interpolate"])
    with pytest.raises(ValueError, match=r"chain\[0\].interpolate: needs the positions of all EEG"):
        check_header(raw, bare, "rec.edf")
    montage = {"montage": {"name": "biosemi16"}}
    check_header(raw, change_params(chain=[montage, "interpolate"]), "rec.edf")


def test_montage_ignores_case(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.rename_channels(str.upper)
    raw.set_montage(None)
    params = change_params(chain=[{"montage": {"name": "biosemi16"}}], contrasts={})
    check_header(raw, params, "rec.edf")


def test_a_recording_without_eeg_is_refused(raw: mne.io.BaseRaw, params: EEGPreprocess) -> None:
    raw.set_channel_types(dict.fromkeys(raw.ch_names, "misc"), on_unit_change="ignore")
    with pytest.raises(ValueError, match=r"rec.edf: no EEG channel; it has channels of type misc"):
        check_header(raw, params, "rec.edf")


def scaled(raw: mne.io.BaseRaw, factor: float) -> mne.io.BaseRaw:
    return mne.io.RawArray(raw.get_data() * factor, raw.info, verbose="ERROR")


@pytest.mark.parametrize(("factor", "said"), [(1e6, "8e\\+06"), (1e-6, "8e-06")])
def test_implausible_units_are_refused(raw: mne.io.BaseRaw, factor: float, said: str) -> None:
    with pytest.raises(
        ValueError,
        match=rf"rec.edf: the median EEG channel .* {said} µV, .*`units` in channels.tsv",
    ):
        check_samples(scaled(raw, factor), "rec.edf")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(raw: mne.io.BaseRaw, value: float) -> None:
    data = raw.get_data()
    data[4, 100] = value
    broken = mne.io.RawArray(data, raw.info, verbose="ERROR")
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(
            ValueError, match=rf"NaN or infinite values in channel\(s\) {raw.ch_names[4]}"
        ),
    ):
        check_samples(broken, "rec.edf")


def test_a_flat_recording_is_refused(raw: mne.io.BaseRaw) -> None:
    with pytest.raises(ValueError, match="all 16 EEG channels are flat"):
        check_samples(scaled(raw, 0), "rec.edf")


def test_some_flat_channels_are_no_wrong_unit(raw: mne.io.BaseRaw) -> None:
    data = raw.get_data()
    data[:9] = 1e-5 / 3
    flat = check_samples(mne.io.RawArray(data, raw.info, verbose="ERROR"), "rec.edf")
    assert flat == raw.ch_names[:9]
