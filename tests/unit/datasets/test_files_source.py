from datetime import UTC, datetime

import mne
import numpy as np
import pytest
from pydantic import ValidationError

from neuro.config import Recordings
from neuro.config.source import FilesSource
from neuro.datasets import fetch, index
from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.listing import list_recordings
from neuro.datasets.pattern import find
from neuro.datasets.registry import open_source
from neuro.datasets.table import read_rows
from neuro.preprocess.reading import open_recording

NAMES = ["Fz", "Cz", "Pz", "O1"]
ONSETS = [1.0, 2.5, 4.0]
KINDS = ["face", "house", "face"]
# Largest error of each format: 16 or 24 bits over the channel's range, 32-bit floats.
FORMATS = {
    "edf": 3e-9,
    "bdf": 2e-11,
    "vhdr": 2e-11,
    "set": 2e-11,
    "fif": 2e-11,
    "fif.gz": 2e-11,
}
POSITIONS = {"set", "fif", "fif.gz"}


@pytest.fixture(scope="session")
def original():
    """Four electrodes for ten seconds, with events and positions."""
    info = mne.create_info(NAMES, 256.0, "eeg")
    noise = np.random.default_rng(0).standard_normal((4, 2560)) * 2e-5
    raw = mne.io.RawArray(noise, info, verbose="error")
    raw.set_montage("biosemi16")
    return raw.set_annotations(mne.Annotations(ONSETS, [0, 0, 0.5], KINDS))


@pytest.fixture(autouse=True)
def _quiet():
    with mne.use_log_level("error"):
        yield


@pytest.fixture
def save(tmp_path):
    def save(raw, name):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if ".fif" in name:
            raw.save(path)
        else:
            mne.export.export_raw(path, raw)
        return path

    return save


@pytest.fixture
def walk(tmp_path):
    """Function: fetch, index and open the only recording of a `files` source."""

    def walk(**keys):
        config = files(tmp_path, **keys)
        data = tmp_path / "data" / "mine"
        fetch.run(config, "mine", None, data / "fetch.json", progress=False)
        table = data / "recordings.tsv"
        index.run_fetched(config, Recordings(), "mine", data / "fetch.json", table)
        (recording,) = list_recordings(config, Recordings(), "mine")
        return open_recording(data / "bids", recording).raw, read_rows(table)[0]

    return walk


def files(tmp_path, **keys):
    return FilesSource(type="files", path=str(tmp_path / "in"), **keys)


