"""Two runs in one folder, files that change, other orders of jobs: the results stay the same."""

import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from neuro.io.compare import content_digests


@pytest.fixture
def tiny(make_workflow, tmp_path, root):
    """The smallest run, without its analysis."""
    raw = yaml.safe_load((root / "workflow/configs/tiny.yaml").read_text())
    raw["datasets"]["networks"]["analyses"] = []
    return make_workflow(tmp_path, raw)


def test_two_runs_in_one_folder_are_refused(tiny, root):
    """The second says so, harms nothing, and leaves the lock where it is."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile")]
    command += ["--configfile", str(tiny.config), "--directory", str(tiny.directory)]
    command += ["--cores", "1", "data/networks/fetch.json"]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    lock = tiny.directory / ".snakemake/locks"
    while first.poll() is None and not list(lock.glob("*.lock")):
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)
    orphans = subprocess.run(
        [sys.executable, "-m", "neuro.workflow.orphans"],
        cwd=tiny.directory,
        capture_output=True,
        text=True,
        check=True,
    )
    second = tiny.run()
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 0
    assert "Another run works in this folder" in orphans.stderr
    assert second.returncode != 0
    assert "locked" in second.stderr
    assert not list(lock.glob("*.lock"))


def test_a_damaged_intermediate_is_made_anew(tiny):
    """Same size, other bytes: no format would notice, and Snakemake sees but another time."""
    assert tiny.run().returncode == 0
    expected = content_digests(tiny.directory / "results")
    (path,) = tiny.directory.glob("results/**/*_spikes.h5")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2 :] = bytes(len(damaged) - len(damaged) // 2)
    path.write_bytes(damaged)
    told = tiny.run("-n")
    assert "spikes.h5 is made anew" in told.stderr
    assert path.read_bytes() == damaged
    done = tiny.run(cores=1)
    assert done.returncode == 0, done.stderr
    assert "spikes.h5 is made anew: it is no longer what its job wrote" in done.stderr
    assert content_digests(tiny.directory / "results") == expected


def test_memory_and_time_grow_with_each_attempt(root):
    """Of every rule: `growing` is called with the number of the attempt by Snakemake."""
    text = "\n".join(path.read_text() for path in (root / "rules").glob("*.smk"))
    asked = re.findall(r"(?:mem_mb|runtime)=(.*)", text)
    assert len(asked) > 50
    assert [value for value in asked if not re.fullmatch(r"growing\(\d+\),", value)] == []
