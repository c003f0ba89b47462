"""The source `files` for MEG, fMRI, calcium imaging and spikes."""

import json
import os

import mne
import nibabel
import numpy as np
import pytest

from neuro.config import Recordings
from neuro.config.source import FilesSource
from neuro.datasets import fetch, index
from neuro.datasets.base import DatasetError
from neuro.datasets.listing import list_recordings
from neuro.datasets.registry import open_source
from neuro.datasets.table import read_rows
from neuro.io.atomic import read_json


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def walk(tmp_path, folder):
    """Function: fetch and index the only recording of a source; returns its path and its row."""

    def walk(modality, **keys):
        config = FilesSource(type="files", path=str(folder), **keys)
        data = tmp_path / "data" / "mine"
        record = data / "fetch.json"
        fetch.run(config, "mine", None, record, progress=False, modality=modality)
        table = data / "recordings.tsv"
        index.run_fetched(config, Recordings(), "mine", record, table, modality)
        (recording,) = list_recordings(config, Recordings(), "mine", modality)
        (row,) = read_rows(table)
        assert row["path"] == recording.path
        return data / "bids" / recording.path, row

    return walk


@pytest.fixture
def meg():
    """Two MEG channels and a trigger channel, ten seconds, first sample 500, two annotations."""
    data = np.random.default_rng(0).standard_normal((3, 1000)) * 1e-12
    data[2] = 0
    data[2, 300:305] = 7
    info = mne.create_info(["a", "b", "STI"], 100.0, ["grad", "mag", "stim"])
    raw = mne.io.RawArray(data, info, first_samp=500, verbose="error")
    return raw.set_annotations(mne.Annotations([1.0, 2.5], [0.0, 0.5], ["left", "right"]))


def test_fif_is_copied_with_its_events(meg, folder, walk):
    meg.save(folder / "p1_go_raw.fif", verbose="error")
    path, row = walk("meg", pattern="{subject}_{task}_raw.fif", line_freq=50)
    assert path.as_posix().endswith("bids/sub-p1/meg/sub-p1_task-go_meg.fif")
    assert path.read_bytes() == (folder / "p1_go_raw.fif").read_bytes()
    assert (row["sfreq"], row["n_channels"], row["duration"]) == ("100.0", "2", "10.0")
    events = read_rows(path.with_name("sub-p1_task-go_events.tsv"))
    assert [(float(e["onset"]), float(e["duration"]), e["trial_type"]) for e in events] == [
        (1.0, 0.0, "left"),
        (2.5, 0.5, "right"),
    ]
    assert read_json(path.with_name("sub-p1_task-go_meg.json"))["PowerLineFrequency"] == 50


def test_triggers_of_meg(meg, folder, walk):
    meg.set_annotations(None).save(folder / "p1_raw.fif", verbose="error")
    events = {"take": "stim", "names": {"7": "tone"}}
    path, _ = walk("meg", pattern="{subject}_raw.fif", events=events)
    (event,) = read_rows(path.with_name("sub-p1_task-task_events.tsv"))
    assert (float(event["onset"]), event["trial_type"]) == (3.0, "tone")


def test_recording_at_rest_needs_no_events(meg, folder, walk):
    meg.set_annotations(None).save(folder / "p1_raw.fif", verbose="error")
    path, _ = walk("meg", pattern="{subject}_raw.fif", task="rest")
    assert not list(path.parent.glob("*_events.tsv"))


def test_split_fif_keeps_all_its_samples(folder, walk, tmp_path):
    info = mne.create_info(4, 1000.0, "mag")
    noise = np.random.default_rng(1).standard_normal((4, 300_000)) * 1e-12
    raw = mne.io.RawArray(noise, info, verbose="error")
    raw.save(folder / "p1_raw.fif", split_size="3MB", verbose="error")
    path, row = walk("meg", pattern="{subject}_raw.fif")
    assert row["duration"] == "300.0"
    read = mne.io.read_raw_fif(path, verbose="error").get_data()
    np.testing.assert_allclose(read, raw.get_data(), rtol=1e-6)


def test_changed_channel_types_are_in_the_file(meg, folder, walk):
    meg.save(folder / "p1_raw.fif", verbose="error")
    path, _ = walk("meg", pattern="{subject}_raw.fif", channel_types={"STI": "misc"})
    assert mne.io.read_raw_fif(path, verbose="error").get_channel_types()[2] == "misc"


def test_meg_without_meg_is_an_error(folder, walk):
    info = mne.create_info(2, 100.0, "eeg")
    mne.io.RawArray(np.zeros((2, 100)), info, verbose="error").save(folder / "p1_raw.fif")
    with pytest.raises(DatasetError, match="no MEG channel; it has channels of type eeg"):
        walk("meg", pattern="{subject}_raw.fif")


def save_image(path, tr=2.0):
    image = nibabel.Nifti1Image(np.ones((2, 3, 4, 5), np.int16), np.eye(4))
    image.header.set_zooms((1, 1, 1, tr))
    image.header.set_xyzt_units("mm", "sec")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)


def test_image_with_what_lies_beside_it(folder, walk):
    save_image(folder / "p1/scan1.nii.gz", tr=0.0)
    (folder / "p1/scan1.json").write_text('{"SliceTiming": [0, 1]}')
    (folder / "p1/mask.nii.gz").write_bytes(b"mask")
    (folder / "p1/log1.csv").write_text("onset,trial_type,duration\n2,F,4\n8,H,4\n")
    path, row = walk(
        "fmri",
        pattern="{subject}/scan{run}.nii.gz",
        task="view",
        tr=2.5,
        events={"take": "table", "table": "{subject}/log{run}.csv", "names": {"F": "face"}},
        beside={"desc-brain_mask.nii.gz": "{subject}/mask.nii.gz"},
    )
    stem = "sub-p1_task-view_run-1"
    assert path.name == f"{stem}_bold.nii.gz"
    assert row["duration"] == "12.5"
    told = {"SliceTiming": [0, 1], "RepetitionTime": 2.5, "TaskName": "view"}
    assert read_json(path.with_name(f"{stem}_bold.json")) == told
    assert path.with_name(f"{stem}_desc-brain_mask.nii.gz").read_bytes() == b"mask"
    events = read_rows(path.with_name(f"{stem}_events.tsv"))
    assert [e["trial_type"] for e in events] == ["face", "H"]
    assert not path.is_symlink()


