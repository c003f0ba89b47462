"""Fusion of functional and diffusion MRI: what it finds that others do not, and what it costs.

`python -m benchmarks.fusion` measures every claim; `python -m benchmarks.fusion simulated without
ablation size real sclerosis` some parts only. Single-threaded; CPU seconds.
"""

import os
import sys

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")})

from collections.abc import Callable

import torch

from benchmarks._claims import tell
from benchmarks._fusion_real import real, sclerosis
from benchmarks._fusion_simulated import ablation, simulated, without
from benchmarks._fusion_size import size

PARTS: dict[str, Callable[[], dict[str, float]]] = {
    part.__name__: part for part in (simulated, without, ablation, size, real, sclerosis)
}


def main(names: list[str]) -> int:
    torch.set_num_threads(1)
    values: dict[str, float] = {}
    for name in [name for name in names if name in PARTS] or PARTS:
        values |= PARTS[name]()
    if not values:  # parts without claims leave the claims' file alone
        return 0
    return 0 if tell("fusion", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
