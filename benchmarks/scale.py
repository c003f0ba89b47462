"""Scale and trust: what holds on a cluster, under faults, and for hostile input.

`python -m benchmarks.scale` runs every part; `python -m benchmarks.scale faults --trials 30` one,
with its own arguments; `python -m benchmarks.scale tell` none. What was measured is kept in
`data/benchmarks/scale`, so that a part goes on where it was stopped, and is told after each run.
"""

import importlib
import sys
from types import ModuleType

from benchmarks._claims import tell

PARTS = ("slurm", "faults", "whole", "same", "dag", "fuzz")
"""Modules `_scale_<part>`: `measure(arguments)` does what is missing and keeps what it measured,
`claims()` gives what was kept as claims by name, and prints its table."""


def part(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks._scale_{name}")


def main(arguments: list[str]) -> int:
    asked, rest = (arguments[:1], arguments[1:]) if arguments else (list(PARTS), [])
    if not {*asked} <= {*PARTS, "tell"}:
        print(f"Unknown part {asked[0]!r}; allowed: {', '.join(PARTS)}, tell", file=sys.stderr)
        return 2
    for name in asked:
        if name != "tell":
            part(name).measure(rest)
    values: dict[str, float] = {}
    for name in PARTS:
        values |= part(name).claims()
    return 0 if tell("scale", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
