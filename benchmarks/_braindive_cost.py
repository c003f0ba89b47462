"""What guidance costs: seconds of a step, and memory with and without checkpointing."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
N_IMAGES, N_STEPS, N_MEMORY = 16, 4, 32


def step_seconds(network: Any, drive: Any) -> dict[str, float]:
    """CPU seconds of a step of 16 images."""
    from neuro.analyses.braindive.guidance import Guidance
    from neuro.analyses.braindive.sampling import Sampler

    sampler = Sampler(network, N_STEPS)
    seeds = list(range(N_IMAGES))
    found = {}
    for name, guidance in (
        ("unguided", None),
        ("guided", Guidance(60.0)),
        ("guided, checkpointing", Guidance(60.0, checkpointing=True)),
    ):
        sampler.draw(seeds[:2], drive, guidance)
        start = time.process_time()
        sampler.draw(seeds, drive, guidance)
        found[name] = (time.process_time() - start) / N_STEPS
    for name, seconds in found.items():
        ratio = seconds / found["unguided"]
        print(f"{name:24} {seconds:.3f} CPU s a step of {N_IMAGES} images ({ratio:.1f} x unguided)")
    return found


def memory() -> dict[str, float]:
    """Peak memory of guided steps of 32 images of 64 x 64, above what is there before."""
    found = {}
    for name in ("plain", "checkpointing"):
        code = f"from benchmarks._braindive_cost import _memory; _memory({name == 'checkpointing'})"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
        )
        found[name] = json.loads(done.stdout.splitlines()[-1])
        print(f"guided step, {name:14} {found[name]:.0f} MB above the loaded denoiser")
    return found


def _memory(checkpointing: bool) -> None:
    """A denoiser of 64 x 64 pixels, driven by the brightness of its images."""
    import torch

    from neuro.analyses.braindive.denoiser import Shape, build
    from neuro.analyses.braindive.guidance import Guidance
    from neuro.analyses.braindive.sampling import Sampler

    network = build(Shape(size=64, n_channels=3, widths=(32, 64, 64))).eval().requires_grad_(False)
    if checkpointing:
        network.enable_gradient_checkpointing()
    sampler = Sampler(network, 2)
    guidance = Guidance(60.0, checkpointing=checkpointing)

    def brightness(pixels: torch.Tensor) -> torch.Tensor:
        return pixels.flatten(1).mean(dim=1)

    sampler.draw([0], brightness, guidance)
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    sampler.draw(list(range(N_MEMORY)), brightness, guidance)
    print(json.dumps(_status("VmHWM") - before))


def _status(field: str) -> float:
    """Memory of this process, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1e3 for line in lines if line.startswith(field))
