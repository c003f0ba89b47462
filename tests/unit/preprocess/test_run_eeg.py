"""The whole way from a BIDS tree to clean epochs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from neuro.config.eeg import EEGPreprocess
from neuro.preprocess.eeg import read_history, run, step_of

EVENTS = {"target": ["target"], "standard": ["standard"]}


def clean(tree: Any, out: Path, params: EEGPreprocess) -> mne.BaseEpochs:
    run(
        out,
        root=tree.root,
        recording=tree.recording,
        events=EVENTS,
        params=params,
        rng=np.random.default_rng(0),
    )
    return mne.read_epochs(out, verbose="ERROR")


def test_epochs_and_their_story(tree: Any, tmp_path: Path, params: EEGPreprocess) -> None:
    out = tmp_path / "sub-01_proc-clean_epo.fif"
    epochs = clean(tree, out, params)
    assert epochs.info["sfreq"] == 100
    assert epochs.event_id == {"target": 1, "standard": 2}
    assert len(epochs) == 46
    np.testing.assert_allclose(epochs.get_data().mean(axis=1), 0, atol=1e-10)
    evoked = epochs["target"].average(["O1", "O2"]).data.mean(axis=0)
    assert epochs.times[np.argmin(evoked)] == pytest.approx(0.17, abs=0.015)
    history = read_history(epochs, out)
    methods = [entry["method"] for entry in history]
    assert methods == ["read", *(step.method for step in params.chain), "epochs"]
    read, last = history[0]["found"], history[-1]["found"]
    assert (read["sfreq"], read["n_eeg"], read["lowpass"]) == (128.0, 16, None)
    assert last["events"] == {"target": 25, "standard": 25}
    assert last["dropped"] == {"BAD boundary": 2, "bad_muscle": 2}
    story = json.loads(epochs.info["description"])
    assert story["events"] == EVENTS
    assert {"neuro", "mne", "mne-bids"} <= set(story["versions"])
    assert step_of(history, "filter")["params"] == {"l_freq": 0.5, "h_freq": 30.0}
    assert step_of(history, "ica") is None


def test_same_input_same_bytes(tree: Any, tmp_path: Path, params: EEGPreprocess) -> None:
    paths = [tmp_path / name / "x_epo.fif" for name in ("a", "b")]
    for path in paths:
        clean(tree, path, params)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_failing_step_names_file_and_key(
    tree: Any, tmp_path: Path, change_params: Callable[..., EEGPreprocess]
) -> None:
    params = change_params(chain=[{"bad_channels": {"flat": 1000}}])
    out = tmp_path / "x_epo.fif"
    with pytest.raises(ValueError, match=r"_eeg.edf: preprocess.chain\[0\].bad_channels: 16 of 16"):
        clean(tree, out, params)
    assert not list(tmp_path.glob("*fif*"))


def test_headers_are_checked_before_samples_are_read(
    tree: Any, tmp_path: Path, change_params: Callable[..., EEGPreprocess], monkeypatch: Any
) -> None:
    def never(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("samples were read")

    monkeypatch.setattr(mne.io.BaseRaw, "load_data", never)
    with pytest.raises(ValueError, match=r"events.tsv: fewer than .*min_trials \(30\)"):
        clean(tree, tmp_path / "x_epo.fif", change_params(epochs={"min_trials": 30, "tmax": 0.6}))
    with pytest.raises(ValueError, match="Nyquist"):
        clean(tree, tmp_path / "x_epo.fif", change_params(chain=[{"filter": {"h_freq": 64}}]))


def test_epochs_without_history_are_refused(new_epochs: Callable[..., mne.EpochsArray]) -> None:
    epochs = new_epochs(n=3)
    epochs.info["description"] = "mine"
    with pytest.raises(ValueError, match=r"x_epo.fif: its description holds no history"):
        read_history(epochs, "x_epo.fif")


def test_the_story_names_what_was_used(
    tree: Any, tmp_path: Path, change_params: Callable[..., EEGPreprocess]
) -> None:
    chain = [
        {"bad_channels": {"methods": ["deviation"]}},
        {"mne": {"crop": {"tmin": 1}}},
        {"bad_segments": {}},
        {"ica": {"max_iter": 5, "n_components": 5}},
    ]
    section = {"tmax": 0.6, "autoreject": "global", "autoreject_cv": 3}
    out = tmp_path / "x_epo.fif"
    epochs = clean(tree, out, change_params(chain=chain, epochs=section))
    story = json.loads(epochs.info["description"])
    assert {"pyprep", "python-picard", "mne-icalabel", "onnxruntime", "autoreject"} <= set(
        story["versions"]
    )
    assert "meegkit" not in story["versions"]
    found = step_of(read_history(epochs, out), "ica")["found"]
    assert len(found["mixing"]["maps"]) == len(found["labels"]) == 5
    assert "limit_uv" in story["history"][-1]["found"]["autoreject"]
