import subprocess
import sys

import psutil
import pytest

from neuro.io.atomic import atomic, is_debris
from neuro.workflow import orphans
from neuro.workflow.orphans import hold, sweep, take_stale_lock

JOB = """
from neuro.workflow.orphans import end_with_snakemake
end_with_snakemake(0.05)
print("started", flush=True)
time.sleep(60)
"""
STARTER = """
import subprocess, sys, time
job = subprocess.Popen([sys.executable, "-c", {job!r}])
print(job.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / ".snakemake/locks/0.input.lock"
    path.parent.mkdir(parents=True)
    path.write_text("")
    return path


def snakemake_like(tmp_path, code, **kwargs):
    """A process whose command line is Snakemake's."""
    script = tmp_path / "snakemake"
    script.write_text(code)
    return subprocess.Popen(
        [sys.executable, str(script)], cwd=tmp_path, stdout=subprocess.PIPE, text=True, **kwargs
    )


def test_a_job_ends_with_the_snakemake_that_started_it(tmp_path):
    starter = snakemake_like(tmp_path, STARTER.format(job=JOB))
    lines = {starter.stdout.readline().strip(), starter.stdout.readline().strip()}
    job = psutil.Process(int((lines - {"started"}).pop()))
    assert job.is_running()
    starter.kill()
    starter.wait()
    job.wait(timeout=20)
    assert not job.is_running()


def test_a_stale_lock_is_taken(tmp_path, lock):
    assert take_stale_lock(tmp_path)
    assert not lock.exists()
    assert not take_stale_lock(tmp_path)


def test_the_lock_of_a_living_snakemake_stays(tmp_path, lock):
    living = snakemake_like(tmp_path, "import time\nprint('up', flush=True)\ntime.sleep(60)")
    try:
        assert living.stdout.readline() == "up\n"
        assert not take_stale_lock(tmp_path)
        assert lock.exists()
    finally:
        living.kill()
        living.wait()


def test_the_lock_of_another_machine_stays(tmp_path, lock, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hold()
    with monkeypatch.context() as other:
        other.setattr(orphans.socket, "gethostname", lambda: "elsewhere")
        orphans.main()
    assert lock.exists()
    told = capsys.readouterr().err
    assert "works in this folder" in told
    assert "--unlock" in told
    orphans.main()
    assert not lock.exists()


def test_debris_of_a_killed_writer_goes_and_all_else_stays(tmp_path):
    """The debris is that of `atomic` itself; a user's own hidden folders and trees stay."""
    results, data = tmp_path / "results/a", tmp_path / "data"
    own = [results / ".notes.tmp", data / "mine/sub-01/.x_epo.fif.abcd1234.tmp"]
    for folder in own:
        folder.mkdir(parents=True)
    writers = [atomic(folder / "x_epo.fif") for folder in (results, data / "mine")]
    for writer in writers:  # as if killed: never left
        assert is_debris(writer.__enter__().parent)
    (results / "x_epo.fif").write_text("whole")
    sweep(tmp_path / "results", data)
    assert sorted(p.name for p in results.iterdir()) == [".notes.tmp", "x_epo.fif"]
    assert [p.name for p in (data / "mine").iterdir()] == ["sub-01"]
    assert all(folder.is_dir() for folder in own)
