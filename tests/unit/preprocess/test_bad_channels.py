"""Bad channels by each method: the planted one, and the same as pyprep called directly."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest
from pyprep import NoisyChannels

from neuro.config.steps import BadChannels
from neuro.preprocess.chain import apply_chain
from neuro.preprocess.foresee import check_header
from neuro.preprocess.methods import citations
from neuro.preprocess.steps.bad_channels import bad_channels
from neuro.preprocess.steps.common import draw_seed


def head(seed: int = 0, seconds: int = 30) -> mne.io.RawArray:
    """32 channels of smooth fields of 100 sources: neighbors are alike. 128 Hz, about 10 µV."""
    rng = np.random.default_rng(seed)
    montage = mne.channels.make_standard_montage("biosemi32")
    info = mne.create_info(montage.ch_names, 128.0, "eeg")
    info.set_montage(montage)
    places = np.array([channel["loc"][:3] for channel in info["chs"]])
    turn, height = np.arange(100) * np.pi * (3 - 5**0.5), np.linspace(-0.99, 0.99, 100)
    ring = np.sqrt(1 - height**2)
    centers = 0.095 * np.column_stack([ring * np.cos(turn), ring * np.sin(turn), height])
    distances = np.linalg.norm(places[:, np.newaxis] - centers, axis=2)
    mixing = np.exp(-0.5 * (distances / 0.05) ** 2)
    sources = rng.standard_normal((100, seconds * 128))
    sources = mne.filter.filter_data(sources, 128.0, 1, 30, verbose="ERROR")
    data = mixing @ sources
    data *= 10e-6 / data.std()
    data += 0.3e-6 * rng.standard_normal(data.shape)
    return mne.io.RawArray(data, info, verbose="ERROR")


def changed(raw: mne.io.BaseRaw, **rows: Any) -> mne.io.RawArray:
    data = raw.get_data()
    for name, row in rows.items():
        data[raw.ch_names.index(name)] = row(data[raw.ch_names.index(name)])
    return mne.io.RawArray(data, raw.info, verbose="ERROR")


def noise(scale: float) -> Callable[[Any], Any]:
    return lambda row: scale * np.random.default_rng(7).standard_normal(row.size)


PLANTED = {
    "flat": lambda row: 1e-9 * np.sign(row),
    "deviation": lambda row: 30 * row,
    "hf_noise": lambda row: row + 3e-5 * (-1.0) ** np.arange(row.size),
    "correlation": noise(1e-5),
    "neighbors": noise(1e-5),
    "ransac": noise(1e-5),
}


@pytest.mark.parametrize("method", PLANTED)
def test_each_method_finds_its_channel(method: str) -> None:
    raw = changed(head(), Cz=PLANTED[method])
    found = bad_channels(raw, BadChannels(methods=[method]), np.random.default_rng(0))
    assert raw.info["bads"] == ["Cz"]
    assert "Cz" in found["correlation" if method == "ransac" else method]


@pytest.mark.parametrize("method", ["deviation", "hf_noise", "correlation", "neighbors", "ransac"])
def test_a_clean_head_has_no_bad_channel(method: str) -> None:
    raw = head(seed=1)
    bad_channels(raw, BadChannels(methods=[method]), np.random.default_rng(0))
    assert raw.info["bads"] == []


def test_ransac_finds_what_has_friends_far_away() -> None:
    """A channel that copies the other end of the head correlates, but not with its prediction."""
    raw = head()
    other = raw.get_data(picks=["O1"])[0]
    raw = changed(raw, F4=lambda row: other + 0.1 * row)
    found = bad_channels(raw, BadChannels(methods=["ransac"]), np.random.default_rng(0))
    assert found["ransac"] == raw.info["bads"] == ["F4"]
    assert found["correlation"] == []


def test_same_channels_as_pyprep_called_directly() -> None:
    raw = changed(
        head(2),
        Cz=PLANTED["correlation"],
        O1=PLANTED["deviation"],
        F3=PLANTED["hf_noise"],
        P4=lambda row: row + noise(1e-5)(row),
    )
    theirs = NoisyChannels(raw.copy(), random_state=draw_seed(np.random.default_rng(3)))
    theirs.find_bad_by_deviation()
    theirs.find_bad_by_hfnoise()
    theirs.find_bad_by_correlation()
    theirs.find_bad_by_ransac()
    params = BadChannels(methods=["deviation", "hf_noise", "correlation", "ransac"])
    found = bad_channels(raw, params, np.random.default_rng(3))
    assert found["deviation"] == theirs.bad_by_deviation
    assert found["hf_noise"] == theirs.bad_by_hf_noise
    assert found["correlation"] == theirs.bad_by_correlation
    assert found["ransac"] == [str(name) for name in theirs.bad_by_ransac]
    assert set(raw.info["bads"]) == {str(name) for name in theirs.get_bads()}
    assert {"Cz", "O1", "F3"} <= set(raw.info["bads"])


def test_bad_segments_do_not_count_for_any_method() -> None:
    loud = np.ones(30 * 128)
    loud[:1280] = 0
    raw = head()
    raw.annotations.append(0.0, 10.0, "BAD_off")
    raw = changed(raw, Cz=lambda row: row * loud).set_annotations(raw.annotations)
    params = BadChannels(methods=["flat", "correlation", "neighbors", "ransac"])
    bad_channels(raw, params, np.random.default_rng(0))
    assert raw.info["bads"] == []


def test_positions_and_channels_are_checked_beforehand(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any]
) -> None:
    params = change_params(chain=[{"bad_channels": {"methods": ["ransac", "flat"]}}])
    few = raw.copy().pick([*raw.ch_names[:9], "O1", "O2"])
    with pytest.raises(
        ValueError,
        match=r"rec.edf: preprocess.chain\[0\].bad_channels.methods: ransac needs at least 16 EEG "
        r"channels, the recording has 11",
    ):
        check_header(few, params, "rec.edf")
    raw.set_montage(None)
    with pytest.raises(ValueError, match=r"methods: ransac: needs the positions of all EEG"):
        check_header(raw, params, "rec.edf")


def test_too_few_good_channels_for_ransac(
    raw: mne.io.BaseRaw, change_params: Callable[..., Any]
) -> None:
    raw.info["bads"] = raw.ch_names[:3]
    chain = change_params(chain=[{"bad_channels": {"methods": ["ransac"]}}]).chain
    with pytest.raises(ValueError, match=r"bad_channels: ransac needs at least 16 good channels"):
        apply_chain(raw, chain, np.random.default_rng(0))


def test_methods_are_told_and_cited(change_params: Callable[..., Any]) -> None:
    from neuro.preprocess.steps.sentences import SENTENCES

    raw = head(seconds=10)
    chain = change_params(chain=[{"bad_channels": {"methods": ["flat", "neighbors", "ransac"]}}])
    history = apply_chain(raw, chain.chain, np.random.default_rng(0))
    text = SENTENCES["bad_channels"](history[0])
    assert "below 0.1 µV or a robust z-score of the amplitude beyond ±5 or " in text
    assert "correlation with their three nearest" in text
    assert "(RANSAC, 50 sets)" in text
    assert "local outlier" not in text
    cited = " ".join(citation.text for citation in citations(history, chain))
    assert "PREP pipeline" in cited
    assert "EEG-IP-L" in cited
    assert "LOF" not in cited
