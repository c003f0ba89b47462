import mne
import numpy as np
import pytest
from pycrostates.segmentation import RawSegmentation

from neuro.config.spectra import Microstates
from neuro.preprocess.microstates import describe, microstates

SFREQ, SECONDS = 100.0, 120
SHARES = [0.5, 0.3, 0.2]
PARAMS = Microstates(n_states=3, band=(2, 20), n_init=5)


@pytest.fixture(scope="module")
def planted():
    """Three maps of 10 channels that take turns every 100 ms or so, each pulsing at 10 Hz."""
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(3, 10))
    maps -= maps.mean(axis=1, keepdims=True)
    maps /= np.linalg.norm(maps, axis=1, keepdims=True)
    n = int(SECONDS * SFREQ)
    turns = rng.integers(6, 15, size=n // 6)
    labels = np.repeat(rng.choice(3, len(turns), p=SHARES), turns)[:n]
    pulse = np.sin(2 * np.pi * 10 * np.arange(n) / SFREQ + 0.2)
    data = 1e-5 * maps[labels].T * pulse + 3e-7 * rng.normal(size=(10, n))
    return maps, labels, data, mne.create_info(10, SFREQ, "eeg")


def test_planted_maps_and_their_shares_are_found(planted):
    maps, _, data, info = planted
    found = microstates(data, [slice(0, 6000), slice(6500, 12000)], info, PARAMS,
                        np.random.default_rng(0))  # fmt: skip
    assert np.abs(found.maps @ maps.T).max(axis=1).min() > 0.95
    assert sorted(np.abs(found.maps @ maps.T).argmax(axis=1)) == [0, 1, 2]
    np.testing.assert_allclose(found.coverage, SHARES, atol=0.06)
    assert found.gev.sum() > 0.8
    assert 0.06 < np.nanmean(found.duration) < 0.3
    assert found.seconds == pytest.approx(115, abs=4)


def test_the_same_seed_gives_the_same_maps(planted):
    _, _, data, info = planted
    one, other = (
        microstates(data, [slice(0, 5000)], info, PARAMS, np.random.default_rng(3))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.maps, other.maps)
    np.testing.assert_array_equal(one.transition, other.transition)


def test_the_sequence_is_described_as_pycrostates_does(planted):
    maps, labels, data, info = planted
    data = data - data.mean(axis=0)
    found = describe(maps, [data], [labels], SFREQ, 0)
    raw = mne.io.RawArray(data, info, verbose="ERROR")
    segmentation = RawSegmentation(
        labels=labels, inst=raw, cluster_centers_=maps, cluster_names=["0", "1", "2"]
    )
    peer = segmentation.compute_parameters()
    order = np.argsort([-peer[f"{i}_gev"] for i in range(3)])
    for key, mine in (("gev", found.gev), ("timecov", found.coverage)):
        np.testing.assert_allclose(mine, [peer[f"{i}_{key}"] for i in order], rtol=1e-10)
    transition = segmentation.compute_transition_matrix()[np.ix_(order, order)]
    np.testing.assert_allclose(found.transition, transition, rtol=1e-10)


def test_cut_visits_do_not_count_for_durations():
    labels = np.array([0] * 5 + [1] * 10 + [0] * 20 + [1] * 3)
    found = describe(np.eye(3)[:2], [np.eye(3)[labels].T], [labels], 100.0, 0)
    by_coverage = dict(zip(found.coverage.round(3), found.duration, strict=True))
    assert by_coverage == {0.658: 0.2, 0.342: 0.1}


def test_transitions_do_not_cross_breaks():
    labels = [np.array([0, 0, 1, 1]), np.array([2, 2, 0, 0])]
    parts = [np.eye(3)[part].T for part in labels]
    found = describe(np.eye(3), parts, labels, 100.0, 0)
    counts = {(int(i), int(j)) for i, j in np.argwhere(found.transition > 0)}
    assert counts == {(0, 1), (2, 0)}


def test_too_little_is_an_error(planted):
    _, _, data, info = planted
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least 150 peaks of the global field power, got"):
        microstates(data, [slice(0, 600)], info, PARAMS, rng)
    with pytest.raises(ValueError, match=r"n_states \(3\) must be below the number of good"):
        microstates(data[:3], [slice(0, 6000)], mne.pick_info(info, [0, 1, 2]), PARAMS, rng)
