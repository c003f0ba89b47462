"""same: results of one configuration on two cores, on one core elsewhere, and in another order.

`python -m benchmarks.scale same my.yaml` takes another configuration. The other order makes the
datasets one after the other, the last one first, with Snakemake's greedy scheduler.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from benchmarks import _scale_table
from neuro.io.compare import content_digests

ROOT = Path(__file__).parents[1]
CONFIGS = ("workflow/configs/ci.yaml", "workflow/configs/ci_analyses.yaml")
WAYS = {
    "one_core": (["--cores", "1"], "another/place/further/down"),
    "other_order": (["--cores", "2", "--scheduler", "greedy"], "order"),
}


def measure(arguments: Sequence[str]) -> None:
    """Add the files of each configuration that is not in the table."""
    done = {row["config"] for row in _scale_table.rows("same")}
    for config in arguments or CONFIGS:
        if Path(config).stem in done:
            continue
        with tempfile.TemporaryDirectory(prefix="neuro-same-") as scratch:
            for row in _compare(Path(config).absolute(), Path(scratch)):
                _scale_table.append("same", row)


def claims() -> dict[str, float]:
    """Print digests and whether they are equal; no claim but that of Slurm is about it."""
    rows = _scale_table.rows("same")
    if rows:
        print(f"\n{'configuration':14} {'HDF5 file':58} {'digest':12} one core other order")
    for row in rows:
        if row["file"].endswith(".h5"):
            same = [("equal" if row[way] == "1" else "OTHER") for way in WAYS]
            print(f"{row['config']:14} {row['file']:58} {row['digest'][:12]} {same[0]:8} {same[1]}")
    for config in dict.fromkeys(row["config"] for row in rows):
        own = [row for row in rows if row["config"] == config]
        unlike = [row["file"] for row in own if "0" in {row[way] for way in WAYS}]
        n_arrays = sum(row["file"].endswith(".h5") for row in own)
        print(
            f"{config}: {len(own)} results, of which {n_arrays} are HDF5; {len(own) - len(unlike)} "
            f"are equal{', not: ' + ', '.join(unlike) if unlike else ''}"
        )
    return {}


def _compare(config: Path, scratch: Path) -> list[dict[str, object]]:
    first = scratch / "first"
    _run(first, config, ["--cores", "2"])
    wanted = content_digests(first / "results")
    found = {}
    for way, (arguments, place) in WAYS.items():
        folder = scratch / place
        if way == "other_order":
            for targets in _by_dataset(config, first):
                _run(folder, config, arguments, targets)
        _run(folder, config, arguments)
        found[way] = content_digests(folder / "results")
    return [
        {
            "config": config.stem,
            "file": file,
            "digest": wanted.get(file, "-"),
            **{way: int(found[way].get(file) == wanted.get(file)) for way in WAYS},
        }
        for file in sorted({*wanted, *(name for own in found.values() for name in own)})
    ]


def _by_dataset(config: Path, done: Path) -> list[list[str]]:
    """What a report is made of, a dataset at a time and the last one first."""
    names = list(yaml.safe_load(config.read_text(encoding="utf-8"))["datasets"])
    return [
        [str(p.relative_to(done)) for p in sorted(done.glob(f"results/{name}/*/manifest.json"))]
        for name in reversed(names)
    ]


def _run(folder: Path, config: Path, arguments: Sequence[str], targets: Sequence[str] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", str(config), "--directory", str(folder), "--quiet", "rules"]
    done = subprocess.run(
        [*command, *arguments, *targets], check=False, capture_output=True, text=True, cwd=folder
    )
    if done.returncode:
        raise SystemExit(f"{config.name} failed in {folder}:\n{done.stderr[-3000:]}")
