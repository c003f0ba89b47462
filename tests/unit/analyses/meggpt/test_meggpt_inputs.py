"""Sessions as they are read: good samples, common channels, what is held out, and bad input."""

import mne
import numpy as np
import pytest

from neuro.analyses.meggpt.inputs import Recorded, check_lengths, first_held_out, load_all
from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.io.trials import TrialsFile, write_trials

RNG = np.random.default_rng(0)


def recording(subject):
    return Recording.from_path(f"sub-{subject}/meg/sub-{subject}_task-rest_meg.fif")


def parcels(folder, subject="01", sfreq=250.0, names=("a", "b", "c"), change=None):
    data = RNG.standard_normal((len(names), 600)).astype(np.float32)
    good = np.ones(600, dtype=bool)
    good[100:150] = False
    data[:, 100:150] = 1e6
    if change is not None:
        change(data)
    path = folder / f"sub-{subject}_parcels.h5"
    attrs = {"sfreq": sfreq, "highpass": 1.0, "lowpass": 45.0}
    arrays = {
        "parcels": Array(data, ("parcel", "time"), "1", attrs),
        "names": Array(list(names), ("parcel",)),
        "centroids": Array(np.zeros((len(names), 3)), ("parcel", "xyz"), "mm"),
        "good": Array(good, ("time",)),
        "stretches": Array(np.array([[0, 100], [150, 600]]), ("stretch", "start_stop")),
    }
    hdf5.write(path, arrays, {})
    return path


def test_bad_samples_are_left_out_and_channels_that_not_all_have(tmp_path):
    paths = [parcels(tmp_path, "01"), parcels(tmp_path, "02", names=("c", "x", "a"))]
    first, second = load_all(paths, [recording("01"), recording("02")])
    assert first.names == second.names == ("a", "c")
    assert first.data.shape == (2, 550)
    assert np.allclose(first.data.std(axis=1), 1, atol=1e-4)
    assert np.abs(first.data).max() < 10
    assert first.places[100] == 150
    assert first.band == (1.0, 45.0)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("rate", r"sub-02_task-rest: 500 Hz; sub-01_task-rest has 250 Hz.*resample"),
        ("constant", r"sub-02_parcels\.h5: channel b is constant"),
        ("nan", r"sub-02_parcels\.h5: channel c has values that are not finite"),
        ("others", r"0 channels that all 2 sessions have"),
    ],
)
def test_bad_input_is_named(tmp_path, kind, message):
    def nan(data):
        data[2, 7] = np.nan

    def constant(data):
        data[1] = 3.0

    change = {"nan": nan, "constant": constant}.get(kind)
    second = parcels(
        tmp_path,
        "02",
        sfreq=500.0 if kind == "rate" else 250.0,
        names=("x", "y", "z") if kind == "others" else ("a", "b", "c"),
        change=change,
    )
    with pytest.raises(ValueError, match=message):
        load_all([parcels(tmp_path), second], [recording("01"), recording("02")])


def test_trials_of_a_session_are_laid_end_to_end_in_order_of_time(tmp_path):
    data = np.arange(24, dtype=np.float32).reshape(4, 2, 3) ** 2
    path = tmp_path / "x_trials.h5"
    texts = {key: np.array([""] * 4) for key in ("part", "session", "run")}
    write_trials(
        path,
        TrialsFile(
            data=data, labels=np.array(list("abab")), channels=("u", "v"),
            channel_types=("eeg", "eeg"), sfreq=100.0, tmin=0.0, unit="V",
            subject=np.array(["p", "q", "p", "q"]), onset=np.array([5.0, 1.0, 2.0, 3.0]), **texts,
        ),
    )  # fmt: skip
    first, second = load_all([path], [recording("01")])
    assert (first.label, second.label) == ("p", "q")
    assert (first.subject, first.n_pieces) == ("p", 2)
    expected = np.concatenate([data[2, 0], data[0, 0]])
    assert np.corrcoef(first.data[0], expected)[0, 1] == pytest.approx(1, abs=1e-5)


def test_sensors_without_bad_channels_and_segments(tmp_path):
    info = mne.create_info(["e1", "e2", "e3"], 100.0, "eeg")
    raw = mne.io.RawArray(1e-5 * RNG.standard_normal((3, 900)), info, verbose="ERROR")
    raw.info["bads"] = ["e2"]
    raw.set_annotations(mne.Annotations([2.0], [1.0], ["BAD_jump"]))
    path = tmp_path / "sub-01_proc-clean_raw.fif"
    raw.save(path, verbose="ERROR")
    (session,) = load_all([path], [recording("01")])
    assert session.names == ("e1", "e3")
    assert session.data.shape == (2, 800)
    assert session.n_pieces == 2


def session(subject, n_times=1000, label=None):
    data = np.zeros((2, n_times), np.float32)
    label = label or subject
    return Recorded(label, subject, ("a", "b"), 250.0, (1.0, 45.0), data, np.arange(n_times))


def test_held_out_are_subjects_then_sessions_then_time():
    people = [session(str(i)) for i in range(5)]
    assert first_held_out(people, "auto", 0.4) == ("subjects", [1000, 1000, 1000, 0, 0])
    one = [session("p", label=f"s{i}") for i in range(3)]
    assert first_held_out(one, "auto", 0.2) == ("sessions", [1000, 1000, 0])
    assert first_held_out(one[:1], "auto", 0.2) == ("time", [800])
    with pytest.raises(ValueError, match=r"meggpt\.split: subjects asked for, but there is only"):
        first_held_out(one, "subjects", 0.2)


def test_a_part_shorter_than_two_windows_is_an_error():
    with pytest.raises(ValueError, match=r"p: its held-out part has 100 samples at 250 Hz"):
        check_lengths([session("p")], [900], 64)
