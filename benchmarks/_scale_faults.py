"""Faults: a run is harmed at a random moment; after the next run the results are a clean run's.

`python -m benchmarks.scale faults --trials 30` goes on until 30 trials are in the table. The
trial's number decides the fault and all that is random but the moments of a machine.
"""

import argparse
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _scale_harm, _scale_runs, _scale_table
from benchmarks._scale_harm import FAULTS
from benchmarks._scale_runs import Run
from neuro.io.compare import content_digests

RUNS = 3
"""Runs after the harmed one: each may tell what to delete, as a file that was fetched."""


NONE = "it had ended before"
"""What a trial is told to have been whose fault came too late; it does not count."""


class Workplace:
    """What trials share: a server, and runs without faults to start from and to compare with."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.server = _scale_runs.Server()
        self.kept: dict[bool, tuple[Path, dict[str, str]]] = {}

    def clean(self, in_place: bool) -> tuple[Path, dict[str, str]]:
        """Where a trial starts from, and the results that it must end with."""
        if in_place not in self.kept:
            raw = _scale_runs.config(self.server, in_place)
            name = "in_place" if in_place else "fetched"
            source = _scale_runs.clean(self.scratch, name, raw)
            wanted = source
            if in_place:
                wanted = _scale_runs.clean(self.scratch, f"{name}_changed", raw, seed=2)
            self.kept[in_place] = source, results(wanted)
        return self.kept[in_place]


def results(directory: Path) -> dict[str, str]:
    tables = {str(p): p.read_text() for p in directory.glob("data/*/recordings.tsv")}
    return content_digests(directory / "results") | {
        str(Path(name).relative_to(directory)): text for name, text in tables.items()
    }


def trial(number: int, workplace: Workplace) -> dict[str, object]:
    """Harm one run, and see what the next ones make of it."""
    rng = random.Random(number)
    names = list(FAULTS)
    name = names[number % len(names)]
    kind = FAULTS[name]
    source, wanted = workplace.clean(kind.in_place)
    share = rng.choice([0.0, *(rng.uniform(0.2, 1.0) for _ in range(4))])
    if kind.share is not None:
        share = kind.share
    fault = kind(rng, len(_scale_runs.products(source)), workplace.server)
    start = time.perf_counter()
    directory = workplace.scratch / f"trial{number}" / "run"
    directory.parent.mkdir()
    outcome, runs = "error", 0
    try:
        _scale_runs.resume_at(source, directory, share)
        run = Run(directory)
        fault.before(directory)
        process = run.start(limit=fault.limit)
        try:
            fault.during(run, process)
        except BaseException:
            process.kill()
            raise
        status = _scale_runs.wait(process)
        fault.undo(directory)
        outcome, runs = recover(run, wanted)
    finally:
        _scale_harm.unmount_all(directory.parent)
        keep_if_bad(directory, outcome)
    return {
        "trial": number,
        "fault": name,
        "detail": fault.detail or NONE,
        "done_before": f"{share:.2f}",
        "harmed_status": status,
        "outcome": outcome,
        "runs_after": runs,
        "seconds": f"{time.perf_counter() - start:.1f}",
    }


def recover(run: Run, wanted: dict[str, str]) -> tuple[str, int]:
    """Run again, doing what errors say; how it ended, and after how many runs."""
    for count in range(1, RUNS + 1):
        status = run.finish()
        if status == 0:
            found = results(run.directory)
            different = sorted(
                key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)
            )
            if different:
                print(f"  different: {different}")
            return ("wrong" if different else "survived"), count
        if status == 124:
            return "hung", count
        for path in set(re.findall(r"[Dd]elete (\S+?)\.? and run again", run.told())):
            (run.directory / path).unlink(missing_ok=True)
    print(run.told()[-3000:])
    return "lost", RUNS


def keep_if_bad(directory: Path, outcome: str) -> None:
    """Keep the folder of a trial that did not survive, to look into."""
    if outcome != "survived":
        target = _scale_table.FOLDER / "bad" / directory.parent.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(directory.parent, target, symlinks=True)
    shutil.rmtree(directory.parent, ignore_errors=True)


def measure(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale faults")
    parser.add_argument("--trials", type=int, default=200, help="number of trials in the table")
    parser.add_argument("--only", type=int, nargs="*", help="these trials, outside the table")
    asked = parser.parse_args(arguments)
    done = {int(row["trial"]) for row in _scale_table.rows("faults")}
    numbers = asked.only or [n for n in range(asked.trials) if n not in done]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that folders are unmounted
    with tempfile.TemporaryDirectory(prefix="neuro-faults-") as scratch:
        workplace = Workplace(Path(scratch))
        bad = 0
        for number in numbers:
            row = trial(number, workplace)
            print("  ".join(str(value) for value in row.values()), flush=True)
            bad += row["outcome"] != "survived"
            if not asked.only:
                _scale_table.append("faults", row)
    if bad:
        raise SystemExit(f"{bad} trial(s) did not survive")


def claims() -> dict[str, float]:
    rows = [row for row in _scale_table.rows("faults") if row["detail"] != NONE]
    if not rows:
        return {}
    print(f"\n{'fault':18} {'trials':>6} {'survived':>8} {'lost':>5} {'wrong':>5} {'s, median':>9}")
    for name in [*FAULTS, "all"]:
        some = [row for row in rows if name in ("all", row["fault"])]
        if some:
            counts = [sum(r["outcome"] == o for r in some) for o in ("survived", "wrong")]
            seconds = statistics.median(float(row["seconds"]) for row in some)
            lost = len(some) - sum(counts)
            print(f"{name:18} {len(some):6} {counts[0]:8} {lost:5} {counts[1]:5} {seconds:9.0f}")
    bad = sum(row["outcome"] != "survived" for row in rows)
    return {"scale.faults_lost": float(bad), "scale.faults_trials": float(len(rows))}


if __name__ == "__main__":
    measure(sys.argv[1:])
