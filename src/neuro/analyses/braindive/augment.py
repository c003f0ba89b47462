"""Random variants of training images: shifts, mirror images, contrast and brightness."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How training images are varied.

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


def _starts(n: int, most: int, generator: torch.Generator) -> Tensor:
    return torch.randint(0, most + 1, (n,), generator=generator)


def _signed(n: int, generator: torch.Generator) -> Tensor:
    return (2 * torch.rand(n, generator=generator) - 1)[:, None, None, None]
