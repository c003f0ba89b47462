"""The smallest run on a real Slurm: jobs that fail are tried again, and the results are a local
run's."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from neuro.io.compare import content_digests

pytestmark = pytest.mark.slurm

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "workflow/configs/tiny.yaml"
STOPPED, KILLED, STARVED, ON_GPU = "fit_states", "summarise_spikes", "bin_spikes", "report"


def command(directory, *arguments):
    run = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    run += ["--configfile", str(CONFIG), "--directory", str(directory)]
    return [*run, *arguments]


def of_profile(directory):
    """The project's profile, with shorter waits, and one job each that will lack time or memory."""
    return command(
        directory,
        *("--profile", str(ROOT / "workflow/profiles/slurm"), "--cores", "2"),
        *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
        "--set-resources",
        f"{STARVED}:mem_mb=50 * 40 ** (attempt - 1)",
        f"{STOPPED}:runtime=5 * attempt - 4",
        f"{ON_GPU}:gpu=1",
    )


def job_of(rule, directory):
    """Process of a running job of a rule; None if there is none."""
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            at_home = Path(process.cwd()) == directory
        except psutil.Error:
            continue
        if at_home and any(re.search(rf"/tmp[^/]*\.{rule}\w*\.py$", word) for word in words):
            return process
    return None


SCRIPTS = {STOPPED: "states_fit", KILLED: KILLED}


def harm(run, directory):
    """Stop one job for good, so that its time runs out, and kill another, once each."""
    left = {STOPPED: signal.SIGSTOP, KILLED: signal.SIGKILL}
    while run.poll() is None:
        for rule, number in list(left.items()):
            process = job_of(SCRIPTS[rule], directory)
            if process is not None:
                process.send_signal(number)
                del left[rule]
        time.sleep(0.1)
    return left


@pytest.fixture(scope="module")
def finished(slurm, tmp_path_factory):
    """The run on Slurm, and the same run without it."""
    alone, queued = (tmp_path_factory.mktemp(name) for name in ("alone", "queued"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    told = queued / "told.txt"
    with told.open("w") as file, (alone / "told.txt").open("w") as other:
        local = subprocess.Popen(
            command(alone, "--cores", "1"), stdout=other, stderr=other, env=environment
        )
        run = subprocess.Popen(
            of_profile(queued), stdout=file, stderr=subprocess.STDOUT, env=environment
        )
        try:
            unharmed = harm(run, queued)
        finally:
            run.send_signal(signal.SIGINT) if run.poll() is None else None
            local.wait()
    assert local.returncode == 0, (alone / "told.txt").read_text()
    jobs = slurm.jobs()
    for job in jobs:
        job["rule"] = re.sub(r"^rule_|_wildcards.*|_networks.*", "", job["rule"])
        print("  ".join(f"{value:20}" for value in job.values()))
    if path := os.environ.get("NEURO_SLURM_TABLE"):
        keep(Path(path), jobs, content_digests(alone / "results"), queued)
    assert run.returncode == 0, told.read_text() + slurm.logs()
    assert not unharmed
    return alone, queued, jobs


def keep(path, jobs, expected, queued):
    """Write the jobs, and whether results are equal, for the benchmark."""
    found = content_digests(queued / "results")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*jobs[0], "equal"], delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**job, "equal": int(found == expected)} for job in jobs)


def attempts(jobs, rule):
    return [job for job in jobs if job["rule"] == rule]


def test_the_results_are_those_of_a_local_run(finished):
    alone, queued, _ = finished
    expected = content_digests(alone / "results")
    assert len(expected) > 10
    assert content_digests(queued / "results") == expected


def test_a_job_out_of_time_is_tried_again_with_more(finished):
    first, second = attempts(finished[2], STOPPED)
    assert (first["state"], first["time"]) == ("TIMEOUT", "00:01:00")
    assert (second["state"], second["time"]) == ("COMPLETED", "00:06:00")


def test_a_killed_job_is_tried_again_and_asks_for_more_as_its_rule_says(finished):
    first, second = attempts(finished[2], KILLED)
    assert (first["state"], first["memory"]) == ("FAILED", "2000M")
    assert (second["state"], second["memory"]) == ("COMPLETED", "4000M")


def test_a_job_without_enough_memory_is_tried_again_with_more(finished):
    first, second = attempts(finished[2], STARVED)
    assert (first["state"], first["memory"]) == ("FAILED", "50M")
    assert (second["state"], second["memory"]) == ("COMPLETED", "2000M")


def test_a_job_that_needs_a_gpu_asks_for_one(finished):
    asked = {job["rule"]: job["gpus"] for job in finished[2]}
    assert "gpu" in asked[ON_GPU]
    assert not asked[STARVED]


def test_each_other_job_ran_once(finished):
    others = [j for j in finished[2] if j["rule"] not in {STOPPED, KILLED, STARVED}]
    assert {job["state"] for job in others} == {"COMPLETED"}
    assert len({job["rule"] for job in others}) == len(others)
