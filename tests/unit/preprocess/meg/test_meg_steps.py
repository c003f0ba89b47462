"""Steps of the cleaning chain of MEG: planted faults found, MNE's own numbers reproduced."""

from collections.abc import Callable

import mne
import numpy as np
import pytest

from neuro.config.meg import MEGPreprocess
from neuro.config.meg_steps import MEGICA, Maxwell, MEGBadChannels, MEGBadSegments, Projections
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.meg.chain import STEPS, cited, sentence
from neuro.preprocess.meg.channels import meg_picks
from neuro.preprocess.meg.components import meg_ica, meg_rank
from neuro.preprocess.meg.maxwell import calibration_files, maxwell, projections, skip_reason
from neuro.preprocess.meg.outliers import meg_bad_channels, meg_bad_segments

RNG = np.random.default_rng(0)
NewRaw = Callable[..., mne.io.RawArray]


def test_planted_bad_channels_are_found(meg_raw: mne.io.RawArray) -> None:
    noisy, flat = meg_raw.ch_names[7], meg_raw.ch_names[30]
    meg_raw._data[7] *= 20
    meg_raw._data[30] = 0
    found = meg_bad_channels(meg_raw, MEGBadChannels(), RNG)
    assert found["flat"] == [flat]
    assert max(found["gesd"], key=found["gesd"].__getitem__) == noisy
    assert len(found["gesd"]) <= 2
    assert {noisy, flat} <= set(meg_raw.info["bads"])


def test_too_many_bad_channels_are_an_error(meg_raw: mne.io.RawArray) -> None:
    meg_raw._data[:60] = 0
    with pytest.raises(ValueError, match="60 of 120 MEG channels are bad, more than max_share"):
        meg_bad_channels(meg_raw, MEGBadChannels(), RNG)


def test_all_channels_of_a_type_flat(meg_raw: mne.io.RawArray) -> None:
    meg_raw._data[mne.pick_types(meg_raw.info, meg="mag")] = 0
    with pytest.raises(ValueError, match="all 40 magnetometers are flat"):
        meg_bad_channels(meg_raw, MEGBadChannels(), RNG)


def test_planted_bad_segment_is_found(new_meg_raw: NewRaw) -> None:
    raw = new_meg_raw(seconds=60.0)
    mags = mne.pick_types(raw.info, meg="mag")
    raw._data[mags, 4000:4400] *= 8
    found = meg_bad_segments(raw, MEGBadSegments(), RNG)
    bad = [a for a in raw.annotations if a["description"].startswith("BAD_gesd_mag")]
    assert any(a["onset"] <= 20.0 and a["onset"] + a["duration"] >= 22.0 for a in bad)
    assert 0.9 < found["good_share"] < 1


def test_too_few_windows_are_told(meg_raw: mne.io.RawArray) -> None:
    found = meg_bad_segments(meg_raw, MEGBadSegments(), RNG)
    assert "15 good windows of 2 s are too few" in found["skipped"]
    assert found["good_share"] == 1


def test_maxwell_is_mnes(meg_raw: mne.io.RawArray) -> None:
    raw = meg_raw.crop(0, 6)
    raw.info["bads"] = [raw.ch_names[3]]
    params = Maxwell(st_duration=4.0, int_order=6, ext_order=2, uncalibrated=True)
    expected = mne.preprocessing.maxwell_filter(
        raw.copy(), st_duration=4.0, int_order=6, ext_order=2, coord_frame="head", verbose="ERROR"
    )
    with mne.use_log_level("ERROR"):
        found = maxwell(raw, params, RNG)
    np.testing.assert_array_equal(raw.get_data(), expected.get_data())
    assert found["done"]
    assert found["reconstructed"] == [raw.ch_names[3]]
    assert raw.info["bads"] == []
    again = maxwell(raw, params, RNG)
    assert "has been through signal-space separation" in again["reason"]
    assert meg_rank(raw) < 50


def test_maxwell_is_skipped_with_a_reason(meg_raw: mne.io.RawArray) -> None:
    files = {"calibration": None, "cross_talk": None}
    info = meg_raw.info
    reason = skip_reason(info, Maxwell(), files)
    assert "no calibration and no cross-talk file" in reason
    assert skip_reason(info, Maxwell(uncalibrated=True), files) == ""
    with info._unlock():
        info["dev_head_t"] = mne.Transform("meg", "head", np.eye(4))
    assert "no head position" in skip_reason(info, Maxwell(uncalibrated=True), files)
    info["chs"][0]["coil_type"] = mne.io.constants.FIFF.FIFFV_COIL_CTF_GRAD
    assert "not from a Neuromag" in skip_reason(info, Maxwell(uncalibrated=True), files)


