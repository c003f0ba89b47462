"""The house: is a finished run left alone, does a killed run end the same, is the N170 there?

`python -m benchmarks.house` runs the default configuration where it is not finished yet.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._claims import tell

ROOT = Path(__file__).parents[1]


def snakemake(directory: Path) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "rules"]
    where = ["--snakefile", "Snakefile", "--configfile", "config.yaml"]
    return [*command, *where, "--directory", str(directory), "--rerun-incomplete"]


def noop_seconds() -> float:
    """Median wall seconds of three runs that have nothing to do."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(snakemake(ROOT), cwd=ROOT, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[1]


def killed_run_equal() -> float:
    """Kill Snakemake with SIGKILL at three stages, let it end, and compare with the finished run.

    What follows a kill is what `make run` does: take the stale lock away, and run again.
    """
    from neuro.io.compare import content_digests

    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        if (ROOT / "data/packages").is_dir():
            shutil.copytree(ROOT / "data/packages", directory / "data/packages")
        stages = ("results/logs/clean_eeg", "results/logs/average_eeg", "results/logs/report.log")
        for stage in stages:
            run = subprocess.Popen(
                snakemake(directory),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while run.poll() is None and not (directory / stage).exists():
                time.sleep(0.05)
            time.sleep(1.0)
            killed = run.poll() is None
            run.kill()
            run.wait()
            print(f"{stage} was reached; {'killed' if killed else 'had ended already'}")
            subprocess.run(
                [sys.executable, "-m", "neuro.workflow.orphans"], cwd=directory, check=True
            )
        subprocess.run(snakemake(directory), cwd=ROOT, check=True, capture_output=True)
        killed_run, whole = (
            content_digests(directory / "results"),
            content_digests(ROOT / "results"),
        )
    different = sorted(
        k for k in killed_run.keys() | whole.keys() if killed_run.get(k) != whole.get(k)
    )
    print(f"{len(whole)} files compared, different: {different or 'none'}")
    return float(bool(whole) and not different)


def n170_p() -> float:
    """Cluster p of face minus house, the larger of all recordings."""
    from neuro.io.tables import read_tsv

    table = read_tsv(ROOT / "results/faces/preprocessed/components.tsv", ("component", "p"))
    n170 = table[table["component"] == "N170"]
    print(n170.to_string(index=False))
    return float(n170["p"].max())


def main() -> int:
    subprocess.run(snakemake(ROOT), cwd=ROOT, check=True)
    values = {
        "house.noop_seconds": noop_seconds(),
        "house.killed_run_equal": killed_run_equal(),
        "house.n170_p": n170_p(),
    }
    return 0 if tell("house", values) else 1


if __name__ == "__main__":
    sys.exit(main())
