"""Connectomes: speed and memory of the factorisation, communities, and planted motifs.

`python -m benchmarks.connectomes` measures every claim; `python -m benchmarks.connectomes kernels`
makes the table of kernels; `ntf`, `motifs` and `sbm` measure a part.
"""

import importlib.util
import os
import sys
from importlib import import_module

import numpy as np

from benchmarks._claims import tell
from benchmarks._connectomes_ntf import THREADS, measured

GROWTH = {
    "times": (480, 960, 1920, 3840),
    "neurons": (60, 125, 250, 500, 1000),
    "rank": (4, 8, 16, 32),
}


def ntf() -> dict[str, float]:
    """Speed, restarts and memory against tensorly, and growth."""
    one, many = measured("speed"), measured("restarts")
    for title, part in (("one start", one), ("30 starts", many)):
        for name, row in part.items():
            print(
                f"{title:10} {name:10} {row['seconds']:8.3f} CPU s   explained "
                f"{row['explained']:.5f}   match {row['match']:.4f}"
            )
    if "pyttb" in one:
        ratio = one["pyttb"]["seconds"] / one["neuro"]["seconds"]
        print(f"pyttb's L-BFGS-B takes {ratio:.0f} times as long")
    ours, theirs = measured("separable"), measured("masked_tensorly")
    rows = {"neuro": ours, "tensorly MU": theirs}
    if importlib.util.find_spec("tensortools"):
        rows["tensortools"] = measured("masked_tensortools")
    print("\n960 x 21 x 1770, rank 12, masked")
    for name, row in rows.items():
        print(
            f"{name:12} {row['seconds']:8.2f} CPU s for {row['iterations']:3d} iterations   "
            f"{row['peak_mib']:7.0f} MiB   explained {row['explained']:.4f}"
        )
    growth()
    return {
        "connectomes.ntf_speed_vs_tensorly_hals": one["tensorly"]["seconds"]
        / one["neuro"]["seconds"],
        "connectomes.ntf_restarts_speed": many["tensorly"]["seconds"] / many["neuro"]["seconds"],
        "connectomes.ntf_memory_vs_tensorly": ours["peak_mib"] / theirs["peak_mib"],
    }


def growth() -> None:
    """CPU seconds of ten sweeps, 21 animals, without forming the tensor."""
    print("\ngrowth of the seconds of ten sweeps (240 times, 60 neurons, rank 6, 21 animals)")
    for axis, sizes in GROWTH.items():
        rows = [measured("growth", axis, str(size)) for size in sizes]
        seconds = [row["seconds"] for row in rows]
        slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        shown = ", ".join(f"{n}: {s:.2f}" for n, s in zip(sizes, seconds, strict=True))
        print(f"{axis:8} {shown}; slope {slope:.2f}; {rows[-1]['peak_mib']:.0f} MiB at the last")


def main(parts: list[str]) -> int:
    if parts == ["kernels"]:
        import_module("benchmarks._connectomes_motifs").kernels()
        return 0
    values: dict[str, float] = {}
    for part in parts or ["ntf", "motifs", "sbm"]:
        match part:
            case "ntf":
                values |= ntf()
            case "motifs":
                values |= import_module("benchmarks._connectomes_motifs").claims()
            case "sbm":
                values |= import_module("benchmarks._sbm").claims()
            case _:
                raise SystemExit(f"unknown part {part!r}; there are ntf, motifs, sbm, kernels")
    return 0 if tell("connectomes", values) else 1


if __name__ == "__main__":
    if any(os.environ.get(name) != "1" for name in THREADS):
        # Numbers of threads are read when libraries are loaded: begin again with one.
        os.environ.update(dict.fromkeys(THREADS, "1"))
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.connectomes", *sys.argv[1:]])
    sys.exit(main(sys.argv[1:]))
