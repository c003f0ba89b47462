"""Fetchers of nilearn, replaced by ones that return files made here in the same shape."""

import nibabel
import nilearn.datasets
import numpy as np
import pandas as pd
import pytest

from neuro.config.source import NilearnSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.headers import header
from neuro.datasets.registry import open_source
from neuro.io.atomic import read_json
from neuro.io.tables import read_tsv


@pytest.fixture
def nilearn_data(tmp_path):
    """Folder with images and confounds of three subjects; each image holds its number."""
    folder = tmp_path / "nilearn"
    folder.mkdir()
    for i, name in enumerate(("0010064", "0010042", "0021")):
        image = nibabel.Nifti1Image(np.full((2, 2, 2, 6), i, np.int16), np.eye(4))
        nibabel.save(image, folder / f"{name}_rest.nii.gz")
        pd.DataFrame({"csf": np.arange(6.0), "wm": i}).to_csv(
            folder / f"{name}_regressors.csv", index=False
        )
    return folder


@pytest.fixture
def adhd(nilearn_data, monkeypatch):
    """`fetch_adhd` whose table of subjects has another order than its files."""
    seen = {}

    def fetch_adhd(n_subjects=30, data_dir=None, verbose=1):
        seen.update(n_subjects=n_subjects, data_dir=data_dir, verbose=verbose)
        names = ["0010064", "0010042", "0021"][:n_subjects]
        return {
            "func": [str(nilearn_data / f"{n}_rest.nii.gz") for n in names],
            "confounds": [str(nilearn_data / f"{n}_regressors.csv") for n in names],
            "phenotypic": pd.DataFrame({"Subject": [21, 10042, 10064], "age": [7, 8, 9]}),
            "description": "ADHD\nLicense: CC BY\nhttps://doi.org/10.1/x.",
            "t_r": 2.0,
        }

    monkeypatch.setattr(nilearn.datasets, "fetch_adhd", fetch_adhd)
    return seen


@pytest.fixture
def take(tmp_path):
    def take(**keys):
        config = NilearnSource(**{"type": "nilearn", "fetcher": "fetch_adhd", **keys})
        record = tmp_path / "data/mine/fetch.json"
        fetch.run(config, "mine", None, record, progress=False, modality="fmri")
        return record.parent / "bids"

    return take


def test_every_image_goes_to_the_subject_that_its_name_tells(adhd, take):
    root = take()
    found = scan(root, "fmri")
    assert [r.path for r in found] == [
        f"sub-{label}/func/sub-{label}_task-rest_desc-preproc_bold.nii.gz"
        for label in ("10042", "10064", "21")
    ]
    assert [nibabel.load(root / r.path).get_fdata().max() for r in found] == [1, 0, 2]
    people = read_tsv(root / "participants.tsv").set_index("participant_id")
    assert people["age"].to_dict() == {"sub-10064": 9, "sub-10042": 8, "sub-21": 7}
    confounds = read_tsv(root / "sub-10042/func/sub-10042_task-rest_desc-confounds_timeseries.tsv")
    assert list(confounds["wm"]) == [1] * 6
    assert header(root, found[0], "fmri") == {
        "sfreq": "0.5",
        "n_channels": "8",
        "duration": "12.0",
    }


def test_options_reach_the_fetcher_and_downloads_the_cache(adhd, take, tmp_path):
    root = take(options={"n_subjects": 1}, task="still")
    assert [r.name for r in scan(root, "fmri")] == ["sub-10064_task-still"]
    cache = str(tmp_path / "data/packages/nilearn")
    assert adhd == {"n_subjects": 1, "data_dir": cache, "verbose": 0}


def test_licence_and_citation_come_from_the_description(adhd, take):
    record = read_json(take().parent / "fetch.json")
    assert record["license"] == "License: CC BY"
    assert record["citation"] == "nilearn.datasets.fetch_adhd, https://doi.org/10.1/x"


def test_tables_of_parcels(monkeypatch, take):
    courses = [np.arange(8.0).reshape(4, 2) + i for i in range(2)]

    def fetch_abide_pcp(data_dir=None, derivatives=None, **kwargs):
        table = pd.DataFrame({"SUB_ID": [50003, 50004]})
        return {"rois_aal": courses, "phenotypic": table, "description": ""}

    monkeypatch.setattr(nilearn.datasets, "fetch_abide_pcp", fetch_abide_pcp)
    keys = {"fetcher": "fetch_abide_pcp", "take": "rois_aal", "options": {"SITE_ID": ["PITT"]}}
    with pytest.raises(DatasetError, match=r"source\.tr: must be given"):
        take(**keys)
    root = take(**keys, tr=1.5)
    found = scan(root, "fmri")
    assert [r.subject for r in found] == ["50003", "50004"]
    np.testing.assert_array_equal(read_tsv(root / found[1].path).to_numpy(), courses[1])
    assert header(root, found[0], "fmri")["duration"] == "6.0"


def test_subjects_are_numbered_where_nobody_names_them(monkeypatch, take, nilearn_data):
    files = sorted(map(str, nilearn_data.glob("*.nii.gz")))
    monkeypatch.setattr(nilearn.datasets, "fetch_adhd", lambda: {"func": files})
    assert [r.subject for r in scan(take(), "fmri")] == ["01", "02", "03"]


def test_file_of_nobody_is_an_error(monkeypatch, take, nilearn_data):
    files = sorted(map(str, nilearn_data.glob("*.nii.gz")))
    table = pd.DataFrame({"Subject": [10042, 10064, 2]})  # 2 is not 0021
    bunch = {"func": files, "phenotypic": table}
    monkeypatch.setattr(nilearn.datasets, "fetch_adhd", lambda: bunch)
    with pytest.raises(DatasetError, match=r"0021_rest\.nii\.gz names 0 of the subjects"):
        take()


def test_unequal_numbers_of_images_and_confounds_are_an_error(monkeypatch, take):
    bunch = {"func": ["a.nii", "b.nii"], "confounds": ["a.csv"]}
    monkeypatch.setattr(nilearn.datasets, "fetch_adhd", lambda: bunch)
    with pytest.raises(DatasetError, match="2 recordings, but 1 tables of confounds"):
        take()


def test_entry_that_is_not_returned_is_an_error(adhd, take):
    with pytest.raises(DatasetError, match=r"source\.take: .*no list 'fun'\. Did you mean 'func'"):
        take(take="fun")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"fetcher": "fetch_adhdd"}, r"fetcher: nilearn has no 'fetch_adhdd'\. Did you mean 'f"),
        ({"options": {"n_subject": 3}}, r"options: fetch_adhd does not take \['n_subject'\]"),
    ],
)
def test_what_nilearn_has_not_is_an_error(keys, message):
    config = NilearnSource(**{"type": "nilearn", "fetcher": "fetch_adhd", **keys})
    with pytest.raises(DatasetError, match=rf"datasets\.mine\.source\.{message}"):
        open_source(config, "mine", "fmri").check()


def test_download_that_fails_is_an_error(monkeypatch, take, tmp_path):
    def fail():
        raise ConnectionError("no route to host")

    monkeypatch.setattr(nilearn.datasets, "fetch_adhd", fail)
    with pytest.raises(DatasetError, match=r"nilearn's fetch_adhd failed \(ConnectionError: no ro"):
        take()
    assert not (tmp_path / "data/mine/fetch.json").exists()
