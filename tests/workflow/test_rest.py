"""A recording at rest, from the simulated raw file to the report: clean, described, no epochs."""

import copy

import mne
import pytest

from neuro.io import manifest
from neuro.io.tables import read_tsv

FOLDER = "results/quiet/preprocessed"


@pytest.fixture
def resting_config(shared_config):
    """One dataset without events, with spectra."""
    config = copy.deepcopy(shared_config)
    dataset = config["datasets"].pop("planted")
    dataset["events"] = {}
    dataset["preprocess"] = {"chain": dataset["preprocess"]["chain"], "spectra": {"fmax": 30}}
    config["datasets"]["quiet"] = dataset
    return config


@pytest.fixture
def resting(workflow, resting_config):
    workflow.write(resting_config)
    return workflow


def test_there_are_no_epochs_and_no_averages(resting):
    jobs = resting.jobs()
    assert jobs["clean_resting_eeg"] == jobs["describe_eeg"] == jobs["spectra_eeg"] == 2
    assert jobs["inspect_resting_eeg"] == 2
    assert jobs["summarise_resting_eeg"] == 1
    assert not {"clean_eeg", "average_eeg", "inspect_eeg", "summarise_eeg"} & set(jobs)


def test_beside_a_dataset_with_events_each_has_its_own_rules(resting, resting_config, raw_config):
    resting_config["datasets"]["planted"] = raw_config["datasets"]["planted"]
    resting.write(resting_config)
    jobs = resting.jobs()
    assert jobs["clean_resting_eeg"] == jobs["clean_eeg"] == 2
    assert jobs["describe_eeg"] == jobs["average_eeg"] == 2
    assert jobs["spectra_eeg"] == 2


def test_a_cleaned_recording_alone_is_a_product(resting, resting_config):
    dataset = resting_config["datasets"]["quiet"]
    dataset["source"]["n_subjects"] = 1
    del dataset["preprocess"]["spectra"]
    resting.write(resting_config)
    done = resting.run()
    assert done.returncode == 0, done.stderr
    folder = resting.directory / FOLDER
    prefix = folder / "sub-01/eeg/sub-01_task-oddball"
    raw = mne.io.read_raw_fif(f"{prefix}_proc-clean_raw.fif", verbose="error")
    about = manifest.read(f"{prefix}_manifest.json")
    assert {number.name: number.value for number in about.key_numbers} == {
        "recording kept": 100,
        "bad channels": 0,
    }
    assert [figure.path.rpartition("/")[2] for figure in about.figures] == ["quality.svg"]
    assert about.warnings == []
    table = read_tsv(folder / "quality.tsv")
    assert list(table["duration_s"]) == [pytest.approx(raw.n_times / raw.info["sfreq"])]
    assert manifest.read(folder / "manifest.json").tables[0].path == "quality.tsv"
    assert not list(folder.rglob("*_epo.fif"))
    page = (resting.directory / "results/report/pages/quality.html").read_text()
    assert "../../quiet/preprocessed/sub-01/eeg/sub-01_task-oddball_report.html" in page
    again = resting.run()
    assert "Nothing to be done" in again.stdout + again.stderr
