import os

import mne
import numpy as np
import pytest

from neuro.config import Recordings
from neuro.config.source import MoabbSource
from neuro.datasets import fetch, index
from neuro.datasets.base import DatasetError
from neuro.datasets.listing import list_tree
from neuro.datasets.registry import open_source
from neuro.datasets.table import read_rows
from neuro.io.atomic import read_json
from neuro.preprocess.reading import open_recording

moabb = pytest.importorskip("moabb.datasets")

OPTIONS = {"n_subjects": 12, "n_sessions": 2, "n_runs": 2, "seed": 3, "duration": 20, "n_events": 6}


def config(**keys):
    return MoabbSource(**{"type": "moabb", "name": "FakeDataset", "options": OPTIONS, **keys})


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fake")
    with mne.use_log_level("error"):
        fetch.run(config(subjects=[2]), "fake", None, folder / "fetch.json", progress=False)
    return folder


@pytest.fixture(scope="module")
def truth():
    with mne.use_log_level("error"):
        return moabb.FakeDataset(**OPTIONS)._get_single_subject_data(2)


def test_every_run_is_a_recording(fetched):
    assert [r.path for r in list_tree(fetched / "bids", Recordings())] == [
        f"sub-02/ses-{s}/eeg/sub-02_ses-{s}_task-imagery_run-{r}_eeg.vhdr"
        for s in "01"
        for r in "01"
    ]


def test_data_events_and_positions_are_moabbs(fetched, truth):
    for recording in list_tree(fetched / "bids", Recordings()):
        raw = open_recording(fetched / "bids", recording).raw
        wanted = truth[recording.session][recording.run]
        eeg = wanted.copy().pick("eeg")
        assert raw.ch_names == eeg.ch_names
        np.testing.assert_allclose(raw.get_data(), eeg.get_data(), rtol=0, atol=1e-11)
        events = mne.find_events(wanted, shortest_event=0, verbose="error")
        names = {1: "fake1", 2: "fake2", 3: "fake3"}
        expected = [(s / 128, names[code]) for s, _, code in events]
        got = zip(raw.annotations.onset, raw.annotations.description, strict=True)
        assert [(pytest.approx(o, abs=1e-3), d) for o, d in expected] == list(got)
        where = raw.get_montage().get_positions()["ch_pos"]
        for name, place in eeg.get_montage().get_positions()["ch_pos"].items():
            np.testing.assert_allclose(where[name], place, atol=1e-6)


def test_no_channel_tells_the_condition(fetched):
    for table in (fetched / "bids").rglob("*_channels.tsv"):
        assert {row["type"] for row in read_rows(table)} == {"EEG"}


@pytest.mark.parametrize("start", [-0.2, 2])
def test_events_are_at_the_cue_wherever_the_trials_interval_begins(tmp_path, monkeypatch, start):
    # MOABB itself shifts its annotations by the interval's beginning.
    class Late(moabb.FakeDataset):
        def __init__(self, **keys):
            super().__init__(**keys)
            self.interval = [start, 3]

        def _generate_events(self, n_events, duration):
            return np.array([[640, 0, 1], [1280, 0, 2], [1920, 0, 3]])

    monkeypatch.setattr(moabb, "FakeDataset", Late)
    with mne.use_log_level("error"):
        fetch.run(config(subjects=[1]), "late", None, tmp_path / "fetch.json", progress=False)
    for table in (tmp_path / "bids").rglob("*_events.tsv"):
        assert [float(row["onset"]) for row in read_rows(table)] == [5.0, 10.0, 15.0]


def test_seeded_data_set_comes_out_the_same(fetched, tmp_path):
    with mne.use_log_level("error"):
        fetch.run(config(subjects=[2]), "fake", None, tmp_path / "fetch.json", progress=False)
    assert (tmp_path / "fetch.json").read_text() == (fetched / "fetch.json").read_text()


def test_index_lists_the_runs(fetched):
    output = fetched / "recordings.tsv"
    index.run_fetched(config(subjects=[2]), Recordings(), "fake", fetched / "fetch.json", output)
    rows = read_rows(output)
    assert len(rows) == 4
    assert {(row["sfreq"], row["n_channels"], row["duration"]) for row in rows} == {
        ("128.0", "3", "20.0")
    }


def test_word_of_a_run_becomes_an_acquisition():
    from neuro.datasets.moabb import _recording

    recording = _recording("01", "0test", "3offline", "p300")
    name = "sub-01_ses-0test_task-p300_acq-offline_run-3"
    assert recording.path == f"sub-01/ses-0test/eeg/{name}_eeg.vhdr"
    assert recording.run == "3"


def test_downloads_stay_out_of_the_home_folder(tmp_path, monkeypatch):
    from neuro.datasets.moabb import _downloads_into

    monkeypatch.setattr(mne, "get_config", lambda key: os.environ.get(key))
    monkeypatch.delenv("MNE_DATA", raising=False)
    with _downloads_into(tmp_path / "cache"):
        assert os.environ["MNE_DATA"] == str(tmp_path / "cache")
    assert "MNE_DATA" not in os.environ
    monkeypatch.setenv("MNE_DATA", "mine")
    with _downloads_into(tmp_path / "other"):
        assert os.environ["MNE_DATA"] == "mine"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": "FakeDatset"}, r"name: MOABB has no dataset 'FakeDatset'\. Did you mean 'FakeD"),
        ({"name": "BaseDataset"}, "name: MOABB has no dataset 'BaseDataset'"),
        ({"subjects": [13]}, r"subjects: FakeDataset has no subject 13\. Allowed: 1, 2, "),
        ({"options": {"colour": 1}}, r"options: FakeDataset does not take them .*n_subjects"),
    ],
)
def test_what_moabb_has_not_is_an_error(keys, message):
    with pytest.raises(DatasetError, match=rf"datasets\.mine\.source\.{message}"):
        open_source(config(**keys), "mine").check()


def test_download_that_fails_is_an_error(tmp_path, monkeypatch):
    def fail(self, subject):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(moabb.FakeDataset, "_get_single_subject_data", fail)
    with pytest.raises(DatasetError, match=r"could not bring subject 1 of FakeDataset.*no route"):
        fetch.run(config(subjects=[1]), "mine", None, tmp_path / "fetch.json", progress=False)
    assert not (tmp_path / "fetch.json").exists()


def test_subject_without_events_is_an_error(tmp_path, monkeypatch):
    def silent(self, n_events, duration):
        return np.empty((0, 3), int)

    monkeypatch.setattr(moabb.FakeDataset, "_generate_events", silent)
    with (
        mne.use_log_level("error"),
        pytest.raises(DatasetError, match=r"session 0, run 0 of FakeDataset has none of its ev"),
    ):
        fetch.run(config(subjects=[1]), "mine", None, tmp_path / "fetch.json", progress=False)


def test_licence_and_doi_come_from_moabb(tmp_path, monkeypatch):
    class Known(moabb.FakeDataset):
        doi = "10.1/x"

        def __init__(self, **keys):
            super().__init__(**keys)
            self.doi = "10.1/x"

    monkeypatch.setattr(moabb, "FakeDataset", Known)
    with mne.use_log_level("error"):
        fetch.run(config(subjects=[1]), "mine", None, tmp_path / "fetch.json", progress=False)
    record = read_json(tmp_path / "fetch.json")
    assert record["citation"] == "MOABB dataset FakeDataset, https://doi.org/10.1/x"
