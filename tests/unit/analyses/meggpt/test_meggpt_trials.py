"""Windows of tasks: where events are among good samples, and trials laid end to end."""

import mne
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neuro.analyses.meggpt.inputs import load_all
from neuro.analyses.meggpt.run_decoding import make_folds
from neuro.analyses.meggpt.run_decoding import run as decode
from neuro.analyses.meggpt.trials import from_events, from_trials
from neuro.config import MEGGPT
from neuro.config.eegbench import Task
from neuro.io.bids import Recording
from neuro.io.trials import TrialsFile, write_trials

SFREQ = 100.0


@pytest.fixture
def recorded(tmp_path):
    """A recording that begins to count at 500, with a bad second, and its epochs."""
    rng = np.random.default_rng(0)
    data = 1e-5 * rng.standard_normal((3, 4000))
    onsets = np.arange(200, 3800, 200)
    data[0, onsets + 10] += 1e-3  # so that windows can be recognized
    raw = mne.io.RawArray(
        data, mne.create_info(["e1", "e2", "e3"], SFREQ, "eeg"), first_samp=500, verbose="ERROR"
    )
    raw.set_annotations(mne.Annotations([14.2], [1.0], ["BAD_jump"]))
    codes = np.column_stack([onsets + 500, np.zeros_like(onsets), 1 + np.arange(len(onsets)) % 2])
    epochs = mne.Epochs(
        raw, codes, {"left": 1, "right": 2}, 0, 0.5, baseline=None, preload=True,
        reject_by_annotation=False, verbose="ERROR",
    )  # fmt: skip
    paths = tmp_path / "sub-01_proc-clean_raw.fif", tmp_path / "sub-01_proc-clean_epo.fif"
    raw.save(paths[0], verbose="ERROR")
    epochs.save(paths[1], verbose="ERROR")
    return paths


def test_windows_are_where_the_events_were_and_bad_ones_are_left_out(recorded):
    raw, epochs = recorded
    who = [Recording.from_path("sub-01/eeg/sub-01_task-x_eeg.edf")]
    classes = {"l": ["left"], "r": ["right"]}
    task = from_events([raw], [epochs], [raw], who, classes, (0.05, 0.35))
    (one,) = task.recordings
    assert task.length == 30
    assert len(one.onsets) == 17  # of 18 events, one 14 s after the beginning
    assert (one.data[0, one.onsets + 5] > 10).all()
    assert_array_equal(one.stretches, [[0, 1420], [1420, 3900]])
    (session,) = load_all([raw], who)
    assert session.data.shape == one.data.shape


def hands(path, rng, n=24):
    """Two classes that differ in the sign of a slow wave, as a publisher would split them."""
    y = np.arange(n) % 2
    wave = np.sin(np.linspace(0, np.pi, 200))[None, None] * np.where(y, 1, -1)[:, None, None]
    noise = np.cumsum(rng.standard_normal((n, 3, 200)), axis=2)
    noise -= noise.mean(axis=2, keepdims=True)
    data = (wave * 40 * np.array([1, -1, 0])[None, :, None] + noise).astype(np.float32)
    texts = {key: np.array([""] * n) for key in ("subject", "session", "run")}
    write_trials(
        path,
        TrialsFile(
            data=data, labels=np.array(["ab"[k] for k in y]), channels=("u", "v", "w"),
            channel_types=("mag",) * 3, sfreq=SFREQ, tmin=-0.5, unit="T",
            part=np.array(["train"] * 16 + ["test"] * (n - 16)), onset=np.full(n, np.nan), **texts,
        ),
    )  # fmt: skip


def test_windows_of_trials_lie_in_the_span(tmp_path):
    path, rng = tmp_path / "x_trials.h5", np.random.default_rng(0)
    hands(path, rng)
    who = [Recording.from_path("sub-01/trials/sub-01_trials.h5")]
    task = from_trials([path], who, {}, (0.0, 1.0))
    (one,) = task.recordings
    assert (task.classes, task.length) == (("a", "b"), 100)
    assert_array_equal(one.onsets[:3], [50, 250, 450])
    folds = make_folds(task, ["published", "few-shot"], 4, 1.0)
    assert [fold.split for fold in folds] == ["published"]
    assert {fold.split for fold in make_folds(task, ["few-shot"], 4, 1.0)} == {"new-block"}
    with pytest.raises(ValueError, match=r"nothing of them lies in meggpt\.tmin to tmax, 3 to 4 s"):
        from_trials([path], who, {}, (3.0, 4.0))
    with pytest.raises(ValueError, match=r"no trial has the label \['c'\]"):
        from_trials([path], who, {"x": ["a"], "y": ["c"]}, (0.0, 1.0))


def test_what_differs_is_told_apart(tmp_path):
    path, rng = tmp_path / "x_trials.h5", np.random.default_rng(0)
    hands(path, rng)
    small = {"width": 4, "n_layers": 1, "n_heads": 1, "hidden": 8, "n_steps": 2}
    how = {**small, "methods": ["raw", "zero-shot, in parts"]}
    table = decode(
        [path], [], [{"subject": "01", "session": "", "task": "", "run": "", "datatype": "trials",
                      "path": "sub-01/trials/sub-01_trials.h5"}], tmp_path / "decoding.tsv",
        task="waves", section=Task(splits=["published"]), span=(0.0, 1.0),
        settings=MEGGPT.model_validate({"decoding": how}), rng=rng, seed=0,
    ).set_index("method")  # fmt: skip
    assert table.loc["raw", "value"] > 0.8
    assert table.loc["raw", "chance"] == 0.5
    assert table.loc["raw", "low"] <= table.loc["raw", "value"] <= table.loc["raw", "high"]
    assert table["n_test"].tolist() == [8, 8]
