from pathlib import Path

import pytest

from neuro.config import BidsSource
from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.bids import scan
from neuro.datasets.registry import open_source


def open_tree(root):
    return open_source(BidsSource(type="bids", path=str(root)), "mine")


def test_lists_raw_eeg_by_name_in_a_fixed_order(touch_tree):
    root = touch_tree(
        "sub-02/ses-b/eeg/sub-02_ses-b_task-x_run-2_eeg.vhdr",
        "sub-02/ses-b/eeg/sub-02_ses-b_task-x_run-2_eeg.eeg",
        "sub-02/ses-a/eeg/sub-02_ses-a_task-x_eeg.set",
        "sub-01/eeg/sub-01_task-x_eeg.edf",
        "sub-01/eeg/sub-01_task-x_events.tsv",
        "sub-01/eeg/sub-01_task-x_ica.fif",
        "sub-01/eeg/.sub-01_task-y_eeg.edf",
        "sub-03/eeg/sub-03_task-x_eeg.BDF",
        "sub-01/meg/sub-01_task-x_meg.fif",
        "derivatives/clean/sub-01/eeg/sub-01_task-x_eeg.edf",
        "sourcedata/sub-09/eeg/sub-09_task-x_eeg.bdf",
        "code/sub-08/eeg/sub-08_task-x_eeg.bdf",
    )
    assert [r.path for r in open_tree(root).listing()] == [
        "sub-01/eeg/sub-01_task-x_eeg.edf",
        "sub-02/ses-a/eeg/sub-02_ses-a_task-x_eeg.set",
        "sub-02/ses-b/eeg/sub-02_ses-b_task-x_run-2_eeg.vhdr",
        "sub-03/eeg/sub-03_task-x_eeg.BDF",
    ]


def test_split_recording_is_listed_once(touch_tree):
    names = [f"sub-01/eeg/sub-01_task-x_split-{i}_eeg.fif" for i in ("01", "02", "10")]
    assert [r.path for r in scan(touch_tree(*names))] == names[:1]


def test_home_is_expanded_and_the_tree_stays_as_it_is(touch_tree, monkeypatch, tmp_path):
    root = touch_tree("sub-01/eeg/sub-01_task-x_eeg.edf")
    monkeypatch.setenv("HOME", str(root.parent))
    source = open_tree("~/tree")
    before = sorted(root.rglob("*"))
    source.fetch(tmp_path / "target", FetchContext(None, tmp_path / "cache"))
    assert source.local_root == root
    assert sorted(root.rglob("*")) == before
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("paths", "description", "message"),
    [
        ((), True, "no recordings below"),
        (("sub-01/eeg/sub-01_task-x_eeg.edf",), False, "lacks dataset_description.json"),
    ],
)
def test_what_is_no_dataset_is_an_error(touch_tree, paths, description, message):
    root = touch_tree(*paths, description=description) if paths or description else None
    with pytest.raises(DatasetError, match=rf"datasets\.mine\.source\.path: .*{message}"):
        open_tree(root).listing()


def test_missing_folder_is_an_error():
    with pytest.raises(DatasetError, match=r"datasets\.mine\.source\.path: no folder 'no/where'"):
        open_tree(Path("no/where")).listing()


@pytest.mark.parametrize(
    "path",
    [
        "sub-01/eeg/sub-02_task-x_eeg.edf",
        "sub-01/eeg/sub-01_ses-a_task-x_eeg.edf",
        "sub-01/eeg/task-x_eeg.edf",
        "sub-01/eeg/sub-01_task-x_y-z_run-a.b_eeg.edf",
    ],
)
def test_name_that_contradicts_its_folder_is_an_error(touch_tree, path):
    root = touch_tree(path)
    if "a.b" in path:
        assert [r.run for r in scan(root)] == ["a"]  # everything before the first dot
        return
    with pytest.raises(DatasetError, match="rename"):
        scan(root)
