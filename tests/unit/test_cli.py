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


def test_a_good_configuration_is_fine(config, capsys):
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    assert "planted: eeg from simulate, 2 recording(s), not fetched yet" in told
    assert "config.yaml: fine (1 dataset(s))" in told


def test_a_tree_that_is_not_there_is_told(config, capsys):
    config(type="bids", path="nowhere")
    assert main(["check"]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_warnings_are_told_and_do_not_fail(config, capsys):
    config(type="openneuro", accession="ds000001", tag="1.0.0")
    assert main(["check"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("warning: datasets.planted: its recordings are known once")
    assert "config.yaml: fine (1 dataset(s), 1 warning(s))" in told.out


def test_a_problem_fails(config, capsys):
    config(type="moabb", name="NoSuch", subjects=[1])
    assert main(["check"]) == 1
    assert "datasets.planted.source" in capsys.readouterr().err


def test_an_unknown_montage_is_told(config, capsys):
    raw = config()
    raw["datasets"]["planted"]["preprocess"]["chain"].insert(0, {"montage": {"name": "biosemi61"}})
    config()
    assert main(["check"]) == 1
    assert "Did you mean 'biosemi64' for 'biosemi61'?" in capsys.readouterr().err


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
