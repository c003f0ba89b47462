import json
import os
from types import SimpleNamespace

import pytest

from neuro.io import provenance
from neuro.workflow.task import task


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Named(dict):
    """As much of Snakemake's named lists as `task` uses."""

    def __getitem__(self, key):
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


def job(tmp_path, rule="clean_eeg", seed=1, **wildcards):
    return SimpleNamespace(
        rule=rule,
        wildcards=Named(wildcards),
        input=Named(raw="a.edf", tables=["b.tsv", "c.tsv"]),
        output=Named(epochs=str(tmp_path / "e.fif")),
        params=Named(seed=seed, numeric_threads=1, code="abc"),
        threads=1,
        log=Named(log=str(tmp_path / "logs/job.log")),
    )


def draws(tmp_path, **kwargs):
    with task(job(tmp_path, **kwargs)) as frame:
        return frame.rng.integers(0, 2**62, 4).tolist()


def test_random_numbers_follow_from_seed_rule_and_wildcards(tmp_path):
    first = draws(tmp_path, recording="sub-01")
    assert draws(tmp_path, recording="sub-01") == first
    assert draws(tmp_path, recording="sub-02") != first
    assert draws(tmp_path, recording="sub-01", seed=2) != first
    assert draws(tmp_path, recording="sub-01", rule="average_eeg") != first


def test_names_become_paths(tmp_path):
    with task(job(tmp_path)) as frame:
        assert frame.input.raw.name == "a.edf"
        assert [p.name for p in frame.input.tables] == ["b.tsv", "c.tsv"]
        assert frame.output.epochs == tmp_path / "e.fif"


def test_threads_are_limited_and_provenance_is_set(tmp_path):
    with task(job(tmp_path, recording="sub-01")):
        assert os.environ["OMP_NUM_THREADS"] == "1"
        known = provenance.get()
        assert known["rule"] == "clean_eeg"
        assert known["code"] == "abc"
        assert known["wildcards"] == {"recording": "sub-01"}
    assert provenance.get() == {}


def test_an_error_is_told_logged_and_recorded(tmp_path, capsys):
    with pytest.raises(SystemExit), task(job(tmp_path, recording="sub-01")):
        raise ValueError("a.edf is truncated")
    assert "clean_eeg sub-01: a.edf is truncated" in capsys.readouterr().err
    assert "Traceback" in (tmp_path / "logs/job.log").read_text()
    record = json.loads((tmp_path / "logs/job.failure.json").read_text())
    assert record["error"] == "a.edf is truncated"
    assert record["rule"] == "clean_eeg"


def test_success_takes_an_old_record_away(tmp_path):
    record = tmp_path / "logs/job.failure.json"
    record.parent.mkdir()
    record.write_text("{}")
    with task(job(tmp_path)):
        assert not record.exists()
