"""Steps do what the same MNE calls do, and say what they found."""

from collections.abc import Callable

import mne
import numpy as np
import pytest

from neuro.config.eeg import EEGPreprocess
from neuro.config.steps import Step
from neuro.preprocess.chain import STEPS, apply_chain
from neuro.preprocess.foresee import CHECKS
from neuro.preprocess.methods import paragraphs

RNG = np.random.default_rng(0)
Params = Callable[..., EEGPreprocess]


def test_every_step_of_the_config_has_function_and_check() -> None:
    assert set(STEPS) == set(CHECKS) == set(Step.model_fields)


def test_chain_equals_the_same_mne_calls(raw: mne.io.BaseRaw, change_params: Params) -> None:
    data = raw.get_data()
    data[3] *= 30
    raw = mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)
    theirs = raw.copy()
    chain = change_params().chain
    history = apply_chain(raw, chain, RNG)
    theirs.set_montage("biosemi16")
    theirs.filter(0.5, 30, verbose="ERROR").resample(100, method="polyphase", verbose="ERROR")
    theirs.info["bads"] = mne.preprocessing.find_bad_channels_lof(theirs, 8, threshold=2.0)
    assert theirs.info["bads"] == [raw.ch_names[3]]
    theirs.interpolate_bads(verbose="ERROR").set_eeg_reference("average", verbose="ERROR")
    np.testing.assert_allclose(raw.get_data(), theirs.get_data(), atol=1e-12)
    assert [entry["method"] for entry in history] == [step.method for step in chain]
    assert list(history[3]["found"]["lof"]) == [raw.ch_names[3]]
    assert history[4]["found"] == {"channels": [raw.ch_names[3]]}
    assert raw.info["bads"] == []


def test_no_filter_runs_over_a_boundary(raw: mne.io.BaseRaw, change_params: Params) -> None:
    """A step of 1 mV at the discontinuity must not ring on either side."""
    data = raw.get_data()
    middle = data.shape[1] // 2
    data[:, middle:] += 1e-3
    jumped = mne.io.RawArray(data, raw.info, verbose="ERROR")
    onset = middle / raw.info["sfreq"]
    jumped.annotations.append([onset, onset], 0.0, ["BAD boundary", "EDGE boundary"])
    chain = change_params(chain=[{"filter": {"h_freq": 20}}]).chain
    apply_chain(jumped, chain, RNG)
    smooth = raw.copy().filter(None, 20, verbose="ERROR").get_data()
    near = slice(middle - 30, middle)
    assert np.abs(jumped.get_data()[:, near] - smooth[:, near]).max() < 40e-6


def test_stretches_shorter_than_the_filter_are_told(
    raw: mne.io.BaseRaw, change_params: Params
) -> None:
    raw.annotations.append([5.0, 7.0], 0.0, "EDGE boundary")
    with mne.use_log_level("ERROR"):
        (entry,) = apply_chain(raw, change_params(chain=[{"filter": {"l_freq": 0.5}}]).chain, RNG)
    assert entry["found"]["length_s"] == pytest.approx(6.6, abs=0.1)
    assert entry["found"]["shorter_stretches_s"] == [5.0, 2.0]


def test_flat_and_marked_channels_are_bad(raw: mne.io.BaseRaw, change_params: Params) -> None:
    data = raw.get_data()
    data[5] = 1e-9
    raw = mne.io.RawArray(data, raw.info, verbose="ERROR")
    raw.info["bads"] = [raw.ch_names[1]]
    (entry,) = apply_chain(raw, change_params(chain=["bad_channels"]).chain, RNG)
    assert entry["found"]["flat"] == [raw.ch_names[5]]
    assert entry["found"]["marked"] == [raw.ch_names[1]]
    assert entry["found"]["n_neighbors"] == 7  # half of those neither marked nor flat
    assert set(raw.info["bads"]) == {raw.ch_names[1], raw.ch_names[5]}


def test_bad_segments_do_not_make_bad_channels(raw: mne.io.BaseRaw, change_params: Params) -> None:
    data = raw.get_data()
    data[2, :512] *= 500
    chain = change_params(chain=["bad_channels"]).chain
    loud = mne.io.RawArray(data, raw.info, verbose="ERROR")
    marked = loud.copy()
    marked.annotations.append(0.0, 4.0, "BAD_muscle")
    apply_chain(loud, chain, RNG)
    apply_chain(marked, chain, RNG)
    assert loud.info["bads"] == [raw.ch_names[2]]
    assert marked.info["bads"] == []


def test_too_many_bad_channels_are_an_error(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.info["bads"] = raw.ch_names[:5]
    with pytest.raises(
        ValueError,
        match=r"preprocess.chain\[0\].bad_channels: 5 of 16 EEG channels are bad, more than "
        r"max_share \(0.25\): .*recordings.exclude",
    ):
        apply_chain(raw, change_params(chain=["bad_channels"]).chain, RNG)


def test_all_annotated_as_bad_is_an_error(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.annotations.append(0.0, raw.times[-1] + 1, "bad")
    with pytest.raises(ValueError, match="the whole recording is annotated as bad"):
        apply_chain(raw, change_params(chain=["bad_channels"]).chain, RNG)


def test_named_reference(raw: mne.io.BaseRaw, change_params: Params) -> None:
    before = raw.get_data()
    chain = change_params(chain=[{"reference": {"channels": ["T7", "T8"]}}]).chain
    apply_chain(raw, chain, RNG)
    rows = [raw.ch_names.index(name) for name in ("T7", "T8")]
    np.testing.assert_allclose(raw.get_data(), before - before[rows].mean(0), atol=1e-15)


def test_bad_reference_is_an_error(raw: mne.io.BaseRaw, change_params: Params) -> None:
    raw.info["bads"] = ["T7"]
    chain = change_params(chain=[{"reference": {"channels": ["T7", "T8"]}}]).chain
    with pytest.raises(
        ValueError, match=r"chain\[0\].reference: reference channel\(s\) T7 are bad"
    ):
        apply_chain(raw, chain, RNG)


def test_methods_tell_what_was_done(raw: mne.io.BaseRaw, change_params: Params) -> None:
    params = change_params()
    history = apply_chain(raw, params.chain, RNG)
    read = {"n_eeg": 16, "sfreq": 128.0, "highpass": 0.1, "lowpass": None}
    cut = {"overlap": {"epochs": 3, "of": 40, "longest_s": 0.1}}
    ends = [
        {"method": "read", "params": {}, "found": read},
        *history,
        {"method": "epochs", "params": params.epochs.model_dump(), "found": cut},
    ]
    recorded, cleaned, epoched, contrast, tested = paragraphs(ends, params)
    assert "16 channels, stored at 128 Hz after a high-pass at 0.1 Hz," in recorded
    for text in ("biosemi16", "from 0.5 to 30 Hz", "to 100 Hz", "of 2 or more among 8", "spline"):
        assert text in cleaned
    assert "above 150 µV" in epoched
    assert "−200 to 600 ms" in epoched
    assert "3 of 40 epochs began before the one before had ended, by up to 100 ms" in epoched
    assert "O1 and O2, between 130 and 200 ms" in contrast
    assert "200 bootstrap samples" in tested
    fewer = change_params(chain=[{"reference": {}}], contrasts={})
    texts = paragraphs([ends[0], history[5], ends[-1]], fewer)
    assert len(texts) == 3
    assert "Hz" not in texts[1]


def test_every_step_has_a_sentence() -> None:
    from neuro.preprocess.steps.sentences import SENTENCES

    assert set(SENTENCES) == set(STEPS)
