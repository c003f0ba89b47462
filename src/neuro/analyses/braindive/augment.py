"""Random variants of images: for the denoiser that is trained on them, and for the encoder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How the denoiser's training images are varied.

    Parameters
    ----------
    shift : int
        Largest shift beyond the image's own margin, pixels; edges are repeated.
    mirror : bool
        Whether left and right are exchanged in half of them.
    contrast, brightness : float
        Largest relative change of contrast about the middle grey, and largest offset.
    """

    shift: int = 1
    mirror: bool = True
    contrast: float = 0.15
    brightness: float = 0.08

    def __call__(self, pixels: Tensor, size: int, generator: torch.Generator) -> Tensor:
        """Draw a variant of each image.

        Parameters
        ----------
        pixels : Tensor, shape (n_images, n_channels, height, width)
            Between 0 and 1.
        size : int
            Height and width of the variants.
        generator : torch.Generator
            Random numbers.

        Returns
        -------
        variants : Tensor, shape (n_images, n_channels, size, size)
            Between 0 and 1.
        """
        n = len(pixels)
        padded = functional.pad(pixels, [self.shift] * 4, mode="replicate")
        rows = _starts(n, padded.shape[2] - size, generator)
        columns = _starts(n, padded.shape[3] - size, generator)
        steps = torch.arange(size)
        image = torch.arange(n)[:, None, None]
        cut = padded.movedim(1, 3)[
            image, (rows[:, None] + steps)[:, :, None], (columns[:, None] + steps)[:, None]
        ].movedim(3, 1)
        if self.mirror:
            flipped = torch.rand(n, generator=generator) < 0.5
            cut = torch.where(flipped[:, None, None, None], cut.flip(3), cut)
        gain = 1 + self.contrast * _signed(n, generator)
        offset = self.brightness * _signed(n, generator)
        return ((cut - 0.5) * gain + 0.5 + offset).clamp(0, 1)


def variants(
    pixels: Any, n: int, noise: float, gain: float, rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Variants by which an encoder learns what does not matter, as in the paper.

    Parameters
    ----------
    pixels : ndarray, shape (n_images, n_channels, height, width)
        Between 0 and 1.
    n : int
        Variants of each; the first is the image itself.
    noise : float
        Largest standard deviation of noise; each image has its own, below that.
    gain : float
        Largest relative change of all its pixels.
    rng : numpy.random.Generator
        Random numbers.

    Yields
    ------
    variant : ndarray, shape of `pixels`
        Between 0 and 1.
    """
    own = np.asarray(pixels, dtype=np.float32)
    each = (len(own), 1, 1, 1)
    yield own
    for _ in range(n - 1):
        louder, deviation = rng.uniform(1 - gain, 1 + gain, each), rng.uniform(0, noise, each)
        changed = louder * own + deviation * rng.standard_normal(own.shape)
        yield changed.clip(0, 1).astype(np.float32)


def _starts(n: int, most: int, generator: torch.Generator) -> Tensor:
    return torch.randint(0, most + 1, (n,), generator=generator)


def _signed(n: int, generator: torch.Generator) -> Tensor:
    return (2 * torch.rand(n, generator=generator) - 1)[:, None, None, None]
