"""Preprocessing of every modality: what was recorded is found again.

`python -m benchmarks.preprocess [modality ...]` measures the claims of all modalities, or of some.
"""

import sys
from importlib import import_module

from benchmarks._claims import tell

MODALITIES = ("meg", "fmri", "spikes")
"""Modalities with claims; `python -m benchmarks._cleaning` tells what cleaning brings to EEG."""


def main(modalities: list[str]) -> int:
    values: dict[str, float] = {}
    for modality in modalities or MODALITIES:
        values |= import_module(f"benchmarks._preprocess_{modality}").claims()
    return 0 if tell("preprocess", values) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
