"""Bad input, from the raw file to the report: one clear error, or a loud warning.

`pytest -s` prints each message.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mne
import mne_bids
import numpy as np
import pytest

from neuro.config.dataset import EEGDataset
from neuro.io import manifest
from neuro.io.bids import Recording
from neuro.preprocess import eeg, erp
from neuro.preprocess.look_eeg import look

EVENTS = {"target": ["target"], "standard": ["standard"]}
LONG = {
    "first": ["target"],
    "second": ["standard"],
    "component": "late",
    "polarity": "negative",
    "roi": ["O1", "O2"],
    "window": [0.13, 0.2],
    "test_window": [0, 1.1],
}
FILTER = {"filter": {"l_freq": 0.5, "h_freq": 30}}


def section(params: Any) -> EEGDataset:
    return EEGDataset.model_validate(
        {
            "modality": "eeg",
            "source": {"type": "bids", "path": "x"},
            "events": EVENTS,
            "preprocess": params.model_dump(mode="json", exclude_none=True),
        }
    )


def work(tree: Any, out: Path, params: Any) -> manifest.Manifest:
    """Clean and average as the workflow does; the recording's manifest."""
    rng = np.random.default_rng(0)
    epochs = out / "sub-01_task-odd_epo.fif"
    eeg.run(epochs, root=tree.root, recording=tree.recording, events=EVENTS, params=params, rng=rng)
    paths = SimpleNamespace(
        erp=out / "sub-01_task-odd_erp.h5",
        evoked=out / "sub-01_task-odd_ave.fif",
        figures=out / "figures",
        manifest=out / "manifest.json",
    )
    erp.run(epochs, paths, dataset="d", recording_name="sub-01_task-odd", params=params, rng=rng)
    return manifest.read(paths.manifest)


def seen(tree: Any, params: Any) -> tuple[list[str], list[str]]:
    """Problems and warnings of a look at the header."""
    glance = look(tree.root, tree.recording, section(params))
    return glance.problems, glance.warnings


def volts_for_microvolts(tree: Any) -> None:
    """In the EDF's header, all physical dimensions."""
    content = tree.raw.read_bytes()
    n = int(content[252:256])
    start, end = 256 + n * (16 + 80), 256 + n * (16 + 80 + 8)
    units = content[start:end].replace(b"uV      ", b"V       ")
    tree.raw.write_bytes(content[:start] + units + content[end:])


def second_name_for_the_first(tree: Any) -> None:
    content = bytearray(tree.raw.read_bytes())
    content[256:272] = content[272:288]
    tree.raw.write_bytes(bytes(content))
    tree.sidecar("_channels.tsv").unlink()


def channel_listed_twice(tree: Any) -> None:
    tree.edit("_channels.tsv", lambda text: text + text.splitlines()[-1] + "\n")


def onsets(change: Callable[[int, float], float]) -> Callable[[Any], None]:
    """Change the onsets in events.tsv."""

    def edit(text: str) -> str:
        head, *rows = text.splitlines()
        cells = [row.split("\t") for row in rows]
        for i, row in enumerate(cells):
            row[0] = str(change(i, float(row[0])))
        return "\n".join([head, *("\t".join(row) for row in cells)]) + "\n"

    return lambda tree: tree.edit("_events.tsv", edit)


def without(*names: str) -> Callable[[Any], None]:
    def remove(tree: Any) -> None:
        for name in names:
            tree.sidecar(f"_{name}").unlink()

    return remove


def as_it_is(tree: Any) -> None:
    """The parameters are what does not fit."""