def test_table_of_parcels_is_no_image(folder, walk):
    (folder / "p1.tsv").write_text("a\tb\n1\t2\n")
    path, row = walk("fmri", pattern="{subject}.tsv", tr=0.72)
    assert path.name == "sub-p1_task-task_timeseries.tsv"
    assert row["duration"] == "0.72"


def test_missing_file_beside_is_an_error(folder, walk):
    save_image(folder / "p1.nii")
    with pytest.raises(DatasetError, match=r"source\.beside\.mask\.nii: .*p1_m\.nii is missing"):
        walk("fmri", pattern="{subject}.nii", beside={"mask.nii": "{subject}_m.nii"})


def test_suite2p_is_copied_without_its_pickles(folder, walk):
    plane = folder / "m1/2024/suite2p/plane0"
    plane.mkdir(parents=True)
    for name in ("F", "Fneu", "iscell"):
        np.save(plane / f"{name}.npy", np.zeros((3, 20), np.float32))
    (plane / "ops.npy").write_bytes(b"pickle")
    (plane / "data.bin").write_bytes(b"movie")
    path, row = walk("calcium", pattern="{subject}/{session}/suite2p/plane0", sfreq=10)
    assert path.as_posix().endswith("sub-m1/ses-2024/ophys/sub-m1_ses-2024_ophys.suite2p")
    assert sorted(p.name for p in path.iterdir()) == ["F.npy", "Fneu.npy", "iscell.npy"]
    assert (row["sfreq"], row["n_channels"], row["duration"]) == ("10.0", "3", "2.0")


def test_worm_with_the_names_of_its_neurons(folder, walk):
    rows = [[i * 0.5, [1.0, 2.0]] for i in range(10)]
    (folder / "w1.json").write_text(json.dumps(rows))
    (folder / "names.json").write_text('["AVAL", "AVAR"]')
    path, row = walk("calcium", pattern="w{subject}.json", beside={"neurons.json": "names.json"})
    assert path.name == "sub-1_ophys.json"
    assert row["sfreq"] == "2.0"
    assert read_json(path.with_name("sub-1_neurons.json")) == ["AVAL", "AVAR"]


def test_phy_is_copied_without_raw_samples(folder, walk):
    (folder / "r1").mkdir()
    np.save(folder / "r1/spike_clusters.npy", np.array([1, 1, 5]))
    np.save(folder / "r1/spike_times.npy", np.array([1, 2, 3]))
    for name in ("params.py", "cluster_group.tsv", "recording.dat", "pc_features.npy"):
        (folder / "r1" / name).write_text("x")
    path, row = walk("spikes", pattern="{subject}")
    assert path.name == "sub-r1_ecephys.phy"
    assert row["n_channels"] == "2"
    kept = {"spike_clusters.npy", "spike_times.npy", "params.py", "cluster_group.tsv"}
    assert {p.name for p in path.iterdir()} == kept


def test_folder_of_something_else_is_an_error(folder, walk):
    (folder / "r1").mkdir()
    (folder / "r1/notes.txt").touch()
    with pytest.raises(DatasetError, match=r"r1: holds nothing that a folder \.phy has"):
        walk("spikes", pattern="{subject}")


@pytest.mark.parametrize(
    ("modality", "keys", "message"),
    [
        ("fmri", {"line_freq": 50}, r"line_freq is for modality eeg and meg, not for 'fmri'"),
        ("fmri", {"sfreq": 50}, r"sfreq is for modality calcium"),
        ("calcium", {"tr": 2}, r"tr is for modality fmri"),
        ("spikes", {"channel_types": {"a": "eog"}}, r"channel_types is for modality eeg"),
        ("fmri", {"events": {"take": "stim"}}, r"events\.take: got 'stim' .*; allowed: table"),
        ("calcium", {"events": {"take": "stim"}}, r"events\.take: .* leave the key `events` out"),
    ],
)
def test_key_of_another_modality_is_an_error(folder, walk, modality, keys, message):
    with pytest.raises(DatasetError, match=rf"datasets\.mine\.source\.{message}"):
        walk(modality, pattern="{subject}.nii", **keys)


def test_format_of_another_modality_is_an_error(folder, walk):
    (folder / "p1.edf").touch()
    with pytest.raises(
        DatasetError, match=r"pattern: fits .*p1\.edf, which is no format of .*'fmri'.* \.nii, "
    ):
        walk("fmri", pattern="{subject}.edf")


def test_change_of_any_file_that_is_read_changes_the_stamp(folder):
    save_image(folder / "p1.nii")
    for name in ("p1.json", "p1_events.tsv", "mask.nii"):
        (folder / name).write_text("{}")
    config = FilesSource(
        type="files",
        path=str(folder),
        pattern="{subject}.nii",
        events={"take": "table", "table": "{subject}_events.tsv"},
        beside={"desc-brain_mask.nii": "mask.nii"},
    )
    plugin = open_source(config, "mine", "fmri")
    for name in ("p1.nii", "p1.json", "p1_events.tsv", "mask.nii"):
        before = plugin.stamp()
        os.utime(folder / name, (1, 1))
        assert plugin.stamp() != before