def test_missing_calibration_file_is_named(meg_raw: mne.io.RawArray, tmp_path) -> None:
    meg_raw.save(tmp_path / "x_raw.fif", verbose="ERROR")
    raw = mne.io.read_raw_fif(tmp_path / "x_raw.fif", verbose="ERROR")
    with pytest.raises(FileNotFoundError, match=r"calibration: nowhere.dat: no such file"):
        calibration_files(raw, Maxwell(calibration="nowhere.dat"))
    beside = tmp_path / "sub-01_acq-calibration_meg.dat"
    beside.touch()
    assert calibration_files(raw, Maxwell())["calibration"] == beside


def test_eye_goes_by_ica_and_rank_with_it(new_meg_raw: NewRaw) -> None:
    raw = new_meg_raw(seconds=20.0)
    picks, eog = meg_picks(raw.info), raw.ch_names.index("EOG 001")
    before = [abs(np.corrcoef(raw._data[i], raw._data[eog])[0, 1]) for i in picks]
    rank = meg_rank(raw)
    params = MEGICA(n_components=12, correlate=["eog"], method="fastica")
    with mne.use_log_level("ERROR"):
        found = meg_ica(raw, params, np.random.default_rng(1))
    after = [abs(np.corrcoef(raw._data[i], raw._data[eog])[0, 1]) for i in picks]
    assert found["excluded"]
    assert max(before) > 0.8
    assert max(after) < 0.2
    assert meg_rank(raw) == rank - len(found["excluded"])
    assert 0 < found["variance_removed"]["mag"] < 1


def test_ica_needs_samples(meg_raw: mne.io.RawArray) -> None:
    with pytest.raises(ValueError, match="too few for the independent components"):
        meg_ica(meg_raw.crop(0, 4), MEGICA(n_components=40), RNG)


def test_projections_are_mnes(meg_raw: mne.io.RawArray) -> None:
    meg_raw.add_proj(mne.compute_proj_raw(meg_raw, n_grad=1, n_mag=1, n_eeg=0, verbose="ERROR"))
    expected = meg_raw.copy().apply_proj().get_data()
    found = projections(meg_raw, Projections(), RNG)
    assert len(found["applied"]) == 2
    np.testing.assert_array_equal(meg_raw.get_data(), expected)


def test_chain_is_mnes_step_by_step(meg_raw: mne.io.RawArray) -> None:
    chain = [
        {"line_noise": {"freq": 60}},
        {"filter": {"l_freq": 1, "h_freq": 40}},
        {"resample": {"sfreq": 100}},
        {"mne": {"crop": {"tmax": 20.0}}},
        "interpolate",
    ]
    params = MEGPreprocess.model_validate({"chain": chain}).cleaning
    meg_raw.info["bads"] = [meg_raw.ch_names[5]]
    expected = meg_raw.copy()
    with mne.use_log_level("ERROR"):
        history = apply_chain(meg_raw, params.chain, RNG, STEPS)
        expected.notch_filter([60.0]).filter(1, 40).resample(100, method="polyphase")
        expected.crop(tmax=20.0).interpolate_bads(reset_bads=True)
    np.testing.assert_array_equal(meg_raw.get_data(), expected.get_data())
    assert all(sentence(entry) for entry in history)
    assert [entry for entry in history if cited(entry)] == []


def test_zapline_cleans_each_type(meg_raw: mne.io.RawArray) -> None:
    hum = np.sin(2 * np.pi * 50 * meg_raw.times)
    scale = meg_raw._data.std(axis=1, keepdims=True)
    meg_raw._data += 2 * scale * hum
    before = np.abs(meg_raw._data @ hum)
    params = MEGPreprocess.model_validate(
        {"chain": [{"line_noise": {"method": "zapline", "freq": 50}}]}
    ).cleaning
    apply_chain(meg_raw, params.chain, RNG, STEPS)
    after = np.abs(meg_raw._data @ hum)
    picks = meg_picks(meg_raw.info)
    assert (after[picks] < 0.1 * before[picks]).all()
