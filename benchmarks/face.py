"""The face: does the report open without a fault, how large is it, how long until one has it?

`python -m benchmarks.face [results]` opens every page of a finished report in Chromium.
`python -m benchmarks.face run [folder]` first clones this repository, times `make run` there, and
opens the report that it made; its minutes by stage are kept in `data/benchmarks/face/`. Without a
folder the clone is a temporary one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._claims import tell
from benchmarks._face_browser import SEVERE, Visit, visits

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "data/benchmarks/face"
PAGES = (".html", ".json", ".bib")


def look(results: Path) -> list[Visit]:
    """Open every page, and print what was found."""
    report = results.resolve() / "report"
    if not (report / "index.html").is_file():
        raise SystemExit(f"There is no report in {report}; write it with `make run`")
    pictures = KEPT / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    print(f"{'page':38} {'kB':>6} {'s':>5} {'console':>7} {'dead':>4} {'wide':>4}  axe")
    found = []
    for one in visits(report, pictures):
        axe = ", ".join(f"{name} ({n})" for name, n in one.axe.items()) or "-"
        counts = f"{len(one.console):7} {len(one.dead):4} {one.overflow:4}"
        print(f"{one.name:38} {one.kilobytes:6.0f} {one.seconds:5.2f} {counts}  {axe}")
        for line in (*one.console, *(f"dead link: {link}" for link in one.dead)):
            print(f"    {line}")
        found.append(one)
    files = [path for path in report.rglob("*") if path.is_file()]
    size = {path: path.stat().st_size for path in files}
    own = sum(n for path, n in size.items() if path.suffix in PAGES)
    severe = sum(n for one in found for name, n in one.axe.items() if name.split(":")[0] in SEVERE)
    print(
        f"\n{len(found)} pages, {own / 1e6:.1f} MB without figures and tables, "
        f"{sum(size.values()) / 1e6:.1f} MB with them; the slowest opened in "
        f"{max(one.seconds for one in found):.2f} s; "
        f"{severe} serious or critical findings of axe; pictures in {pictures}"
    )
    return found


def run(clone: Path) -> None:
    """Clone, `make run` on two cores, and keep the minutes by stage."""
    stages = {}
    steps = {
        "clone": ["git", "clone", "--quiet", str(ROOT), str(clone)],
        "install": ["make", "-C", str(clone), "install"],
        "run": ["make", "-C", str(clone), "run", "CORES=2"],
    }
    begun = time.perf_counter()
    for name, command in steps.items():
        start = time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        stages[name] = (time.perf_counter() - start) / 60
    if not (clone / "results/report/index.html").is_file():
        raise SystemExit("make run ended without a report")
    kept = {
        "total": (time.perf_counter() - begun) / 60,
        "stages": stages,
        "rules": _rules(clone / "results/benchmarks"),
    }
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "make_run.json").write_text(json.dumps(kept, indent=2) + "\n")


def _rules(folder: Path) -> dict[str, float]:
    """Minutes of all jobs of each rule, the longest first; two ran at a time."""
    minutes: dict[str, float] = {}
    for path in folder.rglob("*.jsonl"):
        rule = path.relative_to(folder).parts[0].removesuffix(".jsonl")
        last = json.loads(path.read_text().splitlines()[-1])
        minutes[rule] = minutes.get(rule, 0) + float(last["s"]) / 60
    return dict(sorted(minutes.items(), key=lambda item: -item[1]))


def tell_run(kept: dict[str, Any]) -> None:
    """Print the minutes by stage and by rule."""
    print(f"\n{'stage':34} minutes")
    for name, minutes in [*kept["stages"].items(), ("from clone to report", kept["total"])]:
        print(f"{name:34} {minutes:7.1f}")
    print(f"\n{'rule, its jobs together':34} minutes")
    for name, minutes in list(kept["rules"].items())[:15]:
        print(f"{name:34} {minutes:7.1f}")


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["run"]:
        with tempfile.TemporaryDirectory() as scratch:
            clone = Path(arguments[1]) if arguments[1:] else Path(scratch) / "neuro"
            run(clone)
            found = look(clone / "results")
    else:
        found = look(Path(arguments[0]) if arguments else ROOT / "results")
    values = {"face.console_errors": float(sum(len(one.console) for one in found))}
    if (KEPT / "make_run.json").is_file():
        kept = json.loads((KEPT / "make_run.json").read_text())
        tell_run(kept)
        values["face.make_run_minutes"] = kept["total"]
    else:
        print("\nNobody timed `make run` here: python -m benchmarks.face run")
    return 0 if tell("face", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
