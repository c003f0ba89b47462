import mne
import numpy as np
import pytest

from neuro.analyses.eegbench.tasks import from_epochs, from_files
from neuro.io.bids import Recording
from neuro.io.trials import TrialsFile, write_trials


def recording(subject):
    return Recording(subject, "", "faces", "", "eeg", f"sub-{subject}_eeg.edf")


def save(path, names=("Fz", "Cz", "Pz"), bads=(), seed=0):
    rng = np.random.default_rng(seed)
    info = mne.create_info(list(names), 100.0, "eeg")
    info["bads"] = list(bads)
    events = np.array([[50, 0, 1], [10, 0, 2], [90, 0, 3], [130, 0, 1]])
    codes = {"face": 1, "house": 2, "other": 3}
    epochs = mne.EpochsArray(
        rng.normal(size=(4, len(names), 31)) * 1e-6, info, events, -0.1, codes, verbose="ERROR"
    )
    epochs.save(path, verbose="ERROR")
    return epochs


def test_epochs_become_trials_in_order_of_time_with_common_good_channels(tmp_path):
    paths = [tmp_path / "a_epo.fif", tmp_path / "b_epo.fif"]
    saved = save(paths[0])
    save(paths[1], bads=["Cz"], seed=1)
    classes = {"house": ["house"], "face": ["face"]}
    trials = from_epochs(paths, [recording("a"), recording("b")], classes, tmax=0.1)
    assert trials.sensors.ch_names == ("Fz", "Pz")
    assert trials.y.tolist() == [0, 1, 1] * 2
    assert trials.onset.tolist() == [0.1, 0.5, 1.3] * 2
    assert trials.subject.tolist() == ["a"] * 3 + ["b"] * 3
    expected = saved.get_data(copy=False)[1, [0, 2], :21]
    np.testing.assert_allclose(trials.data[0], expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r"no epochs of \['car'\]; it has \['face'"):
        from_epochs(paths[:1], [recording("a")], {"car": ["car"], "face": ["face"]})


def test_files_of_trials(tmp_path):
    n = 4
    nothing = np.full(n, "")
    file = TrialsFile(
        data=np.arange(n * 2, dtype=np.float32).reshape(n, 1, 2),
        labels=np.array(["up", "down", "left", "up"]),
        channels=("1",),
        channel_types=("mag",),
        sfreq=10.0,
        tmin=0.0,
        unit="arbitrary",
        part=np.array(["train", "train", "test", "test"]),
        subject=nothing,
        session=nothing,
        run=nothing,
        onset=np.full(n, np.nan),
        note="mind",
    )
    write_trials(tmp_path / "a.h5", file)
    who = [Recording("x", "", "", "", "trials", "a.h5")]
    trials, notes = from_files([tmp_path / "a.h5"], who, {})
    assert trials.classes == ("down", "left", "up")
    assert trials.subject.tolist() == ["x"] * 4
    assert notes == ["mind"]
    vertical = {"vertical": ["up", "down"], "left": ["left"]}
    trials, _ = from_files([tmp_path / "a.h5"], who, vertical)
    assert trials.y.tolist() == [0, 0, 1, 0]
    with pytest.raises(ValueError, match=r"no trial has the label \['right'\]"):
        from_files([tmp_path / "a.h5"], who, {"a": ["right"], "b": ["up"]})
