import shutil

import h5py
import numpy as np
import pytest
import yaml

from neuro.cli import main
from neuro.config import SimulateSource, load
from neuro.datasets import fetch


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Two people's EEG with enough events, and electrodes named after a montage."""
    folder = tmp_path_factory.mktemp("mine")
    source = SimulateSource(type="simulate", n_trials=20, sfreq=128, channels=["Cz"])
    fetch.run(source, "mine", 0, folder / "fetch.json", progress=False)
    return folder / "bids"


@pytest.fixture
def init(tmp_path, monkeypatch, capsys):
    """Run `neuro init` on a folder; gives the configuration and what was told."""
    monkeypatch.chdir(tmp_path)

    def init(folder, *arguments, status=0):
        assert main(["init", str(folder), *arguments]) == status
        told = capsys.readouterr()
        return (load("own.yaml") if status == 0 else None), told.out + told.err

    return init


def test_eeg_gets_its_events_and_a_chain_that_can_run(tree, init):
    config, told = init(tree, "--name", "My study")
    assert "own.yaml: fine" in told
    (name,) = config.datasets
    section = config.datasets[name]
    assert name == "my-study"
    assert section.events == {"standard": ["standard"], "target": ["target"]}
    methods = [step.method for step in section.preprocess.chain]
    assert methods == ["line_noise", "filter", "bad_channels", "interpolate", "reference"]
    assert section.analyses == ["eegbench"]
    (task,) = section.eegbench.tasks.values()
    assert task.splits == ["blocks", "leave-one-subject-out"]


def test_events_that_one_recording_lacks_are_no_conditions(tree, tmp_path, init):
    shutil.copytree(tree, tmp_path / "uneven")
    table = next((tmp_path / "uneven/sub-02").rglob("*_events.tsv"))
    table.write_text(table.read_text().replace("target", "BAD_target"))
    config, _ = init(tmp_path / "uneven")
    (section,) = config.datasets.values()
    assert list(section.events) == ["standard"]
    assert section.analyses == []
    assert "#   target" in (tmp_path / "own.yaml").read_text()


def test_names_of_files_tell_whose_they_are(tree, tmp_path, init):
    edf = sorted(tree.rglob("*.edf"))
    folder = tmp_path / "loose"
    folder.mkdir()
    for person, path in zip(("P1", "P2"), edf, strict=True):
        shutil.copy(path, folder / f"{person}_rest.edf")
    config, _ = init(folder)
    source = config.datasets["loose"].source
    assert (source.type, source.pattern) == ("files", "{subject}_{task}.edf")


@pytest.mark.parametrize(("group", "modality"), [("units", "spikes"), ("processing", "calcium")])
def test_nwb_files_are_told_by_what_they_hold(tmp_path, init, group, modality):
    (tmp_path / "mice").mkdir()
    with h5py.File(tmp_path / "mice/m1.nwb", "w") as file:
        file.create_group(group)
    config, _ = init(tmp_path / "mice")
    assert config.datasets["mice"].modality == modality


def test_each_modality_of_a_tree_is_a_dataset(tmp_path, init):
    rng = np.random.default_rng(0)
    root = tmp_path / "both"
    for folder in ("func", "ecephys"):
        (root / "sub-1" / folder).mkdir(parents=True)
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    rows = "\n".join("\t".join(f"{v:.3f}" for v in row) for row in rng.random((40, 3)))
    (root / "sub-1/func/sub-1_task-rest_timeseries.tsv").write_text(f"a\tb\tc\n{rows}\n")
    (root / "sub-1/func/sub-1_task-rest_timeseries.json").write_text('{"RepetitionTime": 2}')
    times = np.sort(rng.random(60) * 30)
    units = {"t": times, "index": np.arange(60) % 2}
    np.savez(root / "sub-1/ecephys/sub-1_task-rest_ecephys.npz", **units)
    config, _ = init(root)
    words = {name: section.analyses for name, section in config.datasets.items()}
    assert words == {"both-fmri": ["graphs"], "both-spikes": ["states"]}


def test_nothing_is_overwritten_or_made_up(tree, tmp_path, init):
    (tmp_path / "own.yaml").write_text("mine: 1\n")
    _, told = init(tree, status=1)
    assert "own.yaml is there already" in told
    assert yaml.safe_load((tmp_path / "own.yaml").read_text()) == {"mine": 1}
    (tmp_path / "empty").mkdir()
    _, told = init(tmp_path / "empty", "--output", "b.yaml", status=1)
    assert "empty: no recordings. A BIDS tree has EEG: sub-*/[ses-*/]eeg/*_eeg with .edf" in told
    _, told = init(tmp_path / "nowhere", "--output", "b.yaml", status=1)
    assert "nowhere: no such folder" in told
    assert not (tmp_path / "b.yaml").exists()
