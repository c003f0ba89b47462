"""How near images are to training images: whether a small model remembers rather than makes."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neuro.analyses.braindive.images import Floats


def variants(train: Any, size: int, shift: int, mirror: bool = True) -> Tensor:
    """All shifts and mirror images of training images that training may have shown.

    Parameters
    ----------
    train : array-like, shape (n_images, n_channels, height, width)
        As before cutting.
    size : int
        Height and width after cutting.
    shift : int
        Of the augmentation, pixels beyond the image's own margin.
    mirror : bool
        Whether images were mirrored.

    Returns
    -------
    every : Tensor, shape (n_variants * n_images, n_pixels)
        Variant by variant: row i is of image i modulo n_images.
    """
    padded = functional.pad(torch.as_tensor(train), [shift] * 4, mode="replicate")
    cut = padded.unfold(2, size, 1).unfold(3, size, 1)
    each = cut.permute(2, 3, 0, 1, 4, 5).flatten(0, 1)
    if mirror:
        each = torch.cat([each, each.flip(4)])
    return each.flatten(0, 1).flatten(1)


def distances(
    pixels: Any, references: Tensor, n_train: int, *, standardized: bool = False
) -> tuple[Floats, NDArray[Any]]:
    """Distance of each image to the nearest training image, and which it is.

    Parameters
    ----------
    pixels : array-like, shape (n_images, n_channels, size, size)
        Between 0 and 1.
    references : Tensor, shape (n_variants * n_train, n_pixels)
        Of :func:`variants`.
    n_train : int
        Number of training images.
    standardized : bool
        Whether images are brought to mean 0 and standard deviation 1 first, so that brightness
        and contrast do not count.

    Returns
    -------
    distance : ndarray, shape (n_images,)
        Root mean squared difference of pixels.
    which : ndarray of int, shape (n_images,)
        Index of the training image.
    """
    flat = torch.as_tensor(pixels, dtype=torch.float32).flatten(1)
    if standardized:
        flat, references = _standard(flat), _standard(references)
    found = torch.cdist(flat, references.to(flat)).min(dim=1)
    return (found.values / flat.shape[1] ** 0.5).numpy(), (found.indices % n_train).numpy()


def diversity(pixels: Any) -> float:
    """Mean root mean squared difference between images, over all pairs."""
    flat = torch.as_tensor(pixels, dtype=torch.float32).flatten(1)
    return float(torch.pdist(flat).mean() / flat.shape[1] ** 0.5)


def _standard(flat: Tensor) -> Tensor:
    centred = flat - flat.mean(dim=1, keepdim=True)
    return centred / centred.std(dim=1, keepdim=True).clamp(min=1e-6)
