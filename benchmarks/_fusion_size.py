"""Size and cost of the fusion model against the architecture of the paper, and growth with regions.

`python -m benchmarks._fusion_size ours 200` measures one of them in a process of its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks import _fusion_paper as paper
from benchmarks._fusion_simulated import cohort_of, folds_of
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.model import FusionPlan, fit
from neuro.datasets.multimodal import Recipe, simulate

N_TRAIN = 160
REGIONS = (90, 200, 400)
SMALL = (24, 48)
"""Regions at which the paper's dynamic encoder is timed: its cost is linear in their square."""
N_STEPS = 8


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds, and MB that memory peaks above what it was (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    begun = time.process_time()
    work()
    return time.process_time() - begun, (_status("VmHWM") - before) / 1e3


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{key}:")))


def step(module: torch.nn.Module, *shape: int) -> tuple[float, float]:
    """CPU seconds of a step forward and backward, and MB of activations and gradients.

    The first step, which sets up, is the one whose memory counts, the second that whose time does.
    """
    x = torch.randn(shape)

    def work() -> None:
        module(x).sum().backward()

    _, mb = measured(work)
    seconds, _ = measured(work)
    return seconds, mb


def ours(n_regions: int) -> dict[str, float]:
    """Our model: all folds and encoders at once."""
    cohort = cohort_of(simulate(Recipe(n_regions=n_regions), 100))
    rng = np.random.default_rng(0)
    folds = folds_of(cohort, rng)
    encoder = EncoderPlan()
    found = []

    def seconds(n_steps: int) -> tuple[float, float]:
        plan = FusionPlan(replace(encoder, n_steps=n_steps))
        return measured(lambda: found.append(fit(cohort, folds, plan, np.random.default_rng(0))))

    # Two lengths of training: their difference is of the steps alone.
    (few, _), (many, peak) = seconds(2), seconds(2 + N_STEPS)
    models = len(folds) * encoder.n_encoders
    epoch = (many - few) / N_STEPS
    return {
        "parameters": found[-1].n_parameters,
        "models": models,
        "epoch": epoch / models,
        "whole": few + (encoder.n_steps - 2) * epoch,
        "mb": peak,
    }


def resnet(n_regions: int) -> dict[str, float]:
    """The paper's encoder on one person's map (no regions), or on one image of regions."""
    torch.manual_seed(0)
    module = paper.resnet10()
    shape = (1, 1, *paper.VOLUME) if not n_regions else (1, 1, 1, n_regions, n_regions)
    seconds, mb = step(module, *shape)
    return {"parameters": paper.count(module), "seconds": seconds, "mb": mb}


def dynamic(n_regions: int) -> dict[str, float]:
    """The paper's encoder of dynamic connectivity, one person."""
    torch.manual_seed(0)
    module = paper.Dynamic()
    seconds, mb = step(module, 1, 1, paper.N_WINDOWS, n_regions, n_regions)
    return {"parameters": paper.count(module), "seconds": seconds, "mb": mb}


def interaction(n: int) -> dict[str, float]:
    """The paper's interaction, `n` people."""
    torch.manual_seed(0)
    module = paper.Interaction()
    seconds, mb = step(module, 4, n, paper.WIDTH)
    return {"parameters": paper.count(module), "seconds": seconds / n, "mb": mb}


def alone(part: str, n: int) -> dict[str, float]:
    """Measure a part in a process of its own, so that no other's memory is in it."""
    command = [sys.executable, "-m", "benchmarks._fusion_size", part, str(n)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def size() -> dict[str, float]:
    """Parameters, CPU seconds per epoch of 160 subjects, memory, and growth with regions."""
    volume, token = alone("resnet", 0), alone("interaction", 2)
    small = [alone("dynamic", n) for n in SMALL]
    whole = volume["parameters"] + small[0]["parameters"] + token["parameters"]
    print(f"\nthe paper's sizes, built to be counted and timed: {whole / 1e6:.1f} M parameters")
    for name, part in (("maps, images", volume), ("dynamic connectivity", small[0]),
                       ("interaction", token)):  # fmt: skip
        print(f"  {name:22}{part['parameters'] / 1e6:5.1f} M", flush=True)
    print(f"""
an epoch is {N_TRAIN} people; memory is what training adds to the process: of the paper's one person
at a time, of ours all people, folds and encoders at once
  regions |  paper: CPU s/epoch     MB |  ours: parameters  CPU s/epoch  whole fit, CPU s     MB""")
    slope, base = _line([n * n for n in SMALL], [part["seconds"] for part in small])
    fat, start = _line([n * n for n in SMALL], [part["mb"] for part in small])
    for n in REGIONS:
        image, own = alone("resnet", n), alone("ours", n)
        each = volume["seconds"] + 2 * image["seconds"] + token["seconds"] + base + slope * n * n
        mb = max(volume["mb"], image["mb"], start + fat * n * n)
        print(
            f"  {n:7} | {N_TRAIN * each:19.0f} {mb:6.0f} | {own['parameters']:17.0f} "
            f"{own['epoch']:12.3f} {own['whole']:17.0f} {own['mb']:6.0f}", flush=True,
        )  # fmt: skip
    for n, part in zip(SMALL, small, strict=True):
        print(
            f"  (dynamic encoder at {n} regions: {part['seconds']:.1f} CPU s and "
            f"{part['mb']:.0f} MB a person; larger ones are extrapolated, linear in pairs)"
        )
    return {}


def _line(x: list[int], y: list[float]) -> tuple[float, float]:
    slope, base = np.polyfit(x, y, 1)
    return float(slope), max(float(base), 0.0)


PARTS: dict[str, Callable[[int], dict[str, float]]] = {
    "ours": ours,
    "resnet": resnet,
    "dynamic": dynamic,
    "interaction": interaction,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(PARTS[sys.argv[1]](int(sys.argv[2]))))
