"""Size and cost of the fusion model against the architecture of the paper, and growth with regions.

The paper's networks are built from its description alone, with its sizes, to count parameters and
to time an epoch: nothing is claimed of what they would find.
"""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks._fusion_simulated import cohort_of, folds_of
from neuro.analyses.fusion.encoders import EncoderPlan
from neuro.analyses.fusion.model import FusionPlan, fit
from neuro.datasets.multimodal import Recipe, simulate

VOLUME = (61, 73, 61)
"""Voxels of the paper's maps of ALFF."""


class Block(nn.Module):
    """A residual block of two 3 x 3 x 3 convolutions."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv3d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm3d(after),
            nn.ReLU(),
            nn.Conv3d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm3d(after),
        )
        same = before == after and stride == 1
        self.skip = nn.Identity() if same else nn.Conv3d(before, after, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.path(x) + self.skip(x))


def resnet10() -> nn.Module:
    """The encoder of maps, of four blocks of 64, 512, 256 and 512 channels."""
    return nn.Sequential(
        nn.Conv3d(1, 64, 7, (1, 2, 2), 3, bias=False),
        nn.BatchNorm3d(64),
        nn.ReLU(),
        nn.MaxPool3d(3, 2, 1),
        Block(64, 64, 1),
        Block(64, 512, 2),
        Block(512, 256, 2),
        Block(256, 512, 2),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )


def transformer() -> nn.Module:
    """The interaction: six layers of width 512, sixteen heads of sixteen."""

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(512, 768, bias=False), nn.Linear(256, 512)
            self.mlp = nn.Sequential(nn.Linear(512, 16), nn.GELU(), nn.Linear(16, 512))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            q, k, v = (
                each.unflatten(-1, (16, 16)).transpose(1, 2) for each in self.qkv(x).chunk(3, -1)
            )
            x = x + self.out((torch.softmax(q @ k.mT / 4, -1) @ v).transpose(1, 2).flatten(2))
            return x + self.mlp(x)

    return nn.Sequential(nn.Linear(32, 512), *[Layer() for _ in range(6)])


def count(module: nn.Module) -> int:
    """Parameters."""
    return sum(p.numel() for p in module.parameters())


def seconds_of(module: nn.Module, x: torch.Tensor) -> float:
    """CPU seconds of a step forward and backward."""
    begun = time.process_time()
    module(x).sum().backward()
    return time.process_time() - begun


def size() -> dict[str, float]:
    """Parameters, CPU seconds per epoch of 160 subjects, and growth with regions."""
    maps, interaction = resnet10(), transformer()
    step = seconds_of(maps, torch.randn(1, 1, *VOLUME))
    token = seconds_of(interaction, torch.randn(2, 64, 32)) / 2
    told: dict[str, Any] = {"maps": count(maps), "interaction": count(interaction)}
    print("\nthe paper's sizes, built to be counted and timed:")
    print(
        f"  encoder of maps {told['maps'] / 1e6:.1f} M parameters, {step:.1f} CPU s for a subject"
    )
    print(f"  interaction {told['interaction'] / 1e6:.1f} M, {token:.3f} CPU s for a subject")
    print(
        f"  an epoch of 160 subjects: {160 * (step + token):.0f} CPU s, of ALFF alone", flush=True
    )
    for n_regions in (90, 200, 400):
        people = simulate(Recipe(n_subjects=200, n_regions=n_regions), 100)
        cohort, rng = cohort_of(people), np.random.default_rng(0)
        folds = folds_of(cohort, rng)
        n_steps = 80 if n_regions == 90 else 8
        plan = FusionPlan(replace(EncoderPlan(), n_steps=n_steps))
        begun = time.process_time()
        fitted = fit(cohort, folds, plan, rng)
        whole = time.process_time() - begun
        models = len(folds) * plan.encoder.n_encoders
        each = whole / n_steps / models
        print(
            f"  ours, {n_regions} regions: {fitted.n_parameters} parameters, {1e3 * each:.1f} CPU "
            f"ms for an epoch of an encoder ({models} at once)", flush=True,
        )  # fmt: skip
        if n_steps == 80:
            print(f"    five folds of four encoders, 80 epochs: {whole:.0f} CPU s")
    return {}
