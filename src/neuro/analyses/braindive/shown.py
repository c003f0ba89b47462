"""Responses to images that were really shown: one for each image, averaged over its repeats."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Shown:
    """Responses to images.

    Parameters
    ----------
    responses : ndarray, shape (n_images, n_voxels)
        Means over repeats.
    images : ndarray, shape (n_images,)
        Which image each is: a number or a file name.
    repeats : ndarray of int, shape (n_images,)
        Trials that each is the mean of.
    regions : dict of str to ndarray of bool, shape (n_voxels,)
        Masks by name.
    ncsnr : ndarray, shape (n_voxels,), optional
        Noise-ceiling signal-to-noise ratio of a single trial.
    """

    responses: Floats
    images: NDArray[np.generic]
    repeats: Ints
    regions: Mapping[str, NDArray[np.bool_]]
    ncsnr: Floats | None = None


def standardized(betas: Floats, sessions: Ints) -> Floats:
    """Betas with mean 0 and standard deviation 1 of each voxel in each session.

    Parameters
    ----------
    betas : ndarray, shape (n_trials, n_voxels)
        Of all trials.
    sessions : ndarray of int, shape (n_trials,)
        Of each.
    """
    found = np.empty(betas.shape)
    for session in np.unique(sessions):
        here = sessions == session
        centred = betas[here] - betas[here].mean(axis=0)
        spread = centred.std(axis=0)
        found[here] = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return found


def averaged(
    betas: Floats, images: NDArray[np.generic]
) -> tuple[Floats, NDArray[np.generic], Ints]:
    """Means over the trials of each image.

    Parameters
    ----------
    betas : ndarray, shape (n_trials, n_voxels)
        Of all trials.
    images : ndarray, shape (n_trials,)
        Shown in each.

    Returns
    -------
    responses : ndarray, shape (n_images, n_voxels)
    images : ndarray, shape (n_images,)
        In sorted order.
    repeats : ndarray of int, shape (n_images,)
    """
    if len(betas) != len(images):
        raise ValueError(
            f"{len(images)} images shown, but betas of {len(betas)} trials; there must be one for "
            "each"
        )
    which, place, repeats = np.unique(images, return_inverse=True, return_counts=True)
    sums = np.zeros((len(which), betas.shape[1]))
    np.add.at(sums, place, betas)
    return sums / repeats[:, None], which, repeats
