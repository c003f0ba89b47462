"""Jobs that run elsewhere, where there is no Slurm: two scripts take the part of a cluster."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neuro.io import hdf5

ROOT = Path(__file__).parents[2]
TARGET = "results/networks/preprocessed/sub-01/ecephys/sub-01_spikes.h5"
# The first job that is submitted never runs, as on a node that dies.
SUBMIT = """\
#!/bin/sh
job=$(mktemp {folder}/job.XXXXXX)
if [ ! -e {folder}/first ]; then
    touch {folder}/first
    echo 1 > "$job.status"
else
    (sh "$1" > "$job.log" 2>&1; echo $? > "$job.status") > /dev/null 2>&1 &
fi
echo "$job"
"""
STATUS = """\
#!/bin/sh
[ -s "$1.status" ] || { echo running; exit; }
[ "$(cat "$1.status")" = 0 ] && echo success || echo failed
"""

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(
        importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None,
        reason="no snakemake-executor-plugin-cluster-generic here",
    ),
]


def snakemake(directory, *arguments):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", str(ROOT / "workflow/configs/tiny.yaml"), "--cores", "1"]
    command += ["--directory", str(directory), *arguments, "--", TARGET]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_jobs_elsewhere_give_the_same_and_a_lost_one_is_tried_again(tmp_path):
    folder = tmp_path / "cluster"
    folder.mkdir()
    scripts = {"submit": SUBMIT.replace("{folder}", str(folder)), "status": STATUS}
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    told = snakemake(
        tmp_path / "away",
        *("--executor", "cluster-generic", "--jobs", "2", "--retries", "1"),
        *("--cluster-generic-submit-cmd", str(folder / "submit")),
        *("--cluster-generic-status-cmd", str(folder / "status")),
        *("--seconds-between-status-checks", "1"),
    )
    assert "Trying to restart job" in told
    snakemake(tmp_path / "here")
    digests = [hdf5.digest(tmp_path / name / TARGET) for name in ("away", "here")]
    assert digests[0] == digests[1]