ERRORS: dict[str, tuple[Callable[[Any], None], dict[str, Any], str, bool]] = {
    "units off by 1e6": (
        volts_for_microvolts,
        {},
        r"_eeg.edf: the median EEG channel has a standard deviation of \S+ µV, outside of 0.01 to "
        r"5000 µV: its unit is wrong. Correct the unit in the file's header",
        False,
    ),
    "two channels of one name in the file": (
        second_name_for_the_first,
        {},
        r"_eeg.edf: Channel names are not unique, found duplicates for: .* Every channel needs a "
        r"name of its own",
        True,
    ),
    "two channels of one name in channels.tsv": (
        channel_listed_twice,
        {},
        r"_channels.tsv: channel names are given more than once: O2. Every channel needs a name",
        True,
    ),
    "all events past the end": (
        onsets(lambda i, onset: onset * 1000),
        {},
        r"_events.tsv: events.target: no event has trial_type target. It has: no events. 53 of 53 "
        r"events in events.tsv lie outside of the recording \(0 to 64.0 s\) and were left out, the "
        r"first at 2000 s; onsets are in seconds",
        True,
    ),
    "montage that does not know the channels": (
        as_it_is,
        {"chain": [{"montage": {"name": "biosemi128"}}]},
        r"_eeg.edf: preprocess.chain\[0\].montage.name: 'biosemi128' has no position for "
        r"channel\(s\) Fp1, .* Take another montage, or leave the step out",
        True,
    ),
    "recording shorter than its filter": (
        as_it_is,
        {"chain": [{"filter": {"l_freq": 0.03}}]},
        r"_eeg.edf: preprocess.chain\[0\].filter: the filter is 110.0 s long but the recording "
        r"only 64.0 s. Raise l_freq",
        True,
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_work_is_one_error(
    tree: Any, tmp_path: Path, change_params: Callable[..., Any], case: str
) -> None:
    """The job says it; `neuro check` says the same where the header shows it."""
    spoil, changes, message, foreseen = ERRORS[case]
    spoil(tree)
    params = change_params(**changes)
    with pytest.raises(ValueError, match=message) as error:
        work(tree, tmp_path / "out", params)
    print(f"\nerror, {case}:\n  {error.value}")
    assert not list(tmp_path.rglob("*.fif"))
    problems, _ = seen(tree, params)
    assert (str(error.value) in problems) == foreseen


def test_a_channel_of_nan_is_an_error(raw: mne.io.BaseRaw, tmp_path: Path, params: Any) -> None:
    """EDF cannot hold NaN, floating-point formats can."""
    data = raw.get_data()
    data[4] = np.nan
    broken = mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)
    path = mne_bids.BIDSPath(subject="01", task="odd", datatype="eeg", root=tmp_path / "bids")
    with mne.use_log_level("ERROR"):
        mne_bids.write_raw_bids(
            broken,
            path,
            format="BrainVision",
            allow_preload=True,
            event_id={"standard": 1, "target": 2},
        )
    recording = Recording("01", "", "odd", "", "eeg", "sub-01/eeg/sub-01_task-odd_eeg.vhdr")
    tree = SimpleNamespace(root=tmp_path / "bids", recording=recording)
    with pytest.raises(ValueError, match=r"_eeg.vhdr: NaN or infinite values in channel") as error:
        work(tree, tmp_path / "out", params)
    print(f"\nerror, channel of NaN:\n  {error.value}")
    assert f"channel(s) {raw.ch_names[4]}." in str(error.value)


WARNINGS: dict[str, tuple[Callable[[Any], None], dict[str, Any], str, bool]] = {
    "one event past the end": (
        onsets(lambda i, onset: 999.0 if i == 52 else onset),
        {},
        "1 of 53 events in events.tsv lie outside of the recording (0 to 64.0 s) and were left "
        "out, the first at 999 s; onsets are in seconds.",
        True,
    ),
    "no channels.tsv": (
        without("channels.tsv"),
        {},
        "The recording has no channels.tsv: channel types, units and bad channels are what the "
        "file itself tells.",
        True,
    ),
    "no events.tsv": (
        without("events.tsv"),
        {},
        "The recording has no events.tsv: events are the annotations of the file itself.",
        True,
    ),
    "no eeg.json": (
        without("eeg.json"),
        {},
        "The recording has no eeg.json: line frequency, reference and filters of the recorder are "
        "not known.",
        True,
    ),
    "overlapping epochs": (
        as_it_is,
        {"epochs": {"tmin": -0.2, "tmax": 1.1}, "contrasts": {"odd": LONG}},
        "40 of 44 epochs share up to 110 ms of what the contrasts look at (−200 to 1100 ms, with "
        "the baseline) with the epoch before. Such trials are not independent, as intervals and p "
        "values across trials take them to be: they are too optimistic. Shorten baseline and "
        "windows, or take fewer events.",
        False,  # it counts the events, of which some are dropped
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_what_may_be_meant_is_a_warning_in_the_report(
    tree: Any, tmp_path: Path, change_params: Callable[..., Any], case: str
) -> None:
    spoil, changes, message, alike = WARNINGS[case]
    spoil(tree)
    params = change_params(**changes)
    about = work(tree, tmp_path, params)
    print(f"\nwarning, {case}:\n  {message}")
    assert message in about.warnings
    problems, warnings = seen(tree, params)
    assert problems == []
    (told,) = warnings
    assert told.endswith(message) == alike


def test_overlap_is_foreseen(tree: Any, change_params: Callable[..., Any]) -> None:
    _, (told,) = seen(tree, change_params(**WARNINGS["overlapping epochs"][1]))
    assert "_events.tsv: 49 of 50 epochs share up to 109 ms of what the contrasts look at" in told


def test_overlap_of_what_is_not_tested_is_told_in_the_methods(
    tree: Any, tmp_path: Path, change_params: Callable[..., Any]
) -> None:
    params = change_params(epochs={"tmin": -0.2, "tmax": 1.1})
    about = work(tree, tmp_path, params)
    assert not any("independent" in warning for warning in about.warnings)
    told = "40 of 44 epochs began before the one before had ended, by up to 110 ms."
    assert any(told in paragraph for paragraph in about.methods)
    assert seen(tree, params) == ([], [])


@pytest.mark.parametrize("looked_for", [True, False])
def test_a_flat_channel_is_found_or_told(
    raw: mne.io.BaseRaw,
    new_tree: Callable[[mne.io.BaseRaw], Any],
    tmp_path: Path,
    change_params: Callable[..., Any],
    looked_for: bool,
) -> None:
    data = raw.get_data()
    data[4] = 2e-6
    flat = mne.io.RawArray(data, raw.info, verbose="ERROR").set_annotations(raw.annotations)
    chain = [FILTER, *(["bad_channels"] if looked_for else [])]
    params = change_params(chain=chain)
    about = work(new_tree(flat), tmp_path, params)
    numbers = {number.name: number.value for number in about.key_numbers}
    message = (
        "Flat channels count as good, since no step of the chain looks for them: "
        f"{raw.ch_names[4]}. Put `bad_channels` into the chain."
    )
    assert numbers["bad channels"] == looked_for
    assert (message in about.warnings) == (not looked_for)
    if not looked_for:
        print(f"\nwarning, flat channel:\n  {message}")
    story = json.loads(mne.read_epochs(next(tmp_path.glob("*_epo.fif"))).info["description"])
    assert story["history"][0]["found"]["flat"] == [raw.ch_names[4]]