def told(raw):
    return [
        (round(float(onset), 3), str(name))
        for onset, name in zip(raw.annotations.onset, raw.annotations.description, strict=True)
    ]


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_format_round_trips(kind, original, save, walk):
    save(original, f"P1/rest{'_raw' if 'fif' in kind else ''}.{kind}")
    names = {f"Comment/{name}": name for name in set(KINDS)} if kind == "vhdr" else {}
    raw, row = walk(pattern=f"{{subject}}/{{task}}*.{kind}", events={"names": names})
    assert raw.ch_names == NAMES
    np.testing.assert_allclose(raw.get_data(), original.get_data(), rtol=0, atol=FORMATS[kind])
    assert told(raw) == list(zip(ONSETS, KINDS, strict=True))
    assert (row["subject"], row["task"]) == ("P1", "rest")
    assert (row["sfreq"], row["n_channels"], row["duration"]) == ("256.0", "4", "10.0")
    if kind in POSITIONS:
        positions = raw.get_montage().get_positions()["ch_pos"]
        for name, where in original.get_montage().get_positions()["ch_pos"].items():
            np.testing.assert_allclose(positions[name], where, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_what_bids_allows_is_copied(kind, original, save, tmp_path):
    path = save(original, f"a_raw.{kind}")
    config = files(tmp_path, pattern=f"{{subject}}_raw.{kind}")
    (recording,) = open_source(config, "mine").listing()
    fetch.run(config, "mine", None, tmp_path / "fetch.json", progress=False)
    written = tmp_path / "bids" / recording.path
    assert (written.suffix == path.suffix) == (kind in {"edf", "bdf", "vhdr", "set"})
    assert (written.read_bytes() == path.read_bytes()) == (kind in {"edf", "bdf", "set"})


def test_the_same_files_make_the_same_tree(original, save, tmp_path):
    save(original, "a_raw.fif")
    config = files(tmp_path, pattern="{subject}_raw.fif")
    records = []
    for place in ("one", "two"):
        fetch.run(config, "mine", None, tmp_path / place / "fetch.json", progress=False)
        records.append((tmp_path / place / "fetch.json").read_text())
    assert records[0] == records[1]


def test_fif_in_a_bids_tree_is_read_in_place(original, tmp_path):
    path = tmp_path / "sub-1/eeg/sub-1_task-x_eeg.fif"
    path.parent.mkdir(parents=True)
    original.save(path)
    (recording,) = scan(tmp_path)
    raw = open_recording(tmp_path, recording).raw
    np.testing.assert_allclose(raw.get_data(), original.get_data(), rtol=1e-6)
    assert told(raw) == list(zip(ONSETS, KINDS, strict=True))


def test_events_keep_their_place_when_the_recording_begins_later(original, save, walk):
    later = mne.io.RawArray(original.get_data(), original.info, first_samp=512)
    save(later.set_annotations(original.annotations), "x_raw.fif")
    raw, _ = walk(pattern="{subject}_raw.fif")
    assert told(raw) == list(zip(ONSETS, KINDS, strict=True))


@pytest.mark.parametrize("first", [0, 512])
@pytest.mark.parametrize("dated", [False, True])
def test_events_of_a_trigger_channel(original, save, walk, first, dated):
    data = np.zeros((1, 2560))
    for onset, code in ((1.0, 1), (2.5, 258), (4.0, 1)):
        data[0, int(onset * 256) : int(onset * 256) + 5] = code
    info = mne.create_info(["STI"], 256.0, "stim")
    raw = mne.io.RawArray(original.get_data(), original.info, first_samp=first)
    raw.add_channels([mne.io.RawArray(data, info, first_samp=first)], force_update_info=True)
    raw.set_annotations(mne.Annotations(5.0, 1.0, "BAD_break"))
    raw.set_meas_date(datetime(2001, 2, 3, tzinfo=UTC) if dated else None)
    save(raw, "x_raw.fif")
    names = {"1": "face", "2": "house"}
    events = {"take": "stim", "names": names, "mask": 255}
    got, _ = walk(pattern="{subject}_raw.fif", events=events)
    assert told(got) == [*zip(ONSETS, KINDS, strict=True), (5.0, "BAD_break")]
    assert got.ch_names == NAMES  # the trigger channel would give the condition away


def test_events_of_a_table(original, save, walk, tmp_path):
    save(original, "s1/go.edf")
    table = tmp_path / "in" / "s1" / "go.csv"
    table.write_text("trial_type,onset\nleft,0.5\nright,3\n")
    events = {"take": "table", "table": "{subject}/{task}.csv"}
    raw, _ = walk(pattern="{subject}/{task}.edf", events=events)
    assert told(raw) == [(0.5, "left"), (3.0, "right")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("onset\ttrial_type\n11\tx\n", r"line 2: onset must be within .* 0 to 10 s.*'11'"),
        ("onset\ttrial_type\n-1\tx\n", "'-1'"),
        ("onset\ttrial_type\nsoon\tx\n", "'soon'"),
        ("onset\ttype\n1\tx\n", r"lacks column\(s\) \['trial_type'\]"),
        ("onset\ttrial_type\n1\n", "line 2: not 2 values"),
        ("onset\ttrial_type\n", "no events in its table"),
        (None, r"s1\.tsv is missing"),
    ],
)
def test_bad_table_is_an_error(original, save, walk, tmp_path, content, message):
    save(original, "s1.edf")
    if content is not None:
        (tmp_path / "in" / "s1.tsv").write_text(content)
    with pytest.raises(DatasetError, match=message):
        walk(pattern="{subject}.edf", events={"take": "table", "table": "{subject}.tsv"})


def test_name_that_stands_for_nothing_is_an_error(original, save, walk):
    save(original, "s1.edf")
    with pytest.raises(DatasetError, match=r"no event 'fase'\. Did you mean 'face'"):
        walk(pattern="{subject}.edf", events={"names": {"fase": "Face"}})


def test_unknown_trigger_channel_is_an_error(original, save, walk):
    save(original, "s1.edf")
    with pytest.raises(DatasetError, match=r"no channel 'Status'.*Trigger channels: none"):
        walk(pattern="{subject}.edf", events={"take": "stim", "stim_channel": "Status"})


