"""Autoreject in our hands and called directly: the same epochs."""

from typing import Any

import autoreject as library
import mne
import numpy as np
import pytest

from neuro.config.eeg import Epochs
from neuro.preprocess.epoching import cut_epochs, select_events
from neuro.preprocess.foresee import check_header
from neuro.preprocess.methods import paragraphs
from neuro.preprocess.steps.common import draw_seed

CONDITIONS = {"rare": ["target"], "common": ["standard"]}


@pytest.fixture
def dirty(raw: mne.io.BaseRaw) -> mne.io.BaseRaw:
    """Three epochs with jumps on all channels, and four with one on a single channel."""
    data = raw.get_data()
    events, _ = select_events(raw, CONDITIONS, "x")
    for i in (3, 11, 30):
        data[:, events[i, 0] : events[i, 0] + 20] += 4e-4
    for i in (5, 15, 25, 35):
        data[4, events[i, 0] : events[i, 0] + 20] += 4e-4
    return mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)


def cut(raw: mne.io.BaseRaw, **params: Any) -> tuple[mne.BaseEpochs, dict[str, Any]]:
    events, event_id = select_events(raw, CONDITIONS, "x")
    section = Epochs(tmax=0.5, autoreject_cv=4, **params)
    return cut_epochs(raw, events, event_id, section, "rec.edf", np.random.default_rng(2))


def test_local_equals_the_library(dirty: mne.io.BaseRaw) -> None:
    ours, found = cut(dirty, autoreject="local", reject=None)
    plain, _ = cut(dirty, reject=None)
    model = library.AutoReject(
        cv=4, random_state=draw_seed(np.random.default_rng(2)), verbose=False
    )
    theirs, log = model.fit_transform(plain, return_log=True)
    np.testing.assert_array_equal(ours.selection, theirs.selection)
    np.testing.assert_array_equal(ours.get_data(), theirs.get_data())
    assert not {3, 11, 30} & set(ours.selection)
    assert found["dropped"] == {"autoreject": int(log.bad_epochs.sum())}
    assert found["autoreject"]["n_mended"] == (log.labels[~log.bad_epochs] == 2).sum()
    assert found["autoreject"]["limits_uv"]["O1"] == pytest.approx(
        model.threshes_["O1"] * 1e6, rel=1e-3
    )


def test_global_equals_the_library(dirty: mne.io.BaseRaw) -> None:
    ours, found = cut(dirty, autoreject="global", reject=None)
    plain, _ = cut(dirty, reject=None)
    reject = library.get_rejection_threshold(
        plain,
        random_state=draw_seed(np.random.default_rng(2)),
        ch_types="eeg",
        cv=4,
        verbose=False,
    )
    plain.drop_bad(reject, verbose="ERROR")
    np.testing.assert_array_equal(ours.selection, plain.selection)
    assert found["autoreject"]["limit_uv"] == pytest.approx(reject["eeg"] * 1e6, abs=1e-3)
    assert not {3, 11, 30} & set(ours.selection)


def test_reject_comes_after(dirty: mne.io.BaseRaw) -> None:
    with_both, found = cut(dirty, autoreject="local", reject=60.0)
    local, _ = cut(dirty, autoreject="local", reject=None)
    local.drop_bad({"eeg": 60e-6}, verbose="ERROR")
    np.testing.assert_array_equal(with_both.selection, local.selection)
    assert found["dropped"]["amplitude"] >= 1


def test_too_many_folds_or_no_positions(raw: mne.io.BaseRaw, change_params: Any) -> None:
    events, event_id = select_events(raw, CONDITIONS, "x")
    params = Epochs(tmax=0.5, autoreject="global", autoreject_cv=60)
    with pytest.raises(
        ValueError, match=r"rec.edf: preprocess.epochs.autoreject_cv: 60 folds of 50 epochs"
    ):
        cut_epochs(raw, events, event_id, params, "rec.edf", np.random.default_rng(0))
    raw.set_montage(None)
    section = change_params(chain=["reference"], epochs={"autoreject": "local", "tmax": 0.6})
    with pytest.raises(ValueError, match=r"epochs\.autoreject: local needs the positions"):
        check_header(raw, section, "rec.edf")


def test_it_is_told(dirty: mne.io.BaseRaw, change_params: Any) -> None:
    _, found = cut(dirty, autoreject="global")
    params = Epochs(tmax=0.5, autoreject="global", autoreject_cv=4).model_dump(mode="json")
    read = {"n_eeg": 16, "sfreq": 128.0, "highpass": 0.1, "lowpass": None}
    history = [
        {"method": "read", "params": {}, "found": read},
        {"method": "interpolate", "params": {}, "found": {"channels": []}},
        {"method": "epochs", "params": params, "found": found},
    ]
    texts = paragraphs(history, change_params(contrasts={}))
    assert "exceeded a limit learned by autoreject (4-fold cross-validation)" in texts[2]
