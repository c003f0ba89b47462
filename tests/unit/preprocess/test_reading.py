"""Reading from BIDS: sidecars are applied, discontinuities marked, broken input refused."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuro.preprocess.reading import open_recording


def test_sidecars_are_applied_without_noise(tree: Any) -> None:
    tree.edit("_channels.tsv", lambda text: text.replace("good", "bad", 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = open_recording(tree.root, tree.recording)
    assert source.raw.info["bads"] == [source.raw.ch_names[0]]
    assert {"target", "standard", "bad_muscle"} <= set(source.raw.annotations.description)
    assert np.isfinite([ch["loc"][:3] for ch in source.raw.info["chs"]]).all()
    assert source.events_path == tree.sidecar("_events.tsv")
    assert source.notes() == []


def test_boundaries_stop_filters_and_epochs(tree: Any) -> None:
    raw = open_recording(tree.root, tree.recording).raw
    for label in ("BAD boundary", "EDGE boundary"):
        onsets = raw.annotations.onset[raw.annotations.description == label]
        np.testing.assert_allclose(onsets, [20.0, 33.1], atol=0.005)


def test_measurement_date_is_removed(tree: Any) -> None:
    scans = tree.root / "sub-01" / "sub-01_scans.tsv"
    scans.write_text("filename\tacq_time\neeg/sub-01_task-odd_eeg.edf\t2020-01-01T00:00:00\n")
    assert open_recording(tree.root, tree.recording).raw.info["meas_date"] is None


def test_byte_order_mark_is_ignored(tree: Any) -> None:
    for suffix in ("_events.tsv", "_channels.tsv"):
        tree.edit(suffix, lambda text: "\ufeff" + text)
    raw = open_recording(tree.root, tree.recording).raw
    assert "target" in raw.annotations.description


def test_trial_types_with_several_values_keep_their_names(tree: Any) -> None:
    """MNE-BIDS would call them `target/2` and `target/7`."""
    tree.edit("_events.tsv", lambda text: text.replace("target\t", "odd/target\t"))
    lines = tree.sidecar("_events.tsv").read_text().splitlines()
    column = lines[0].split("\t").index("value")
    first = next(i for i, line in enumerate(lines) if "target" in line)
    cells = lines[first].split("\t")
    cells[column] = "77"
    lines[first] = "\t".join(cells)
    tree.sidecar("_events.tsv").write_text("\n".join(lines) + "\n")
    raw = open_recording(tree.root, tree.recording).raw
    assert sum(raw.annotations.description == "odd/target") == 25


def test_events_beyond_the_end_are_told(tree: Any) -> None:
    tree.edit("_events.tsv", lambda text: text + text.splitlines()[-1].replace("60.8", "999.0"))
    lines = tree.sidecar("_events.tsv").read_text().splitlines()
    cells = lines[-1].split("\t")
    cells[0] = "999.0"
    tree.sidecar("_events.tsv").write_text("\n".join([*lines[:-1], "\t".join(cells)]) + "\n")
    source = open_recording(tree.root, tree.recording)
    (note,) = source.notes()
    assert "1 of 54 events in events.tsv lie outside of the recording (0 to 64.0 s)" in note
    assert "the first at 999 s" in note
    assert source.notes(with_events=False) == []


@pytest.mark.parametrize("name", ["channels.tsv", "events.tsv", "eeg.json"])
def test_missing_sidecar_is_told_with_what_follows(tree: Any, name: str) -> None:
    tree.sidecar(f"_{name}").unlink()
    source = open_recording(tree.root, tree.recording)
    (note,) = source.notes()
    assert note.startswith(f"The recording has no {name}: ")
    assert len(source.notes(with_events=False)) == (name != "events.tsv")


def _twice(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines, lines[1]]) + "\n"


def _renamed(text: str) -> str:
    return text.replace("O1", "01")


@pytest.mark.parametrize(
    ("suffix", "change", "message"),
    [
        ("_channels.tsv", _twice, r"_channels.tsv: channel names are given more than once: Fp1"),
        ("_channels.tsv", _renamed, r"not readable as a BIDS eeg recording \(RuntimeError: Chann"),
        (
            "_channels.tsv",
            lambda text: "\n".join(text.splitlines()[:-2]) + "\n",
            r"only in the recording: Oz, O2; only in channels.tsv: none. List the recording's",
        ),
        (
            "_channels.tsv",
            lambda text: text + text.splitlines()[-1].replace("O2", "X1", 1) + "\n",
            r"only in channels.tsv: ",
        ),
    ],
)
def test_channels_that_do_not_fit_are_refused(
    tree: Any, suffix: str, change: Callable[[str], str], message: str
) -> None:
    tree.edit(suffix, change)
    with pytest.raises(ValueError, match=message):
        open_recording(tree.root, tree.recording)


def test_double_names_in_the_file_are_refused(tree: Any) -> None:
    content = bytearray(tree.raw.read_bytes())
    content[256 : 256 + 16] = content[256 + 16 : 256 + 32]  # label of the first := of the second
    tree.raw.write_bytes(bytes(content))
    tree.sidecar("_channels.tsv").unlink()
    with pytest.raises(ValueError, match=r"_eeg.edf: Channel names are not unique.*Every channel"):
        open_recording(tree.root, tree.recording)


def test_truncated_file_is_refused(tree: Any) -> None:
    tree.raw.write_bytes(tree.raw.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"_eeg.edf: the file is truncated"):
        open_recording(tree.root, tree.recording)


def test_missing_file_is_told(tree: Any) -> None:
    tree.raw.unlink()
    with pytest.raises(FileNotFoundError, match=r"_eeg.edf: no such recording"):
        open_recording(tree.root, tree.recording)
