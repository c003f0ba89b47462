"""Voxelwise encoder: features of unit norm, and a linear head.

References
----------
Luo et al. (2023), as in the package; Dupré la Tour, T., Visconti di Oleggio Castello, M. &
Gallant, J. L. (2022). Feature-space selection with banded ridge regression. NeuroImage, 264.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuro.analyses.braindive.features import Features
from neuro.analyses.braindive.regions import check, direction
from neuro.torchkit.checkpoint import read_state, write_state

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KIND = "voxelwise encoder"


@dataclass(frozen=True)
class Head:
    """Weights from features to voxels.

    Parameters
    ----------
    weights : ndarray, shape (n_voxels, n_features)
        For features of unit norm.
    bias : ndarray, shape (n_voxels,)
        Added.
    penalties : ndarray, shape (n_voxels,)
        Of each voxel's ridge; not a number where there was none.
    """

    weights: Floats
    bias: Floats
    penalties: Floats

    def predict(self, features: Any) -> Floats:
        """Predicted responses, shape (n_images, n_voxels)."""
        return np.asarray(np.asarray(features, dtype=np.float64) @ self.weights.T + self.bias)


class Encoder(nn.Module):
    """From images to responses of voxels, differentiable.

    Parameters
    ----------
    features : Features
        Of unit norm.
    head : Head
        Weights.
    regions : mapping of str to ndarray of bool, shape (n_voxels,)
        Masks by name.
    """

    def __init__(self, features: Features, head: Head, regions: Mapping[str, Bools]) -> None:
        super().__init__()
        check(regions, len(head.bias))
        self.features, self.head, self.regions = features, head, dict(regions)

    def responses(self, pixels: Any) -> Floats:
        """Predicted responses of all voxels, shape (n_images, n_voxels)."""
        return self.head.predict(self.features.of(pixels).cpu())

    def activation(self, pixels: Any, region: str) -> Floats:
        """Predicted mean over a region, shape (n_images,)."""
        weights = direction(self.regions, {region: 1.0})
        return np.asarray(self.responses(pixels) @ weights)

    def drive(self, weights: Floats) -> "Drive":
        """A signed sum over voxels, ready for gradients.

        Parameters
        ----------
        weights : ndarray, shape (n_voxels,)
            E.g. of :func:`neuro.analyses.braindive.regions.direction`.
        """
        drive = Drive(self.features, weights @ self.head.weights, float(weights @ self.head.bias))
        return drive.to(self.features.mean.device)


class Drive(nn.Module):
    """What guidance raises: one number for each image, linear in its features.

    Parameters
    ----------
    features : Features
        Of unit norm.
    weights : ndarray, shape (n_features,)
        The head's, summed over voxels.
    bias : float
        Likewise.
    """

    weights: Tensor

    def __init__(self, features: Features, weights: Floats, bias: float) -> None:
        super().__init__()
        self.features, self.bias = features, bias
        self.register_buffer("weights", torch.as_tensor(weights, dtype=torch.float32))

    def forward(self, pixels: Tensor) -> Tensor:
        """Predicted activation, shape (n_images,)."""
        found: Tensor = self.features(pixels) @ self.weights + self.bias
        return found


def fit_ridge(
    features: Any,
    responses: Floats,
    alphas: Sequence[float],
    n_folds: int = 5,
    groups: NDArray[np.intp] | None = None,
) -> Head:
    """Ridge regression with a penalty of its own for each voxel, chosen by cross-validation.

    Parameters
    ----------
    features : array-like, shape (n_images, n_features)
        Of unit norm; or shape (n_variants, n_images, n_features), where variants of an image
        stay in one fold.
    responses : ndarray, shape (n_images, n_voxels)
        Of the training images.
    alphas : sequence of float
        Penalties that are tried; of the mean over an image's variants.
    n_folds : int
        Folds, within the training images.
    groups : ndarray of int, shape (n_images,), optional
        Images that stay together (e.g. of one session); without it, every `n_folds`-th image
        makes a fold.

    Returns
    -------
    head : Head
        Refitted on all training images.

    Raises
    ------
    ValueError
        If images and responses differ in number.
    """
    from himalaya.kernel_ridge import KernelRidgeCV
    from himalaya.ridge import RidgeCV
    from sklearn.model_selection import GroupKFold, PredefinedSplit

    every = np.asarray(features, dtype=np.float64)
    every = every if every.ndim == 3 else every[None]
    same_number(every[0], responses)
    n_variants, n_images, n_features = every.shape
    folds = np.arange(n_images) % n_folds
    if groups is not None:
        for i, (_, test) in enumerate(GroupKFold(n_folds).split(every[0], groups=groups)):
            folds[test] = i
    X = every.reshape(-1, n_features)
    x_mean, y_mean = X.mean(axis=0), responses.mean(axis=0)
    seen, wanted = X - x_mean, np.tile(responses - y_mean, (n_variants, 1))
    penalties = n_variants * np.asarray(alphas, dtype=float)
    split = PredefinedSplit(np.tile(folds, n_variants))
    # A linear kernel gives the same predictions, faster where features outnumber images.
    if len(X) <= n_features:
        kernel = KernelRidgeCV(alphas=penalties, cv=split).fit(seen, wanted)
        weights, best = np.asarray(kernel.dual_coef_).T @ seen, kernel.best_alphas_
    else:
        ridge = RidgeCV(alphas=penalties, cv=split).fit(seen, wanted)
        weights, best = np.asarray(ridge.coef_).T, ridge.best_alphas_
    weights = weights.astype(np.float64)
    return Head(weights, y_mean - weights @ x_mean, np.asarray(best, dtype=float) / n_variants)


def fit_adamw(
    features: Any,
    responses: Floats,
    rng: np.random.Generator,
    n_epochs: int = 100,
    batch: int = 64,
    rate: float = 3e-4,
    decay: float = 2e-2,
) -> Head:
    """The paper's recipe: AdamW on the mean squared error, the rate halved by the last epoch.

    Parameters
    ----------
    features : array-like, shape (n_images, n_features)
        Of unit norm; or shape (n_variants, n_images, n_features), of which each epoch takes one.
    responses : ndarray, shape (n_images, n_voxels)
        Standardised.
    rng : numpy.random.Generator
        Random numbers.
    n_epochs, batch : int
        Passes over the images, and images per step.
    rate, decay : float
        Learning rate and weight decay.

    Returns
    -------
    head : Head
        Without penalties.
    """
    every = torch.as_tensor(np.asarray(features), dtype=torch.float32)
    every = every if every.ndim == 3 else every[None]
    same_number(every[0], responses)
    target = torch.as_tensor(responses, dtype=torch.float32)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    bound = every.shape[2] ** -0.5
    shapes = ((target.shape[1], every.shape[2]), (target.shape[1],))
    weights, bias = (
        # Half of torch's usual first weights.
        (0.5 * bound * (2 * torch.rand(shape, generator=generator) - 1)).requires_grad_()
        for shape in shapes
    )
    optimizer = torch.optim.AdamW([weights, bias], lr=rate, weight_decay=decay)
    for epoch in range(n_epochs):
        optimizer.param_groups[0]["lr"] = rate * 0.5 ** (epoch / n_epochs)
        chosen = every[epoch % len(every)]
        for part in torch.split(torch.randperm(len(target), generator=generator), batch):
            loss = (chosen[part] @ weights.T + bias - target[part]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    fitted = [each.detach().numpy().astype(np.float64) for each in (weights, bias)]
    return Head(fitted[0], fitted[1], np.full(len(fitted[1]), np.nan))


def same_number(features: Any, responses: Any) -> None:
    """Refuse images and responses of different counts.

    Raises
    ------
    ValueError
        With both counts.
    """
    if len(features) != len(responses):
        raise ValueError(
            f"{len(features)} images, but responses to {len(responses)}; there must be one row of "
            "responses for each image, in the same order"
        )


def write(path: str | Path, encoder: Encoder, about: Mapping[str, Any]) -> None:
    """Write head and regions; features are told by name in `about`."""
    head = encoder.head
    tensors = {
        "weights": torch.as_tensor(head.weights),
        "bias": torch.as_tensor(head.bias),
        "penalties": torch.as_tensor(head.penalties),
    }
    tensors |= {f"regions/{name}": torch.as_tensor(mask) for name, mask in encoder.regions.items()}
    write_state(path, tensors, {"kind": KIND, **about})


def read(path: str | Path, features: Features) -> tuple[Encoder, dict[str, Any]]:
    """Read what :func:`write` wrote, with the features that it was fitted to.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    tensors, about = read_state(path)
    if about.get("kind") != KIND:
        raise ValueError(f"{path}: a checkpoint, but not of a {KIND}")
    arrays = {name: value.numpy() for name, value in tensors.items()}
    head = Head(arrays["weights"], arrays["bias"], arrays["penalties"])
    regions = {
        name.removeprefix("regions/"): mask
        for name, mask in arrays.items()
        if name.startswith("regions/")
    }
    return Encoder(features, head, regions), about
