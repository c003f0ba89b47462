import mne
import numpy as np
import pytest

from neuro.preprocess.windows import cut, filtered, good_stretches

SFREQ = 100.0


def recording(annotations, n_times=1000, first_samp=0):
    info = mne.create_info(["a"], SFREQ, "eeg")
    data = np.random.default_rng(0).normal(size=(1, n_times))
    raw = mne.io.RawArray(data, info, first_samp=first_samp, verbose="ERROR")
    raw.set_annotations(mne.Annotations(*map(list, zip(*annotations, strict=True))))
    return raw


def spans(raw):
    return [(part.start, part.stop) for part in good_stretches(raw)]


def test_bad_segments_are_left_out_and_edges_cut():
    raw = recording(
        [(1.0, 2.0, "bad_blink"), (5.0, 0.0, "EDGE boundary"), (7.0, 0.0, "BAD boundary"),
         (8.0, 1.0, "stimulus"), (2.0, 2.0, "BAD_break")]
    )  # fmt: skip
    assert spans(raw) == [(0, 100), (400, 500), (500, 700), (700, 1000)]


def test_annotations_beyond_the_recording_are_clipped():
    assert spans(recording([(0.0, 2.0, "bad"), (9.0, 1.0, "bad")])) == [(200, 900)]
    assert spans(recording([(0.0, 10.0, "BAD_all")])) == []


def test_a_recording_that_does_not_begin_at_sample_zero():
    assert spans(recording([(1.0, 1.0, "bad")], first_samp=700)) == [(0, 100), (200, 1000)]


def test_it_agrees_with_mne_about_what_is_bad():
    raw = recording([(1.234, 0.5, "bad a"), (4.5, 1.5, "BAD b"), (5.0, 2.0, "bad c")])
    good = np.concatenate([raw.get_data()[:, part] for part in good_stretches(raw)], axis=1)
    np.testing.assert_array_equal(good, raw.get_data(reject_by_annotation="omit"))


def test_windows_stay_within_their_stretch():
    data = np.arange(30.0)[np.newaxis]
    windows = cut(data, [slice(0, 11), slice(12, 14), slice(15, 30)], 5, 5)
    np.testing.assert_array_equal(windows[:, 0, 0], [0, 5, 15, 20, 25])
    assert windows.shape == (5, 1, 5)


def test_nothing_outside_of_a_stretch_reaches_what_is_filtered():
    rng = np.random.default_rng(0)
    clean = rng.normal(size=(2, 2000))
    dirty = clean.copy()
    dirty[:, 1000:1100] += 1e6
    stretches = [slice(0, 1000), slice(1100, 2000)]
    for one, other in zip(
        filtered(clean, stretches, SFREQ, (8, 13)),
        filtered(dirty, stretches, SFREQ, (8, 13)),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("length", [10, 165])
def test_a_stretch_that_is_shorter_than_the_filter_gives_nothing(length):
    assert filtered(np.zeros((1, 500)), [slice(0, length)], SFREQ, (8, 13)) == []
