import dataclasses
import hashlib

import pytest
import yaml

from neuro.config import CatalogueSource, PackageSource
from neuro.datasets import catalogue
from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.layout import LAYOUTS
from neuro.datasets.registry import open_source
from neuro.datasets.table import COLUMNS, read_rows


def open_entry(name):
    modality = catalogue.read_entry(name).modality
    return open_source(CatalogueSource(type="catalogue", name=name), "mine", modality)


@pytest.mark.parametrize("name", catalogue.names())
def test_entry_is_a_valid_package_source(name):
    entry = dataclasses.asdict(catalogue.read_entry(name))
    assert entry["title"]
    keys = PackageSource.model_fields.keys() & entry.keys()
    PackageSource(type="package", **{key: entry[key] for key in keys})


@pytest.mark.parametrize("name", catalogue.names())
def test_shipped_table_is_complete(name):
    source = open_entry(name)
    rows = read_rows(source.shipped_table, COLUMNS)
    recordings = source.listing()
    assert len(rows) == len(recordings) > 0
    for row, recording in zip(rows, recordings, strict=True):
        assert recording == type(recording).from_path(row["path"])
        assert recording.datatype == LAYOUTS[source.modality].folder
        assert int(row["n_channels"]) > 0
        if source.modality not in ("spikes", "features"):
            assert float(row["sfreq"]) > 0
            assert float(row["duration"]) > 0


def test_pylossless_says_what_is_known_of_its_licence():
    entry = catalogue.read_entry("pylossless")
    assert "MIT" in entry.license
    assert "not stated" in entry.license
    assert "MNE-BIDS" in entry.citation
    assert "github.com/lina-usc/pylossless" in entry.citation


def test_unknown_entry_is_an_error_with_a_guess():
    with pytest.raises(
        DatasetError,
        match=r"datasets\.mine\.source\.name: .*'pylosless'\. Did you mean 'pylossless'\? Allowed:",
    ):
        open_source(CatalogueSource(type="catalogue", name="pylosless"), "mine")


@pytest.fixture
def own_catalogue(tmp_path, monkeypatch, sdist):
    """A catalogue with one entry, `toy`, whose table names the given path."""

    def make(path):
        folder = tmp_path / "catalogue" / "toy"
        folder.mkdir(parents=True)
        entry = {
            "title": "Toy",
            "distribution": "toy==1.0",
            "format": "sdist",
            "sha256": hashlib.sha256(sdist).hexdigest(),
            "root": "toy/data",
            "members": ["**"],
            "license": "none",
            "citation": "none",
        }
        (folder / "dataset.yaml").write_text(yaml.safe_dump(entry))
        row = ["01", "n/a", "rest", "n/a", "eeg", path, "256.0", "2", "3.0"]
        (folder / "recordings.tsv").write_text("\t".join(COLUMNS) + "\n" + "\t".join(row) + "\n")
        monkeypatch.setattr(catalogue, "FOLDER", folder.parent)
        return open_source(CatalogueSource(type="catalogue", name="toy"), "mine")

    return make


def test_fetches_the_package(index, sdist, own_catalogue, tmp_path):
    index.files = {"toy-1.0.tar.gz": sdist}
    source = own_catalogue("sub-01/eeg/sub-01_task-rest_eeg.edf")
    source.fetch(tmp_path / "bids", FetchContext(None, tmp_path / "cache", progress=False))
    assert (tmp_path / "bids" / source.listing()[0].path).is_file()


def test_recordings_that_differ_from_the_table_are_an_error(index, sdist, own_catalogue, tmp_path):
    index.files = {"toy-1.0.tar.gz": sdist}
    source = own_catalogue("sub-01/eeg/sub-01_task-rest_eeg.bdf")
    with pytest.raises(DatasetError, match=r"missing \['.*bdf'\], not expected \['.*edf'\]"):
        source.fetch(tmp_path / "bids", FetchContext(None, tmp_path / "cache", progress=False))


def test_error_in_the_package_names_the_entry(index, own_catalogue, tmp_path):
    source = own_catalogue("sub-01/eeg/sub-01_task-rest_eeg.edf")
    with pytest.raises(DatasetError, match=r"catalogue entry 'toy'\.distribution"):
        source.fetch(tmp_path / "bids", FetchContext(None, tmp_path / "cache", progress=False))
