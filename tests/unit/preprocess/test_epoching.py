"""Events by condition, and epochs that are dropped for a reason."""

from collections.abc import Callable
from typing import Any

import mne
import numpy as np
import pytest

from neuro.config.eeg import Epochs
from neuro.preprocess.epoching import (
    cut_epochs,
    enough_events,
    examined_overlap,
    examined_span,
    overlap_of,
    select_events,
    trials,
)

RNG = np.random.default_rng(0)
CONDITIONS = {"rare": ["target"], "common": ["standard"]}


def test_events_carry_the_conditions_codes(raw: mne.io.BaseRaw) -> None:
    events, event_id = select_events(raw, CONDITIONS, "events.tsv")
    assert event_id == {"rare": 1, "common": 2}
    seconds = events[events[:, 2] == 1, 0] / raw.info["sfreq"]
    onsets = raw.annotations.onset[raw.annotations.description == "target"]
    np.testing.assert_allclose(seconds, onsets, atol=0.5 / raw.info["sfreq"])


def test_several_trial_types_make_one_condition(raw: mne.io.BaseRaw) -> None:
    events, _ = select_events(raw, {"all": ["target", "standard"]}, "events.tsv")
    assert len(events) == 50
    assert set(events[:, 2]) == {1}


def test_unknown_trial_type_lists_what_there_is(raw: mne.io.BaseRaw) -> None:
    raw.annotations.append(1.0, 1.0, "BAD_break")
    with pytest.raises(
        ValueError,
        match=r"events.tsv: events.rare: no event has trial_type targte. Did you mean 'target' for "
        r"'targte'\? It has: standard \(25\), target \(25\)$",
    ):
        select_events(raw, {"rare": ["targte"]}, "events.tsv")


def test_conditions_must_not_share_events(raw: mne.io.BaseRaw) -> None:
    both = {"a": ["target"], "b": ["standard", "target"]}
    with pytest.raises(ValueError, match="trial_type 'target' stands for 'a' and for 'b'"):
        select_events(raw, both, "events.tsv")


def test_two_events_at_one_sample_are_refused(raw: mne.io.BaseRaw) -> None:
    onset = raw.annotations.onset[0]
    raw.annotations.append(onset, 0.0, "target")
    with pytest.raises(ValueError, match=r"1 sample\(s\) with several events, first at 2.000 s"):
        select_events(raw, CONDITIONS, "events.tsv")


def test_too_few_events_are_told_beforehand(raw: mne.io.BaseRaw) -> None:
    events, event_id = select_events(raw, CONDITIONS, "events.tsv")
    with pytest.raises(ValueError, match=r"min_trials \(26\) events in condition\(s\) rare \(25\)"):
        enough_events(events, event_id, Epochs(min_trials=26), "events.tsv")


def test_bad_epochs_are_dropped_and_counted(raw: mne.io.BaseRaw) -> None:
    data = raw.get_data()
    events, event_id = select_events(raw, CONDITIONS, "events.tsv")
    data[3, events[4, 0] + 10] = 1e-3
    noisy = mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)
    onset = events[7, 0] / raw.info["sfreq"]
    noisy.annotations.append(onset + 0.1, 0.0, "BAD boundary")
    noisy.annotations.append(events[9, 0] / raw.info["sfreq"], 0.3, "bad_muscle")
    noisy.crop(0, events[-1, 0] / raw.info["sfreq"] + 0.5)
    events, event_id = select_events(noisy, CONDITIONS, "events.tsv")
    epochs, found = cut_epochs(noisy, events, event_id, Epochs(), "rec.edf", RNG)
    assert found["dropped"] == {
        "BAD boundary": 1,
        "amplitude": 1,
        "bad_muscle": 1,
        "recording's edge": 1,
    }
    assert found["events"] == {"rare": 25, "common": 25}
    assert sum(found["kept"].values()) == len(epochs) == 46
    dropped = {i for i, entry in enumerate(epochs.drop_log) if entry}
    assert dropped == {4, 7, 9, 49}


def test_baseline_and_channels(raw: mne.io.BaseRaw) -> None:
    raw.set_channel_types({"Cz": "eog"}, on_unit_change="ignore")
    raw.info["bads"] = ["F4"]
    events, event_id = select_events(raw, CONDITIONS, "events.tsv")
    epochs, _ = cut_epochs(raw, events, event_id, Epochs(reject=None), "rec.edf", RNG)
    assert "Cz" not in epochs.ch_names
    assert "F4" in epochs.ch_names
    again = epochs.copy().apply_baseline((-0.2, 0.0), verbose="ERROR")
    np.testing.assert_allclose(epochs.get_data(), again.get_data(), atol=1e-12)
    assert epochs.baseline == pytest.approx((-0.2, 0.0), abs=0.005)
    rare, common = trials(epochs, ["rare", "common"])
    np.testing.assert_array_equal(rare, epochs["rare"].get_data())
    np.testing.assert_array_equal(common, epochs["common"].get_data())


def test_too_few_epochs_left_is_an_error(raw: mne.io.BaseRaw) -> None:
    events, event_id = select_events(raw, CONDITIONS, "events.tsv")
    with pytest.raises(
        ValueError,
        match=r"rec.edf: fewer than preprocess.epochs.min_trials \(10\) epochs left in "
        r"condition\(s\) rare 0 of 25, common 0 of 25. Dropped for: amplitude 50. Raise "
        r"preprocess.epochs.reject",
    ):
        cut_epochs(raw, events, event_id, Epochs(reject=1.0), "rec.edf", RNG)


def test_without_conditions_there_are_no_events(raw: mne.io.BaseRaw) -> None:
    events, event_id = select_events(raw, {}, "events.tsv")
    assert events.shape == (0, 3)
    assert event_id == {}


@pytest.mark.parametrize(
    ("samples", "length", "epochs", "longest"),
    [
        ([0, 100, 200], 100, 0, 0.0),  # the next begins where the one before has ended
        ([200, 0, 100], 101, 2, 0.01),
        ([0, 50, 300, 390], 100, 2, 0.5),
        ([7], 100, 0, 0.0),
        ([], 100, 0, 0.0),
    ],
)
def test_overlap_is_counted(samples: list[int], length: int, epochs: int, longest: float) -> None:
    found = overlap_of(np.array(samples, dtype=int), length, 100.0)
    assert found == {"epochs": epochs, "of": len(samples), "longest_s": longest}


def test_only_what_is_tested_must_be_independent(change_params: Callable[..., Any]) -> None:
    """Trials 0.6 s apart: their epochs overlap, what is tested of them does not."""
    samples = np.arange(0, 600, 60)
    params = change_params()
    assert examined_span(params) == (-0.2, 0.4)
    assert overlap_of(samples, 81, 100.0)["epochs"] == 9
    assert examined_overlap(samples, params, 100.0)["epochs"] == 9  # by one sample
    assert examined_overlap(samples + np.arange(10), params, 100.0)["epochs"] == 0
    assert examined_overlap(samples, change_params(contrasts={}), 100.0) is None