def test_channel_types_reach_the_tree(original, save, walk):
    save(original, "s1.edf")
    raw, row = walk(pattern="{subject}.edf", channel_types={"O1": "eog"}, line_freq=50)
    assert raw.get_channel_types() == ["eeg", "eeg", "eeg", "eog"]
    assert row["n_channels"] == "3"
    assert raw.info["line_freq"] == 50
    with pytest.raises(DatasetError, match=r"channel_types: .*no channel\(s\) \['O9'\]"):
        walk(pattern="{subject}.edf", channel_types={"O9": "eog"})


def test_recording_without_eeg_is_an_error(original, save, walk):
    save(original.copy().set_channel_types(dict.fromkeys(NAMES, "misc")), "s_raw.fif")
    with pytest.raises(DatasetError, match="no EEG channel; it has channels of type misc"):
        walk(pattern="{subject}_raw.fif")


def test_broken_file_is_an_error(tmp_path, walk):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s1.cnt").write_bytes(b"no recording")
    with pytest.raises(DatasetError, match=r"s1\.cnt: MNE cannot read the file"):
        walk(pattern="{subject}.cnt")


@pytest.fixture
def folder(tmp_path):
    for path in ("p1/pre/rest_1.cnt", "p1/post/rest_1.cnt", "p2/pre/rest_1.cnt", "notes.txt"):
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).touch()
    return tmp_path


def test_pattern_gives_the_entities_without_opening_a_file(folder):
    config = files(folder, pattern="{subject}/{session}/{task}_{run}.cnt")
    assert [recording.path for recording in open_source(config, "mine").listing()] == [
        "sub-p1/ses-post/eeg/sub-p1_ses-post_task-rest_run-1_eeg.vhdr",
        "sub-p1/ses-pre/eeg/sub-p1_ses-pre_task-rest_run-1_eeg.vhdr",
        "sub-p2/ses-pre/eeg/sub-p2_ses-pre_task-rest_run-1_eeg.vhdr",
    ]


def test_pattern_that_fits_nothing_is_an_error(folder):
    plugin = open_source(files(folder, pattern="{subject}/*.mff"), "mine")
    with pytest.raises(
        DatasetError, match=r"datasets\.mine\.source\.pattern: '\{subject\}/\*\.mff' fits no path"
    ) as error:
        plugin.listing()
    assert "p1/pre/rest_1.cnt" in str(error.value)


def test_two_files_for_one_recording_are_an_error(folder):
    plugin = open_source(files(folder, pattern="{subject}/*/{task}_*.cnt"), "mine")
    with pytest.raises(
        DatasetError, match=r"'sub-p1_task-rest': p1/post/rest_1\.cnt and p1/pre/rest_1\.cnt"
    ):
        plugin.listing()


def test_missing_folder_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match=r"source\.path: no folder"):
        open_source(files(tmp_path, pattern="{subject}.edf"), "mine").listing()


def test_run_that_is_no_number_is_an_error(folder):
    plugin = open_source(files(folder, pattern="{subject}/{run}/*.cnt"), "mine")
    with pytest.raises(DatasetError, match=r"p1/post/rest_1\.cnt: run 'post' is not a number"):
        plugin.listing()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("*.edf", "must hold the placeholder"), ("{subject}_{sesion}.edf", r"\['sesion'\]; allowed")],
)
def test_bad_pattern_is_refused(pattern, message):
    with pytest.raises(ValidationError, match=message):
        FilesSource(type="files", path="x", pattern=pattern)


def test_a_changed_file_changes_the_stamp(folder):
    plugin = open_source(files(folder, pattern="{subject}/{session}/*.cnt"), "mine")
    before = plugin.stamp()
    assert plugin.stamp() == before
    (folder / "in/p1/pre/rest_1.cnt").write_bytes(b"more")
    assert plugin.stamp() != before


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{subject}.mff", ["s1.mff"]),  # a folder that is a recording is not looked into
        ("**/{subject}.bin", ["deep/er/s3.bin"]),
        ("s?/{subject}_{subject}.edf", ["s2/a_a.edf"]),
        ("{subject}(1).edf", ["b(1).edf"]),
    ],
)
def test_find(tmp_path, pattern, expected):
    for path in ("s1.mff/s9.bin", "deep/er/s3.bin", "s2/a_a.edf", "s2/a_b.edf", "b(1).edf"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = [match.path for match in find(tmp_path, pattern)]
    if "**" in pattern:
        found = [path for path in found if ".mff" not in path]
    assert found == expected
