"""Faults: a run is harmed at a random moment; after the next run the results are a clean run's.

`python -m benchmarks.scale faults --trials 40` goes on until 40 trials are in the table whose fault
did harm, as many of each fault. The trial's number decides the fault and all that is random but the
moments of a machine. Two may go on at a time: `--part 1/2` and `--part 2/2`.
"""

import argparse
import itertools
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import _scale_harm, _scale_runs, _scale_table
from benchmarks._scale_harm import FAULTS
from benchmarks._scale_runs import Run
from neuro.io.compare import content_digests

RUNS = 3
"""Runs after the harmed one: each may tell what to delete, as a file that was fetched."""
GOOD = ("survived", "not harmed")
"""Outcomes of a trial in which nothing was lost. Only the first one counts as a trial: the fault of
the other came too late, or did no harm, and another number takes its place."""


class Workplace:
    """What trials share: a server, and runs without faults to start from and to compare with."""

    def __init__(self, scratch: Path, bases: Path) -> None:
        self.scratch, self.bases = scratch, bases
        bases.mkdir(parents=True, exist_ok=True)
        known = bases / "port"  # the configurations name it
        self.server = _scale_runs.Server(int(known.read_text()) if known.exists() else 0)
        known.write_text(str(self.server.http.server_port))
        self.kept: dict[str, tuple[Path, dict[str, str]]] = {}

    def clean(self, base: str) -> tuple[Path, dict[str, str]]:
        """Where a trial starts from, and the results that it must end with."""
        if base not in self.kept:
            raw = _scale_runs.config(self.server, base)
            source = wanted = _scale_runs.clean(self.bases, base.replace(" ", "_"), raw)
            if base == "in place":
                wanted = _scale_runs.clean(self.bases, "changed", raw, seed=2)
            self.kept[base] = source, results(wanted)
        return self.kept[base]


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
    source, wanted = workplace.clean(rng.choice(kind.bases))
    share = rng.choice([0.0, *(rng.uniform(0.2, 0.95) for _ in range(5))])
    if kind.share is not None:
        share = kind.share
    fault = kind(rng, source, workplace.server)
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
        equal = status == 0 and results(directory) == wanted
        fault.undo(directory)
        harmed = fault.harmed(run, status, equal)
        # What did no harm must do no wrong either.
        outcome, runs = ("not harmed", 0) if equal and not harmed else recover(run, wanted)
        if outcome == "survived" and not harmed:
            outcome = "not harmed"
    finally:
        _scale_harm.unmount_all(directory.parent)
        keep_if_bad(directory, outcome)
    return {
        "trial": number,
        "fault": name,
        "detail": fault.detail or "it had ended before",
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
    if outcome not in GOOD:
        target = _scale_table.FOLDER / "bad" / directory.parent.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(directory.parent, target, symlinks=True)
    shutil.rmtree(directory.parent, ignore_errors=True)


def measure(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale faults")
    parser.add_argument("--trials", type=int, default=200, help="trials that count in the table")
    parser.add_argument("--part", default="1/1", help="2/3: the second of three that work together")
    parser.add_argument("--bases", type=Path, help="folder that keeps the runs without faults")
    parser.add_argument("--only", type=int, nargs="*", help="these trials, outside the table")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that folders are unmounted
    with tempfile.TemporaryDirectory(prefix="neuro-faults-") as scratch:
        workplace = Workplace(Path(scratch), asked.bases or Path(scratch) / "bases")
        bad = 0
        for number in asked.only or missing(asked.trials, *map(int, asked.part.split("/"))):
            row = trial(number, workplace)
            print("  ".join(str(value) for value in row.values()), flush=True)
            bad += row["outcome"] not in GOOD
            if not asked.only:
                _scale_table.append("faults", row)
    if bad:
        raise SystemExit(f"{bad} trial(s) were lost or wrong")


def missing(trials: int, part: int, parts: int) -> Iterator[int]:
    """Numbers of the trials to do, until enough of each fault count."""
    wanted = -(-trials // (len(FAULTS) * parts))
    for turn in itertools.count():
        own = [row for row in _scale_table.rows("faults") if _turn(row) % parts == part - 1]
        counts = Counter(row["fault"] for row in own if row["outcome"] != "not harmed")
        if turn % parts != part - 1:
            continue
        if all(counts[name] >= wanted for name in FAULTS):
            return
        done = {int(row["trial"]) for row in own}
        for place, name in enumerate(FAULTS):
            number = turn * len(FAULTS) + place
            if number not in done and counts[name] < wanted:
                yield number


def _turn(row: dict[str, str]) -> int:
    return int(row["trial"]) // len(FAULTS)


def claims() -> dict[str, float]:
    every = _scale_table.rows("faults")
    if not every:
        return {}
    head = f"{'survived':>8} {'lost':>5} {'wrong':>5} {'not harmed':>10} {'s, median':>9}"
    print(f"\n{'fault':18} {'trials':>6} {head}")
    for name in [*FAULTS, "all"]:
        some = [row for row in every if name in ("all", row["fault"])]
        if rows := [row for row in some if row["outcome"] != "not harmed"]:
            survived, wrong = (sum(r["outcome"] == o for r in rows) for o in ("survived", "wrong"))
            seconds = statistics.median(float(row["seconds"]) for row in rows)
            lost, unharmed = len(rows) - survived - wrong, len(some) - len(rows)
            print(
                f"{name:18} {len(rows):6} {survived:8} {lost:5} {wrong:5} {unharmed:10} "
                f"{seconds:9.0f}"
            )
    counted = [row for row in every if row["outcome"] != "not harmed"]
    bad = sum(row["outcome"] != "survived" for row in counted)
    return {"scale.faults_lost": float(bad), "scale.faults_trials": float(len(counted))}


if __name__ == "__main__":
    measure(sys.argv[1:])
