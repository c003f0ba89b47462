"""fuzz: every reader against broken files, until 20,000 are read or 10 CPU minutes spent each.

What came of each file is `read` (the damage shows in the numbers, if at all), `clear` (an error
that names the file), `unclear` (an error that does not), `crash` (an error of the wrong kind, or
the end of the process) or `hang` (more than a CPU minute). Its reader and number decide a file:
`python -m benchmarks.scale fuzz eeg-edf 1234` reads one again and tells what came of it. Readers
may be shared among processes: `fuzz 1/2` and `fuzz 2/2`.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import _scale_table

ENOUGH = 20_000
BUDGET = 600.0
"""CPU seconds of a reader."""
PIECE = 2_000
TASTE = 400
"""Files that each reader begins with; the cheap readers go on first."""
PATIENCE = 900.0
"""Seconds without a word after which a reader hangs; CPU seconds are limited in its process."""
KINDS = ("read", "clear", "unclear", "crash", "hang")
Told = tuple[int, str, float, str]


def measure(arguments: Sequence[str]) -> None:
    """Go on with every reader, or with those that are named; with a number, read that file."""
    from benchmarks._fuzz_readers import READERS

    parts = [argument for argument in arguments if "/" in argument]
    names = [name for name in arguments if not name.isdigit() and name not in parts]
    if not names:
        part, of = map(int, parts[0].split("/")) if parts else (1, 1)
        names = list(READERS)[part - 1 :: of]
    if unknown := set(names) - set(READERS):
        raise SystemExit(f"No reader {sorted(unknown)}; allowed: {', '.join(READERS)}")
    if numbers := [int(number) for number in arguments if number.isdigit()]:
        for number in numbers:
            for told in _read(names[0], number, number + 1):
                print(*told, sep="\t")
        return
    for name in names:
        if not _so_far(name)["tried"]:
            _scale_table.append("fuzz", _piece(name, 0, TASTE))
    for name in sorted(names, key=_cost):
        while (done := _so_far(name))["tried"] < ENOUGH and done["cpu"] < BUDGET:
            tried = int(done["tried"])
            _scale_table.append("fuzz", _piece(name, tried, min(PIECE, ENOUGH - tried)))


def claims() -> dict[str, float]:
    """Print the table of readers."""
    names = dict.fromkeys(row["reader"] for row in _scale_table.rows("fuzz"))
    if not names:
        return {}
    print(f"\n{'reader':22} {'files':>7} {'CPU s':>7} " + " ".join(f"{kind:>7}" for kind in KINDS))
    bad = 0.0
    for name in names:
        done = _so_far(name)
        counts = " ".join(f"{int(done[kind]):7}" for kind in KINDS)
        print(f"{name:22} {int(done['tried']):7} {done['cpu']:7.0f} {counts}")
        bad += done["crash"] + done["hang"] + done["unclear"]
    return {"scale.fuzz_crashes": bad}


def _so_far(name: str) -> dict[str, float]:
    rows = [row for row in _scale_table.rows("fuzz") if row["reader"] == name]
    return {key: sum(float(row[key]) for row in rows) for key in ("tried", "cpu", *KINDS)}


def _cost(name: str) -> float:
    """CPU seconds per file."""
    done = _so_far(name)
    return done["cpu"] / max(done["tried"], 1.0)


def _piece(name: str, first: int, size: int) -> dict[str, object]:
    """Read some files; what is wrong is kept with its number."""
    counts: Counter[str] = Counter()
    cpu, last = 0.0, first
    found = _scale_table.FOLDER / "fuzz_findings.jsonl"
    found.parent.mkdir(parents=True, exist_ok=True)
    with found.open("a", encoding="utf-8") as file:
        for number, kind, seconds, message in _read(name, first, first + size):
            counts[kind] += 1
            cpu, last = cpu + seconds, number + 1
            if kind not in ("read", "clear"):
                told = {"reader": name, "number": number, "kind": kind, "error": message}
                file.write(json.dumps(told) + "\n")
                file.flush()
            if cpu > BUDGET:
                break
    kinds = {kind: counts[kind] for kind in KINDS}
    return {"reader": name, "tried": last - first, "cpu": round(cpu, 1), **kinds}


def _read(name: str, first: int, last: int) -> Iterator[Told]:
    """What came of each file, by processes that are begun again where one ends or hangs."""
    at = first
    while at < last:
        command = [sys.executable, "-m", "benchmarks._fuzz_worker", name, str(at), str(last)]
        worker = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[1],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        began, spent = at, 0.0
        try:
            for line in _lines(worker):
                number, kind, seconds, message = line.split("\t", 3)
                yield int(number), kind, float(seconds) - spent, message
                at, spent = int(number) + 1, float(seconds)
        finally:
            worker.kill()
            worker.wait()
        if at < last:
            hangs = worker.returncode in (-signal.SIGKILL, -signal.SIGPROF)
            if at == began and not hangs:
                raise SystemExit(f"{name}: file {at} ends its process, or the good one is not read")
            yield at, "hang" if hangs else "crash", 0.0, f"exit status {worker.returncode}"
            at += 1


def _lines(worker: "subprocess.Popen[bytes]") -> Iterator[str]:
    """Lines of a process, until it ends or is silent for too long."""
    assert worker.stdout is not None
    with selectors.DefaultSelector() as waits:
        waits.register(worker.stdout, selectors.EVENT_READ)
        rest = b""
        while waits.select(PATIENCE):
            read = os.read(worker.stdout.fileno(), 1 << 16)
            if not read:
                worker.wait()
                return
            *whole, rest = (rest + read).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)
