import mne
import numpy as np
import pytest

from neuro.config import Recordings
from neuro.datasets import index
from neuro.datasets.base import DatasetError
from neuro.datasets.listing import list_tree, read_listing
from neuro.datasets.table import read_rows
from neuro.io.atomic import write_json
from neuro.io.tables import read_tsv


@pytest.fixture
def own_tree(tmp_path):
    """A FIF recording of 3 EEG channels, 1 EOG channel and 1 trigger channel, 2.5 s at 100 Hz."""
    folder = tmp_path / "bids/sub-01/eeg"
    folder.mkdir(parents=True)
    info = mne.create_info(["a", "b", "c", "e", "t"], 100.0, ["eeg"] * 3 + ["eog", "stim"])
    raw = mne.io.RawArray(np.zeros((5, 250)), info, verbose="error")
    raw.save(folder / "sub-01_task-x_eeg.fif", verbose="error")
    return tmp_path / "bids"


@pytest.fixture
def index_toy(simulated, tmp_path, toy_config):
    """Function: index a package whose recordings only its tree tells."""
    raw = (simulated / "bids/sub-01/eeg/sub-01_task-oddball_eeg.edf").read_bytes()
    for subject in ("01", "02"):
        path = tmp_path / f"bids/sub-{subject}/eeg/sub-{subject}_task-x_eeg.edf"
        path.parent.mkdir(parents=True)
        path.write_bytes(raw)
    write_json(tmp_path / "fetch.json", {"root": "bids", "in_place": False, "files": []})

    def run(**keys):
        output = tmp_path / "recordings.tsv"
        used = Recordings(**keys)
        index.run_fetched(toy_config(), used, "toy", tmp_path / "fetch.json", output)
        return read_rows(output)

    return run


def test_simulated_tree(simulated, planted, tmp_path):
    output = tmp_path / "recordings.tsv"
    index.run_fetched(planted, Recordings(), "planted", simulated / "fetch.json", output)
    table = read_tsv(output)
    assert list(table["subject"]) == ["01", "02"]
    assert list(table["n_channels"]) == [16, 16]
    assert list(table["sfreq"]) == [128.0, 128.0]
    assert table["session"].isna().all()
    path = simulated / "bids" / table["path"][0]
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert table["duration"][0] == raw.n_times / 128
    listed = list_tree(simulated / "bids", Recordings())
    assert read_listing(output, Recordings()) == listed


def test_only_the_recordings_that_are_used(index_toy):
    everything = index_toy()
    assert [row["subject"] for row in everything] == ["01", "02"]
    assert [row["subject"] for row in index_toy(exclude=["sub-02_task-x"])] == ["01"]


def test_counts_eeg_channels_only(own_tree, tmp_path):
    index.run(own_tree, list_tree(own_tree, Recordings()), tmp_path / "r.tsv")
    [row] = read_rows(tmp_path / "r.tsv")
    assert (row["sfreq"], row["n_channels"], row["duration"]) == ("100.0", "3", "2.5")


def test_channels_tsv_has_the_last_word(own_tree, tmp_path):
    sidecar = own_tree / "sub-01/eeg/sub-01_task-x_channels.tsv"
    sidecar.write_text("\ufeffname\ttype\na\tEEG\nb\tEEG\nc\tMISC\nStatus\tTRIG\nGone\tEEG\n")
    index.run(own_tree, list_tree(own_tree, Recordings()), tmp_path / "r.tsv")
    assert read_rows(tmp_path / "r.tsv")[0]["n_channels"] == "2"


def test_truncated_edf_is_an_error_and_nothing_is_written(simulated, tmp_path):
    recording = list_tree(simulated / "bids", Recordings())[0]
    path = tmp_path / "bids" / recording.path
    path.parent.mkdir(parents=True)
    path.write_bytes((simulated / "bids" / recording.path).read_bytes()[:-100])
    with pytest.raises(ValueError, match="truncated"):
        index.run(tmp_path / "bids", [recording], tmp_path / "r.tsv")
    assert not (tmp_path / "r.tsv").exists()


def test_missing_file_is_an_error(simulated, tmp_path):
    recordings = list_tree(simulated / "bids", Recordings())
    with pytest.raises(DatasetError, match="missing"):
        index.run(tmp_path, recordings, tmp_path / "r.tsv")


@pytest.mark.parametrize("ending", [".set", ".vhdr", ".fif"])
def test_unreadable_file_is_an_error_that_names_it(tmp_path, ending):
    path = tmp_path / f"sub-01/eeg/sub-01_task-x_eeg{ending}"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a recording" * 10)
    with pytest.raises(DatasetError, match=rf"x_eeg\{ending}: MNE cannot read.*sub-01_task-x\]"):
        index.run(tmp_path, list_tree(tmp_path, Recordings()), tmp_path / "r.tsv")


def test_agrees_with_the_shipped_table(simulated, tmp_path):
    recordings = list_tree(simulated / "bids", Recordings())
    index.run(simulated / "bids", recordings, tmp_path / "shipped.tsv")
    index.run(simulated / "bids", recordings[:1], tmp_path / "r.tsv", tmp_path / "shipped.tsv")
    assert len(read_rows(tmp_path / "r.tsv")) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\t16\t", "\t17\t", "n_channels must be 17, got 16"),
        ("128.0", "256.0", "sfreq must be 256.0, got 128.0"),
        ("sub-01_task", "sub-03_task", "not in the table"),
    ],
)
def test_difference_from_the_shipped_table_is_an_error(simulated, tmp_path, old, new, message):
    recordings = list_tree(simulated / "bids", Recordings())
    shipped = tmp_path / "shipped.tsv"
    index.run(simulated / "bids", recordings, shipped)
    shipped.write_text(shipped.read_text().replace(old, new))
    with pytest.raises(DatasetError, match=message):
        index.run(simulated / "bids", recordings, tmp_path / "r.tsv", shipped)
    assert not (tmp_path / "r.tsv").exists()
