"""Brain networks: triangles as fast as they can be counted, and what they are good for.

`python -m benchmarks.graphs [part ...]` measures the claims of all parts, or of some: `speed`
(3-cycle maps against igraph and a dense product), `voxels` (time and memory to 100,000 nodes),
`triangles` and `sites` (simulations with known truth), `real` (recordings of the catalogue).
"""

import sys
from importlib import import_module

from benchmarks._claims import tell

PARTS = ("speed", "voxels", "triangles", "sites", "real")


def main(parts: list[str]) -> int:
    values: dict[str, float] = {}
    for part in parts or PARTS:
        print(f"\n== {part} ==", flush=True)
        values |= import_module(f"benchmarks._graphs_{part}").claims()
    return 0 if tell("graphs", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
