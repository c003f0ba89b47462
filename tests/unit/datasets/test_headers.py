import json

import h5py
import mne
import nibabel
import numpy as np
import pandas as pd
import pytest

from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.headers import header


@pytest.fixture
def facts(tmp_path):
    def facts(modality):
        (recording,) = scan(tmp_path, modality)
        row = header(tmp_path, recording, modality)
        return row["sfreq"], row["n_channels"], row["duration"]

    return facts


@pytest.fixture
def at(tmp_path):
    def at(path):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        return tmp_path / path

    return at


def test_meg_counts_meg_channels(at, facts):
    kinds = ["grad", "mag", "ref_meg", "eeg", "stim"]
    raw = mne.io.RawArray(
        np.zeros((5, 300)), mne.create_info(list("abcde"), 100.0, kinds), verbose="error"
    )
    raw.save(at("sub-1/meg/sub-1_task-x_meg.fif"), verbose="error")
    assert facts("meg") == ("100.0", "2", "3.0")


def test_missing_part_of_a_split_file_is_an_error(at, facts):
    info = mne.create_info(4, 1000.0, "mag")
    raw = mne.io.RawArray(np.zeros((4, 300_000)), info, verbose="error")
    path = at("sub-1/meg/sub-1_task-x_meg.fif")
    raw.save(path, split_size="3MB", split_naming="bids", verbose="error")
    assert facts("meg") == ("1000.0", "4", "300.0")
    (path.parent / "sub-1_task-x_split-02_meg.fif").unlink()
    with pytest.raises(DatasetError, match=r"split-01_meg\.fif: MNE cannot read.*split-02"):
        facts("meg")


@pytest.mark.parametrize(
    ("unit", "zoom", "sidecar", "expected"),
    [
        ("sec", 2.0, None, ("0.5", "24", "10.0")),
        ("msec", 2000.0, None, ("0.5", "24", "10.0")),
        ("sec", 1.0, 2.5, ("0.4", "24", "12.5")),
        ("sec", 0.0, None, ("", "24", "")),
    ],
)
def test_image(at, facts, unit, zoom, sidecar, expected):
    image = nibabel.Nifti1Image(np.zeros((2, 3, 4, 5), np.int16), np.eye(4))
    image.header.set_xyzt_units("mm", unit)
    image.header.set_zooms((1, 1, 1, zoom))
    nibabel.save(image, at("sub-1/func/sub-1_task-x_bold.nii.gz"))
    if sidecar:
        told = {"RepetitionTime": sidecar}
        at("sub-1/func/sub-1_task-x_bold.json").write_text(json.dumps(told))
    assert facts("fmri") == expected


def test_image_without_time_is_an_error(at, facts):
    image = nibabel.Nifti1Image(np.zeros((2, 3, 4), np.int16), np.eye(4))
    nibabel.save(image, at("sub-1/func/sub-1_task-x_bold.nii"))
    with pytest.raises(DatasetError, match=r"four dimensions, got shape \(2, 3, 4\)"):
        facts("fmri")


def test_table_of_parcels(at, facts):
    at("sub-1/func/sub-1_task-x_timeseries.tsv").write_text("a\tb\n1\t2\n3\t4\n5\t6\n")
    at("sub-1/func/sub-1_task-x_timeseries.json").write_text('{"RepetitionTime": 0.5}')
    assert facts("fmri") == ("2.0", "2", "1.5")


def test_suite2p_never_unpickles(at, facts):
    folder = "sub-1/ophys/sub-1_ophys.suite2p"
    np.save(at(f"{folder}/F.npy"), np.zeros((3, 40), np.float32))
    np.save(at(f"{folder}/ops.npy"), np.array([{"fs": 7}], dtype=object))
    assert facts("calcium") == ("", "3", "")
    at("sub-1/ophys/sub-1_ophys.json").write_text('{"SamplingFrequency": 10}')
    assert facts("calcium") == ("10.0", "3", "4.0")


def test_planes_of_suite2p_count_together(at, facts):
    for i in (0, 1):
        path = at(f"sub-1/ophys/sub-1_ophys.suite2p/plane{i}/F.npy")
        np.save(path, np.zeros((3 + i, 40), np.float32))
    assert facts("calcium")[1] == "7"


@pytest.mark.parametrize("timed", [True, False])
def test_nwb_series(at, facts, timed):
    with h5py.File(at("sub-1/ophys/sub-1_ophys.nwb"), "w") as file:
        series = file.create_group("processing/ophys/Fluorescence/RoiResponseSeries")
        series.attrs["neurodata_type"] = "RoiResponseSeries"
        series["data"] = np.zeros((50, 4))
        series["rois"] = np.arange(4)
        if timed:
            series["timestamps"] = np.arange(50) / 20
        else:
            series["starting_time"] = 0.0
            series["starting_time"].attrs["rate"] = 20.0
    assert facts("calcium") == ("20.0", "4", "2.5")


def test_nwb_without_a_series_is_an_error(at, facts):
    with h5py.File(at("sub-1/ophys/sub-1_ophys.nwb"), "w") as file:
        file["x"] = 1
    with pytest.raises(DatasetError, match=r"no RoiResponseSeries.*exclude: \[sub-1\]"):
        facts("calcium")


def test_caiman(at, facts):
    with h5py.File(at("sub-1/ophys/sub-1_ophys.h5"), "w") as file:
        file["estimates/C"] = np.zeros((6, 30))
        file["params/data/fr"] = 15.0
    assert facts("calcium") == ("15.0", "6", "2.0")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_table_of_neurons(at, facts, kind):
    frame = pd.DataFrame(np.zeros((20, 3)), columns=list("abc"))
    path = at(f"sub-1/ophys/sub-1_ophys.{kind}")
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    at("sub-1/ophys/sub-1_ophys.json").write_text('{"SamplingFrequency": 10}')
    assert facts("calcium") == ("10.0", "3", "2.0")


def test_worm(at, facts):
    rows = [[i * 0.5, [1.0, 2.0, 3.0]] for i in range(10)]
    at("sub-1/ophys/sub-1_ophys.json").write_text(json.dumps(rows))
    assert facts("calcium") == ("2.0", "3", "5.0")


def test_units(at, facts):
    with h5py.File(at("sub-1/ecephys/sub-1_ecephys.nwb"), "w") as file:
        file["units/id"] = np.arange(7)
    assert facts("spikes") == ("", "7", "")


def test_clusters_of_phy(at, facts):
    path = at("sub-1/ecephys/sub-1_ecephys.phy/spike_clusters.npy")
    np.save(path, np.array([4, 4, 9, 2]))
    assert facts("spikes") == ("", "3", "")


@pytest.mark.parametrize(
    ("modality", "path"),
    [
        ("meg", "meg/sub-1_task-x_meg.fif"),
        ("fmri", "func/sub-1_task-x_bold.nii"),
        ("fmri", "func/sub-1_task-x_bold.nii.gz"),
        ("calcium", "ophys/sub-1_ophys.nwb"),
        ("calcium", "ophys/sub-1_ophys.h5"),
        ("calcium", "ophys/sub-1_ophys.parquet"),
        ("calcium", "ophys/sub-1_ophys.json"),
        ("spikes", "ecephys/sub-1_ecephys.nwb"),
    ],
)
def test_broken_file_is_an_error_that_names_it(at, facts, modality, path):
    at(f"sub-1/{path}").write_bytes(b"this is no recording" * 20)
    with pytest.raises(DatasetError, match=rf"{path}: (MNE|neuro) cannot read the header"):
        facts(modality)
