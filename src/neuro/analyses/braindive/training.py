"""Training of the small denoiser: v-prediction, averaged weights, stopped before it memorises.

Where the network corrects a mixture of Gaussians, each image is shown with a mixture that was
fitted without it: the mixture of all images fits those too well, and would leave nothing to learn.

What a step draws depends on the seed and the step's number alone, so that a run goes on where it
stopped, bit by bit.
"""

import copy
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn import functional

from neuro.analyses.braindive.augment import Augmentation
from neuro.analyses.braindive.denoiser import Denoiser, Shape, build, corrected, schedule, to_signed
from neuro.analyses.braindive.mixture import Mixture, fit, folds_of
from neuro.torchkit.checkpoint import read_state, write_state

logger = logging.getLogger(__name__)


N_FOLDS = 5
"""Mixtures that each leave out as large a part of the images."""
LATE = 1.6
"""Power of times, between 0 (image) and 1 (noise), at which a mixture is corrected: it is nearly
right where there is much noise, and learning from there adds little but noise to the gradient."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    n_steps, batch : int
        Steps of the optimizer, images per step.
    rate, floor : float
        Highest and last learning rate.
    warmup : int
        Steps in which it rises.
    decay : float
        Weight decay.
    average : float
        Share of the old in the moving average of the weights.
    every : int
        Steps between two looks at held-out images.
    patience : int
        Looks without improvement after which training ends.
    augmentation : Augmentation
        Variants of images.
    seed : int
        Of everything drawn.
    """

    n_steps: int = 3000
    batch: int = 16
    rate: float = 1e-3
    floor: float = 5e-5
    warmup: int = 50
    decay: float = 1e-4
    average: float = 0.995
    every: int = 200
    patience: int = 5
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0

    def rate_at(self, step: int) -> float:
        """Learning rate of a step: a rise, then half a cosine."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.n_steps - self.warmup, 1)
        return self.floor + (self.rate - self.floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1)))

    def average_at(self, step: int) -> float:
        """Share of the old; less at first, when weights still go far."""
        return min(self.average, (1 + step) / (10 + step))


class Trainer:
    """A denoiser in training.

    Parameters
    ----------
    shape : Shape
        Its size.
    train, held_out : ndarray, shape (n_images, n_channels, height, width)
        Between 0 and 1; held-out images are cut to the denoiser's size already.
    recipe : Recipe
        How.
    device : torch.device, optional
        Where.
    categories : sequence of str, optional
        Of training images: `shape.parts` of them, where the network corrects a mixture.
    """

    def __init__(
        self,
        shape: Shape,
        train: Any,
        held_out: Any,
        recipe: Recipe,
        device: torch.device | None = None,
        categories: Sequence[str] = (),
    ) -> None:
        self.shape, self.recipe = shape, recipe
        self.device = device or torch.device("cpu")
        self.train = torch.as_tensor(np.asarray(train), dtype=torch.float32)
        _check(self.train, shape)
        held = torch.as_tensor(np.asarray(held_out), dtype=torch.float32)
        self.noise = schedule()
        self.alphas = self.noise.alphas_cumprod.to(self.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.network = build(shape).network.to(self.device)
        self.mixture: Mixture | None = None
        self._without: list[Mixture] = []
        if shape.parts:
            self._fit(list(categories))
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        self.best = copy.deepcopy(self.averaged)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True
        )
        self.step, self.waited, self.best_loss = 0, 0, math.inf
        self.curve: list[tuple[int, float, float]] = []
        self._probe = _probe(held, recipe.seed)

    def run(self, path: str | Path | None = None, until: int | None = None) -> None:
        """Train to the end, to `until`, or until held-out images are denoised no better.

        Parameters
        ----------
        path : str | Path, optional
            Where the state is kept at every look; a file that is there is continued.
        until : int, optional
            Step to stop before.
        """
        if path is not None and Path(path).is_file():
            self.resume(path)
        end = min(self.recipe.n_steps, self.recipe.n_steps if until is None else until)
        losses: list[float] = []
        start = time.process_time()
        while self.step < end and self.waited < self.recipe.patience:
            losses.append(self._one())
            if self.step % self.recipe.every == 0 or self.step == self.recipe.n_steps:
                self._look(float(np.mean(losses)))
                spent = time.process_time() - start
                logger.info(
                    "step %d of %d: loss %.4f, of held-out images %.4f, %.0f CPU s",
                    *(self.step, self.recipe.n_steps, *self.curve[-1][1:], spent),
                )
                losses.clear()
                if path is not None:
                    self.save(path)

    def finished(self) -> Denoiser:
        """Averaged weights of the look with the least loss of held-out images."""
        return Denoiser(self.best if self.curve else self.averaged, self.mixture).eval()

    def _fit(self, categories: list[str]) -> None:
        """The mixture of all training images, and those that leave out a part of them."""
        self._folds = folds_of(categories, N_FOLDS)

        def mixture(kept: Tensor) -> Mixture:
            sets = [
                self.train[kept & torch.tensor([each == name for each in categories])]
                for name in dict.fromkeys(categories)
            ]
            return fit(sets, self.shape.size, self.recipe.augmentation).to(self.device)

        self.mixture = mixture(self._folds >= 0)
        self._without = [mixture(self._folds != fold) for fold in range(N_FOLDS)]

    def _expected(
        self, noisy: Tensor, alphas: Tensor, chosen: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """What mixtures expect: of training images `chosen`, those that did not see them."""
        if chosen is None:
            assert self.mixture is not None
            velocity, clean = self.mixture(noisy, alphas)
            return velocity, clean
        velocity, clean = torch.empty_like(noisy), torch.empty_like(noisy)
        for fold, mixture in enumerate(self._without):
            own = self._folds[chosen] == fold
            if own.any():
                velocity[own], clean[own] = mixture(noisy[own], alphas[own])
        return velocity, clean

    def save(self, path: str | Path) -> None:
        """Write the whole state."""
        tensors: dict[str, Tensor] = {}
        for part in ("network", "averaged", "best"):
            state = getattr(self, part).state_dict()
            tensors |= {f"{part}.{name}": value for name, value in state.items()}
        for name, parameter in self.network.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = value
        write_state(path, tensors, self._told())

    def resume(self, path: str | Path) -> None:
        """Go on from a file that :meth:`save` wrote.

        Raises
        ------
        ValueError
            If it is damaged, or was made with other settings.
        """
        tensors, about = read_state(path)
        for name in ("recipe", "shape"):
            _same(path, name, about[name], self._told()[name])
        for part in ("network", "averaged", "best"):
            getattr(self, part).load_state_dict(_below(tensors, part))
        for name, parameter in self.network.named_parameters():
            state = {
                key: _laid_out(tensors[f"optimizer.{key}.{name}"], parameter)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"optimizer.{key}.{name}" in tensors
            }
            if state:
                self.optimizer.state[parameter] = state
        self.step, self.waited = about["step"], about["waited"]
        self.best_loss = math.inf if about["best_loss"] is None else about["best_loss"]
        self.curve = [(int(step), a, b) for step, a, b in about["curve"]]
        logger.info("Going on from step %d (%s)", self.step, path)

    def _told(self) -> dict[str, Any]:
        return {
            "kind": "training of a pixel denoiser",
            "step": self.step,
            "waited": self.waited,
            "best_loss": self.best_loss if math.isfinite(self.best_loss) else None,
            "curve": self.curve,
            "recipe": asdict(self.recipe),
            "shape": {**asdict(self.shape), "widths": list(self.shape.widths)},
        }

    def _one(self) -> float:
        recipe = self.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.rate_at(self.step)
        seed = int(np.random.default_rng((recipe.seed, self.step)).integers(2**62))
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randint(0, len(self.train), (recipe.batch,), generator=generator)
        pixels = recipe.augmentation(self.train[chosen], self.shape.size, generator)
        # One time from each of as many equal parts: less noise in the gradient.
        share = (torch.arange(recipe.batch) + torch.rand(recipe.batch, generator=generator)) / (
            recipe.batch
        )
        if self.mixture is not None:
            share = share**LATE
        times = (share * self.noise.config.num_train_timesteps).long()
        noise = torch.randn(pixels.shape, generator=generator)
        loss = self._loss(self.network, to_signed(pixels), noise, times, chosen)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        weight = 1 - recipe.average_at(self.step)
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.network.parameters()), weight
            )
        self.step += 1
        return float(loss.detach())

    def _loss(
        self,
        network: UNet2DModel,
        clean: Tensor,
        noise: Tensor,
        times: Tensor,
        chosen: Tensor | None = None,
    ) -> Tensor:
        clean, noise, times = (part.to(self.device) for part in (clean, noise, times))
        noisy = self.noise.add_noise(clean, noise, times)
        target = self.noise.get_velocity(clean, noise, times)
        if self.mixture is None:
            return functional.mse_loss(network(noisy, times).sample, target)
        with torch.no_grad():
            expected = self._expected(noisy, self.alphas[times], chosen)
        return functional.mse_loss(corrected(network, noisy, times, expected), target)

    def _look(self, loss: float) -> None:
        """Loss of held-out images, with the same noise at every look."""
        with torch.no_grad():
            held = float(self._loss(self.averaged, *self._probe))
        self.curve.append((self.step, loss, held))
        self.waited += 1
        if held < self.best_loss:
            self.best_loss, self.waited = held, 0
            self.best.load_state_dict(self.averaged.state_dict())


def _probe(held_out: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Held-out images at times spread evenly, with fixed noise."""
    generator = torch.Generator().manual_seed(seed + 1)
    times = torch.linspace(20, 980, 6).long().repeat_interleave(len(held_out))
    clean = to_signed(held_out).repeat(6, 1, 1, 1)
    return clean, torch.randn(clean.shape, generator=generator), times


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """A value of the optimizer on the device, in memory like its parameter."""
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    return torch.empty_like(parameter, requires_grad=False).copy_(value)


def _below(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {k.removeprefix(part + "."): v for k, v in tensors.items() if k.startswith(part + ".")}


def _check(train: Tensor, shape: Shape) -> None:
    if train.ndim != 4 or train.shape[1] != shape.n_channels:
        raise ValueError(
            f"training images: the denoiser is for {shape.n_channels} channel(s). Got shape "
            f"{tuple(train.shape)}."
        )
    if min(train.shape[2:]) < shape.size:
        raise ValueError(
            f"training images: {train.shape[2]} x {train.shape[3]} pixels are too few for a "
            f"denoiser of {shape.size}"
        )


def _same(path: str | Path, name: str, found: dict[str, Any], own: dict[str, Any]) -> None:
    for key in own:
        if found.get(key) != own[key]:
            raise ValueError(
                f"{path}: {name}.{key} is {found.get(key)!r} in the checkpoint and {own[key]!r} "
                "here; give the same settings, or delete the file to begin anew"
            )
