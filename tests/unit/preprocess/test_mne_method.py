"""MNE's own methods in a chain: the listed ones, with keywords that exist."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest

from neuro.config.steps import MNE
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.epoching import select_events
from neuro.preprocess.foresee import check_header

RNG = np.random.default_rng(0)
Params = Callable[..., Any]


def test_every_listed_method_exists() -> None:
    for name in MNE.model_fields:
        assert callable(getattr(mne.io.BaseRaw, name))


def test_calls_equal_mne(raw: mne.io.BaseRaw, change_params: Params) -> None:
    theirs = raw.copy()
    calls = {
        "savgol_filter": {"h_freq": 20},
        "filter": {"l_freq": 1, "h_freq": None, "method": "iir"},
        "crop": {"tmin": 5, "tmax": 50},
        "drop_channels": {"ch_names": ["Fp1"]},
        "rename_channels": {"mapping": {"Cz": "vertex"}},
        "set_channel_types": {"mapping": {"Fp2": "eog"}},
        "resample": {"sfreq": 64},
        "rescale": {"scalings": {"eeg": 2.0}},
    }
    params = change_params(chain=[{"mne": {name: given}} for name, given in calls.items()])
    check_header(raw, params, "rec.edf")
    with mne.use_log_level("ERROR"):
        history = apply_chain(raw, params.chain, RNG)
        for name, given in calls.items():
            getattr(theirs, name)(**given)
    np.testing.assert_array_equal(raw.get_data(), theirs.get_data())
    assert raw.ch_names == theirs.ch_names
    assert history[3]["found"] == {"n_channels": [16, 15]}
    assert history[3]["params"] == {"drop_channels": {"ch_names": ["Fp1"]}}


def test_events_stay_in_place_after_a_crop(raw: mne.io.BaseRaw, change_params: Params) -> None:
    before, _ = select_events(raw, {"all": ["target"]}, "x")
    chain = change_params(chain=[{"mne": {"crop": {"tmin": 10, "tmax": 40}}}]).chain
    apply_chain(raw, chain, RNG)
    after, _ = select_events(raw, {"all": ["target"]}, "x")
    inside = (before[:, 0] >= 1280) & (before[:, 0] <= 40 * 128)
    np.testing.assert_array_equal(after[:, 0], before[inside, 0])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"savgol_filter": {"h_frq": 20}},
            r"rec.edf: preprocess.chain\[0\].mne.savgol_filter has no parameter h_frq. Did you mean"
            r" 'h_freq' for 'h_frq'\? Allowed: h_freq",
        ),
        ({"filter": {"l_freq": 1, "h_freq": 2, "n_jobs": 4}}, "filter has no parameter n_jobs"),
        ({"savgol_filter": {}}, r"mne.savgol_filter: missing a required argument: 'h_freq'"),
        ({"drop_channels": {"ch_names": ["XX"]}}, r"chain\[0\].mne.*XX"),
        ({"pick": {"picks": ["O1"]}}, r"contrasts.target-minus-standard.roi: unknown .*O2"),
        ({"crop": {"tmin": 100}}, r"mne.crop: \{'tmin': 100\} lies outside of the recording's 63"),
    ],
)
def test_what_cannot_work_is_told_beforehand(
    raw: mne.io.BaseRaw, change_params: Params, step: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_header(raw, change_params(chain=[{"mne": step}]), "rec.edf")


@pytest.mark.parametrize("name", ["save", "_filter", "__class__", "apply_function", "plot"])
def test_other_attributes_are_refused(change_params: Params, name: str) -> None:
    with pytest.raises(ValueError, match=rf"chain.0.mne.{name}\n.*Extra inputs"):
        change_params(chain=[{"mne": {name: {}}}])


def test_one_method_at_a_time(change_params: Params) -> None:
    with pytest.raises(ValueError, match="exactly one method"):
        change_params(chain=[{"mne": {"crop": {}, "pick": {"picks": "eeg"}}}])


def test_refusals_of_mne_name_the_step(raw: mne.io.BaseRaw, change_params: Params) -> None:
    chain = change_params(chain=[{"mne": {"filter": {"l_freq": 1, "h_freq": 500}}}]).chain
    with pytest.raises(ValueError, match=r"preprocess.chain\[0\].mne: .*Nyquist"):
        apply_chain(raw, chain, RNG)
