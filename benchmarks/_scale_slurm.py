"""Slurm: the smallest run on a Slurm of its own, whose jobs fail once, against a local run.

The tests in `tests/slurm` start the daemons, harm the jobs, and keep the table.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import _scale_table

ROOT = Path(__file__).parents[1]


def measure(arguments: Sequence[str]) -> None:
    if arguments:
        raise SystemExit(f"Part slurm takes no arguments, got {list(arguments)}")
    _scale_table.FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "NEURO_SLURM_TABLE": str(_scale_table.FOLDER / "slurm.tsv")}
    command = [sys.executable, "-m", "pytest", "-m", "slurm", "-rs", "tests/slurm"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def claims() -> dict[str, float]:
    rows = _scale_table.rows("slurm")
    if not rows:
        return {}
    print(f"\n{'job':>4} {'rule':20} {'state':10} {'memory':>8} {'time':>9} GPUs")
    for row in rows:
        print(
            f"{row['id']:>4} {row['rule']:20} {row['state']:10} {row['memory']:>8} "
            f"{row['time']:>9} {row['gpus'] or '-'}"
        )
    failed = sum(row["state"] != "COMPLETED" for row in rows)
    print(f"{len(rows)} jobs submitted, {failed} failed and were tried again")
    return {"scale.slurm_equals_local": min(float(row["equal"]) for row in rows)}
