"""whole: one fault on a finished run of a real configuration.

`python -m benchmarks.scale whole FOLDER WORD...` copies the run of `config.yaml` in a folder, takes
the results of some analyses away, kills the run that makes them anew in the middle, runs again, and
compares all results with those of the folder.
"""

import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _scale_table
from benchmarks._scale_runs import Run, products, wait
from neuro.io.compare import content_digests

KEPT = ("data", "results", ".snakemake")
ROOT = Path(__file__).parents[1]


def measure(arguments: Sequence[str]) -> None:
    """Add a row; without arguments nothing is done, as only its user knows of a finished run."""
    if not arguments:
        return
    source, *words = arguments
    with tempfile.TemporaryDirectory(prefix="neuro-whole-") as scratch:
        folder = Path(scratch) / "run"
        folder.mkdir()
        for name in KEPT:
            # As cp does it: links, times and all.
            subprocess.run(["cp", "-a", str(Path(source) / name), str(folder / name)], check=True)
        shutil.rmtree(folder / "data/benchmarks", ignore_errors=True)
        shutil.copy(ROOT / "config.yaml", folder / "the_config.yaml")
        _scale_table.append("whole", _trial(folder, words))


def claims() -> dict[str, float]:
    """Print the trials; they are no part of those that are counted."""
    for row in _scale_table.rows("whole"):
        print(
            f"\nconfig.yaml without {row['without']}: killed after {row['made']} of "
            f"{row['lacking']} files; {row['results']} results after the next run, of which "
            f"{row['different']} differ from those of the run without faults"
        )
    return {}


def _trial(folder: Path, words: Sequence[str]) -> dict[str, object]:
    run = Run(folder)
    if run.finish():
        raise SystemExit(f"The run is not at its end:\n{run.told()[-3000:]}")
    wanted, whole = content_digests(folder / "results"), len(products(folder))
    for path in [p for word in words for p in folder.glob(f"results/*/{word}")]:
        shutil.rmtree(path)
    there = len(products(folder))
    enough = there + int((whole - there) * random.Random(0).uniform(0.3, 0.7))
    process = run.start()
    while process.poll() is None and len(products(folder)) < enough:
        time.sleep(0.1)
    process.kill()
    status, made = wait(process), len(products(folder)) - there
    if status == 0:
        raise SystemExit("The run had ended before it was killed")
    if run.finish():
        raise SystemExit(f"The next run failed:\n{run.told()[-3000:]}")
    found = content_digests(folder / "results")
    different = [k for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k)]
    print(*sorted(different), sep="\n")
    return {
        "without": ", ".join(words),
        "lacking": whole - there,
        "made": made,
        "results": len(found),
        "different": len(different),
    }
