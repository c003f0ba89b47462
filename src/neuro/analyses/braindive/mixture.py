r"""A denoiser in closed form: training images as a mixture of Gaussians, one for each category.

Of a noisy image :math:`x_t = \sqrt{\bar\alpha} x_0 + \sqrt{1 - \bar\alpha} \epsilon` every Gaussian
gives the expected clean image, and their mean, weighted by how likely each explains the noisy one,
is the mixture's. Nothing is trained by steps, and at high noise nothing does better; what it cannot
know, edges and textures, is left to a network.

References
----------
Wang B, Vastola J (2024). The unreasonable effectiveness of Gaussian score approximation for
diffusion models and its applications. Transactions on Machine Learning Research.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuro.analyses.braindive.augment import Augmentation

FLOOR = 3e-4
"""Least variance, in units of -1 to 1: some two grey values of 256."""
SMOOTH = 0.1
"""Share of the covariance that depends on the distance between pixels alone: a category has fewer
images than pixels."""
LEAST_NOISE = 1e-3
MOST_PIXELS = 4096
"""Values of an image beyond which covariances would take minutes and gigabytes."""


class Mixture(nn.Module):
    """Gaussians of images between -1 and 1.

    Parameters
    ----------
    n_parts : int
        Number of Gaussians.
    n_values : int
        Values of an image: channels, rows and columns.
    """

    mean: Tensor
    basis: Tensor
    variance: Tensor
    share: Tensor

    def __init__(self, n_parts: int, n_values: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_parts, n_values))
        self.register_buffer("basis", torch.zeros(n_parts, n_values, n_values))
        self.register_buffer("variance", torch.ones(n_parts, n_values))
        self.register_buffer("share", torch.full((n_parts,), 1 / n_parts))

    def forward(self, noisy: Tensor, alphas: Tensor) -> tuple[Tensor, Tensor]:
        """Expected v and clean images.

        Parameters
        ----------
        noisy : Tensor, shape (n_images, n_channels, size, size)
            Noisy images.
        alphas : Tensor, shape (n_images,)
            Share of the signal's variance in each, the products of a scheduler.

        Returns
        -------
        velocity, clean : Tensor, shape of `noisy`
        """
        square = alphas.to(noisy)[:, None, None]
        signal, noise = square.sqrt(), 1 - square
        offset = noisy.flatten(1)[:, None] - signal * self.mean
        found = torch.einsum("nkd,kde->nke", offset, self.basis)
        variance = square * self.variance + noise
        fit = -0.5 * (found.square() / variance + variance.log()).sum(dim=2)
        part = (self.share.log() + fit).softmax(dim=1)[:, :, None]
        shrunk = signal * self.variance / variance * found
        each = self.mean + torch.einsum("nke,kde->nkd", shrunk, self.basis)
        clean = (part * each).sum(dim=1).view_as(noisy)
        signal, root = signal[..., None], noise[..., None].sqrt().clamp(min=LEAST_NOISE)
        return (signal * noisy - clean) / root, clean


def fit(sets: Sequence[Tensor], size: int, augmentation: Augmentation) -> Mixture:
    """Gaussians with the moments of all variants of images that training may show.

    Parameters
    ----------
    sets : sequence of Tensor, shape (n_images, n_channels, height, width)
        Images of each category, between 0 and 1.
    size : int
        Height and width after cutting.
    augmentation : Augmentation
        Variants.

    Raises
    ------
    ValueError
        If a category has no image, or images are too large.
    """
    n_values = sets[0].shape[1] * size * size
    if n_values > MOST_PIXELS:
        raise ValueError(
            f"images: {n_values} values each are too many for Gaussians (at most {MOST_PIXELS}); "
            "set braindive.denoiser.gaussians to false, or braindive.images.size lower"
        )
    if any(len(each) == 0 for each in sets):
        raise ValueError("images: a category without a training image has no Gaussian")
    mixture = Mixture(len(sets), n_values)
    total = sum(map(len, sets))
    for i, images in enumerate(sets):
        mean, covariance = _moments(images.double(), size, augmentation)
        smooth = _stationary(covariance, images.shape[1], size)
        covariance = (1 - SMOOTH) * covariance + SMOOTH * smooth
        variance, basis = torch.linalg.eigh(covariance)
        mixture.mean[i], mixture.basis[i] = mean, basis
        mixture.variance[i] = variance.clamp(min=0) + FLOOR
        mixture.share[i] = len(images) / total
    return mixture


def _moments(images: Tensor, size: int, augmentation: Augmentation) -> tuple[Tensor, Tensor]:
    """Mean and covariance over shifts and mirror images; contrast and brightness by formula."""
    padded = 2 * functional.pad(images, [augmentation.shift] * 4, mode="replicate") - 1
    rows, columns = (padded.shape[axis] - size + 1 for axis in (2, 3))
    n_values = images.shape[1] * size * size
    mean, square = padded.new_zeros(n_values), padded.new_zeros(n_values, n_values)
    for row in range(rows):
        for column in range(columns):
            cut = padded[:, :, row : row + size, column : column + size]
            for each in (cut, cut.flip(3)) if augmentation.mirror else (cut,):
                flat = each.flatten(1)
                mean += flat.sum(dim=0)
                square += flat.T @ flat
    n = len(images) * rows * columns * (2 if augmentation.mirror else 1)
    mean, square = mean / n, square / n
    # Uniform changes of at most c have the variance c^2 / 3; -1 to 1 doubles offsets.
    square = (1 + augmentation.contrast**2 / 3) * square + (2 * augmentation.brightness) ** 2 / 3
    return mean, square - torch.outer(mean, mean)


def _stationary(covariance: Tensor, n_channels: int, size: int) -> Tensor:
    """The covariance's mean over all pairs of pixels that lie alike, per pair of channels."""
    place = torch.arange(size * size)
    rows, columns = place // size, place % size
    apart = (rows[:, None] - rows + size - 1) * (2 * size - 1) + columns[:, None] - columns
    apart = (apart + size - 1).flatten()
    shape = (n_channels, size * size, n_channels, size * size)
    pairs = covariance.view(shape).movedim(2, 1).reshape(n_channels**2, -1)
    sums = pairs.new_zeros(len(pairs), (2 * size - 1) ** 2).index_add_(1, apart, pairs)
    means = sums / torch.bincount(apart, minlength=sums.shape[1])
    found = means[:, apart].view(n_channels, n_channels, size * size, size * size)
    found = found.movedim(1, 2).reshape(covariance.shape)
    variance, basis = torch.linalg.eigh((found + found.T) / 2)
    kept: Tensor = (basis * variance.clamp(min=0)) @ basis.T
    return kept


def folds_of(categories: Sequence[str], n_folds: int) -> Tensor:
    """Fold of each image, every category spread over all.

    Parameters
    ----------
    categories : sequence of str
        Of each image.
    n_folds : int
        Number of folds.

    Returns
    -------
    folds : Tensor of int, shape (n_images,)

    Raises
    ------
    ValueError
        If a category has a single image: without it, nothing is left.
    """
    seen: dict[str, int] = {}
    folds = []
    for category in categories:
        folds.append(seen.get(category, 0) % n_folds)
        seen[category] = seen.get(category, 0) + 1
    if lonely := [category for category, n in seen.items() if n < 2]:
        raise ValueError(
            f"images: categories {lonely} have one training image each; Gaussians need two or "
            "more. Add images, or set braindive.denoiser.gaussians to false"
        )
    return torch.tensor(folds)
