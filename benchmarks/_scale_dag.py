"""dag: what Snakemake costs before and without work, from 400 to 4,000 recordings.

1,000 people in four sessions are listed by the simulated source; their products are empty files
with the metadata that a finished run leaves. Nothing is recorded and nothing computed.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _scale_table

ROOT = Path(__file__).parents[1]
SUBJECTS = (100, 300, 1000)
SESSIONS = 4
CONFIG = """
seed: 7
datasets:
  cohort:
    modality: eeg
    source: {{type: simulate, n_subjects: {n_subjects}, n_sessions: {n_sessions}}}
    events: {{standard: [standard], target: [target]}}
    preprocess:
      chain:
        - filter: {{l_freq: 0.5, h_freq: 30}}
      epochs: {{tmin: -0.2, tmax: 0.6, baseline: [-0.2, 0.0], reject: null}}
"""
# Snakemake waits 0.1 s for each job that it only touches: twenty minutes here.
UNHURRIED = (
    "from snakemake.executors.touch import Executor; Executor.SLEEPING_TIME = 0; "
    "from snakemake.cli import main; main()"
)


def measure(arguments: Sequence[str]) -> None:
    """Add a row per size and step; sizes that are there are left."""
    done = {row["recordings"] for row in _scale_table.rows("dag")}
    for n_subjects in map(int, arguments) if arguments else SUBJECTS:
        if str(n_subjects * SESSIONS) not in done:
            for row in _steps(n_subjects):
                _scale_table.append("dag", row)


def claims() -> dict[str, float]:
    """Print the table, and what each step costs per 1,000 recordings; no claim is about it."""
    rows = _scale_table.rows("dag")
    if rows:
        print(f"\n{'recordings':>10} {'step':12} {'jobs':>6} {'CPU s':>7} {'wall s':>7} {'MB':>6}")
    for row in rows:
        numbers = (row["jobs"], float(row["cpu"]), float(row["wall"]), float(row["peak_mb"]))
        jobs, cpu, wall, peak = numbers
        print(
            f"{row['recordings']:>10} {row['step']:12} {jobs:>6} {cpu:7.1f} {wall:7.1f} {peak:6.0f}"
        )
    for step in dict.fromkeys(row["step"] for row in rows):
        sizes = {int(row["recordings"]): row for row in rows if row["step"] == step}
        low, high = min(sizes), max(sizes)
        if low < high:
            per = 1000 / (high - low)
            ends = sizes[low], sizes[high]
            cpu, peak = (
                per * (float(ends[1][key]) - float(ends[0][key])) for key in ("cpu", "peak_mb")
            )
            print(f"{step}: {cpu:.1f} CPU s and {peak:.0f} MB for 1,000 more recordings")
    return {}


def _steps(n_subjects: int) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config = folder / "cohort.yaml"
        config.write_text(CONFIG.format(n_subjects=n_subjects, n_sessions=SESSIONS))
        (folder / ".snakemake").mkdir()
        jobs, first = _snakemake(folder, config, "--dry-run")  # it also reads the code once
        _, again = _snakemake(folder, config, "--dry-run")
        n_jobs = sum(jobs.values())
        rows = [
            _row(n_subjects, "dry-run", first, n_jobs),
            _row(n_subjects, "again", again, n_jobs),
        ]
        counts = ", ".join(f"{n} {rule}" for rule, n in jobs.most_common())
        print(f"{n_subjects * SESSIONS} recordings: {counts}")
        whole = ["results/cohort/preprocessed/manifest.json", "--batch", "summarise_eeg=1/10"]
        batch, cost = _snakemake(folder, config, "--dry-run", *whole)
        rows.append(_row(n_subjects, "batch 1/10", cost, sum(batch.values())))
        _pretend(folder, config)
        left, cost = _snakemake(folder, config)
        if left:
            raise SystemExit(f"A finished run has jobs left: {left}")
        rows.append(_row(n_subjects, "no-op", cost, 0))
    return rows


def _row(n_subjects: int, step: str, cost: dict[str, float], jobs: int) -> dict[str, object]:
    return {"recordings": n_subjects * SESSIONS, "step": step, "jobs": jobs, **cost}


def _command(folder: Path, config: Path) -> list[str]:
    where = ["--directory", str(folder), "--configfile", str(config)]
    return ["--cores", "2", *where, "--quiet", "rules", "--profile", "workflow/profiles/large"]


def _snakemake(
    folder: Path, config: Path, *arguments: str
) -> tuple[Counter[str], dict[str, float]]:
    """Jobs by rule that Snakemake counts, and what it cost."""
    start = time.perf_counter()
    with (folder / "told.txt").open("w+b") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *_command(folder, config), *arguments],
            cwd=ROOT,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        text = (folder / "told.txt").read_text()
    if status:
        raise SystemExit(text[-3000:])
    # A dry run counts its jobs twice, before and after.
    counts = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}
    counts.pop("total", None)
    peak = round(usage.ru_maxrss / 1024, 1)
    cpu = round(usage.ru_utime + usage.ru_stime, 2)
    return Counter(counts), {"cpu": cpu, "wall": round(wall, 2), "peak_mb": peak}


def _pretend(folder: Path, config: Path) -> None:
    """Make every product, empty, and the metadata of jobs that made them."""
    from neuro.config import load
    from neuro.datasets.table import IDENTITY, write_rows
    from neuro.workflow.plan import Plan

    command = [*_command(folder, config), "--detailed-summary"]
    told = subprocess.run(
        [sys.executable, "-m", "snakemake", *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for line in told.splitlines():
        if "\t" in line and not line.startswith("output_file"):
            path = folder / line.split("\t")[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix or path.name.startswith("."):
                path.touch()
            else:
                path.mkdir(exist_ok=True)
    header = {"sfreq": "128", "n_channels": "32", "duration": "86"}
    write_rows(
        folder / "data/cohort/recordings.tsv",
        [
            {**{key: getattr(r, key) for key in IDENTITY}, **header}
            for r in Plan(load(config)).recordings("cohort")
        ],
    )
    command = [*_command(folder, config), "--touch", "--forceall"]
    subprocess.run(
        [sys.executable, "-c", UNHURRIED, *command], cwd=ROOT, check=True, capture_output=True
    )
