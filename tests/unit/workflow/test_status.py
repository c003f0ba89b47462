import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from neuro.workflow import status
from neuro.workflow.status import standings, told

SUMMARY = """Building DAG of jobs...
output_file\tdate\trule\tlog-file(s)\tstatus\tplan
a/one.h5\tMon\tclean\tlogs/clean/a.log\tok\tno update
a/one.tsv\tMon\tclean\tlogs/clean/a.log\tok\tno update
b/one.h5\t-\tclean\tlogs/clean/b.log\tmissing\tupdate pending
b/one.tsv\tMon\tclean\tlogs/clean/b.log\tok\tno update
c/one.h5\t-\tclean\tlogs/clean/c.log\tmissing\tupdate pending
page.html\t-\treport\tlogs/report.log\tmissing\tupdate pending
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "logs/clean").mkdir(parents=True)
    (tmp_path / "logs/clean/b.log").write_text("epoch 1 of 9\nepoch 2 of 9\n\n")
    record = {"rule": "clean", "wildcards": {}, "error": "c: channel 3 is flat", "log": "c.log"}
    (tmp_path / "logs/clean/c.failure.json").write_text(json.dumps(record))
    markers = tmp_path / ".snakemake/incomplete"
    # Snakemake cuts long names into folders that begin with @.
    name = base64.urlsafe_b64encode(b"b/one.h5").decode()
    (markers / f"@{name[:4]}").mkdir(parents=True)
    (markers / f"@{name[:4]}" / name[4:]).touch()
    return tmp_path


def lock(directory):
    (directory / ".snakemake/locks").mkdir(parents=True)
    (directory / ".snakemake/locks/0.output.lock").touch()


def test_each_job_is_told_once_with_what_it_last_said(directory):
    lock(directory)
    found = {job.log: (job.state, job.word) for job in standings(SUMMARY, directory)}
    assert found == {
        "logs/clean/a.log": ("done", ""),
        "logs/clean/b.log": ("running", "epoch 2 of 9"),
        "logs/clean/c.log": ("failed", "c: channel 3 is flat"),
        "logs/report.log": ("left", ""),
    }


def test_nothing_runs_without_a_lock(directory):
    states = {job.log: job.state for job in standings(SUMMARY, directory)}
    assert states["logs/clean/b.log"] == "left"


def test_a_file_made_since_snakemake_was_asked_is_done(directory):
    page = directory / "page.html"
    page.write_text("made")
    os.utime(page, (1000, 1000))
    found = {job.log: job.state for job in standings(SUMMARY, directory, asked=1001)}
    assert found["logs/report.log"] == "left"
    found = {job.log: job.state for job in standings(SUMMARY, directory, asked=999)}
    assert found["logs/report.log"] == "done"


def test_watching_ends_with_the_run(directory, monkeypatch):
    lock(directory)
    monkeypatch.setattr(status, "ask_snakemake", lambda config: SUMMARY)
    monkeypatch.setattr(
        status.time, "sleep", lambda seconds: shutil.rmtree(directory / ".snakemake/locks")
    )
    shown = []
    jobs = status.watch(Path("config.yaml"), 1.0, shown.append, directory)
    assert len(shown) == 2
    assert "running: clean" in shown[0]
    assert "running: clean" not in shown[1]
    assert {job.state for job in jobs} == {"done", "failed", "left"}


def test_the_table_counts_jobs_by_rule(directory):
    lock(directory)
    lines = told(standings(SUMMARY, directory)).splitlines()
    assert lines[0].split() == ["done", "running", "failed", "left"]
    assert lines[1].split() == ["clean", "1", "1", "1"]
    assert lines[3].split() == ["all", "1", "1", "1", "1"]
    assert "    c: channel 3 is flat" in lines
