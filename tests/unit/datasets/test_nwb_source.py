import h5py
import pytest
from pydantic import ValidationError

from neuro.config.source import NwbSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError
from neuro.datasets.bids import scan
from neuro.datasets.registry import open_source


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def save(path, subject=None, session=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["units/id"] = [0, 1]
        if subject is not None:
            file["general/subject/subject_id"] = subject
        if session is not None:
            file["general/session_id"] = session


@pytest.fixture
def take(folder, tmp_path):
    def take(modality="spikes", **keys):
        config = NwbSource(type="nwb", path=str(folder), **keys)
        fetch.run(config, "mine", None, tmp_path / "fetch.json", progress=False, modality=modality)
        return [recording.path for recording in scan(tmp_path / "bids", modality)]

    return take


def test_files_tell_who_and_when(folder, take, tmp_path):
    save(folder / "deep/one.nwb", "M_1", "day 2")
    save(folder / "two.nwb", "M2")
    assert take() == [
        "sub-M1/ses-day2/ecephys/sub-M1_ses-day2_ecephys.nwb",
        "sub-M2/ecephys/sub-M2_ecephys.nwb",
    ]
    copied = tmp_path / "bids/sub-M2/ecephys/sub-M2_ecephys.nwb"
    assert copied.read_bytes() == (folder / "two.nwb").read_bytes()


def test_modality_decides_the_folder(folder, take):
    save(folder / "one.nwb", "M1")
    assert take("calcium") == ["sub-M1/ophys/sub-M1_ophys.nwb"]


def test_name_has_the_last_word(folder, take):
    save(folder / "A-1.nwb", "other", "other")
    assert take(pattern="{subject}-{session}.nwb") == [
        "sub-A/ses-1/ecephys/sub-A_ses-1_ecephys.nwb"
    ]


def test_names_that_tell_all_are_listed_without_opening(folder):
    (folder / "A-1.nwb").write_bytes(b"not opened")
    config = NwbSource(type="nwb", path=str(folder), pattern="{subject}-{session}.nwb")
    plugin = open_source(config, "mine", "spikes")
    assert [recording.name for recording in plugin.listing()] == ["sub-A_ses-1"]
    other = NwbSource(type="nwb", path=str(folder))
    assert open_source(other, "mine", "spikes").listing() is None


@pytest.mark.parametrize(
    ("files", "keys", "message"),
    [
        ({"a.nwb": (None, None)}, {}, r"a\.nwb: tells no subject .*put \{subject\} into"),
        ({"a.nwb": ("", None)}, {}, "tells no subject"),
        ({"a.nwb": ("M", None), "b.nwb": ("M", None)}, {}, r"'sub-M': a\.nwb and b\.nwb\. Add"),
        ({"a.nwb": ("M", None)}, {"pattern": "*.hdf"}, r"'\*\.hdf' fits no \.nwb file .*a\.nwb"),
    ],
)
def test_what_cannot_be_told_is_an_error(folder, take, files, keys, message):
    for name, (subject, session) in files.items():
        save(folder / name, subject, session)
    with pytest.raises(DatasetError, match=message):
        take(**keys)


def test_broken_file_is_an_error(folder, take):
    (folder / "a.nwb").write_bytes(b"no hdf5")
    with pytest.raises(DatasetError, match=r"a\.nwb: not a readable NWB file"):
        take()


def test_missing_folder_is_an_error(take, folder):
    folder.rmdir()
    with pytest.raises(DatasetError, match=r"source\.path: no folder"):
        take()


def test_unknown_placeholder_is_refused():
    with pytest.raises(ValidationError, match=r"unknown placeholder\(s\) \['mouse'\]"):
        NwbSource(type="nwb", path="x", pattern="{mouse}.nwb")
