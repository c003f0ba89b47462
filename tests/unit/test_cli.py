import pytest
import yaml

from neuro.cli import main


@pytest.fixture
def config(tmp_path, raw_config, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**source):
        if source:
            raw_config["datasets"]["planted"]["source"] = source
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(raw_config))
        return raw_config

    write()
    return write


def tree(root, trial_types=("standard", "target"), sfreq=128.0):
    """A BIDS tree of names and sidecars; the recording itself is empty and is never opened."""
    eeg = root / "sub-01/eeg"
    eeg.mkdir(parents=True)
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    (eeg / "sub-01_task-x_eeg.edf").write_bytes(b"")
    (eeg / "sub-01_task-x_eeg.json").write_text(f'{{"SamplingFrequency": {sfreq}}}')
    rows = "".join(f"{i}\t0\t{kind}\n" for i, kind in enumerate(trial_types))
    (eeg / "sub-01_task-x_events.tsv").write_text("onset\tduration\ttrial_type\n" + rows)
    return root


def test_a_good_configuration_is_fine(config, capsys):
    assert main(["check"]) == 0
    assert "fine (1 dataset(s), 2 recording(s))" in capsys.readouterr().out


def test_a_tree_that_is_not_there_is_told(config, capsys):
    config(type="bids", path="nowhere")
    assert main(["check"]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_events_that_do_not_occur_are_told(config, tmp_path, capsys):
    config(type="bids", path=str(tree(tmp_path / "bids", ("standrad", "target"))))
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "datasets.planted.events.standard" in told
    assert "Did you mean 'standrad'?" in told


def test_a_sampling_rate_too_low_for_the_filter_is_told(config, tmp_path, capsys):
    config(type="bids", path=str(tree(tmp_path / "bids", sfreq=50)))
    assert main(["check"]) == 1
    assert "filter.h_freq: 30.0 Hz must be below 25.0 Hz" in capsys.readouterr().err


def test_an_unknown_montage_is_told(config, capsys):
    raw = config()
    raw["datasets"]["planted"]["preprocess"]["chain"].insert(0, {"montage": {"name": "biosemi61"}})
    config()
    assert main(["check"]) == 1
    assert "Did you mean 'biosemi64'?" in capsys.readouterr().err


def test_several_configurations_are_checked_and_one_bad_one_is_enough(config, capsys):
    assert main(["check", "config.yaml", "absent.yaml"]) == 1
    told = capsys.readouterr()
    assert "config.yaml: fine" in told.out
    assert "absent.yaml: 1 problem" in told.err


def test_doctor_tells_versions(capsys):
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "mne" in told
    assert "snakemake" in told


def test_a_report_is_written_even_of_nothing(config, tmp_path):
    assert main(["report"]) == 0
    assert (tmp_path / "results/report/index.html").is_file()
