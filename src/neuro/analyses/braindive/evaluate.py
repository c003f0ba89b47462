"""How well an encoder predicts responses that it has not seen, and how well anything could."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive.encoder import same_number

Floats = NDArray[np.float64]


def correlation(predicted: Floats, measured: Floats) -> Floats:
    """Pearson's r of each voxel over images; zero where either does not vary.

    Parameters
    ----------
    predicted, measured : ndarray, shape (n_images, n_voxels)
        Responses.

    Returns
    -------
    r : ndarray, shape (n_voxels,)
    """
    same_number(predicted, measured)
    a, b = predicted - predicted.mean(axis=0), measured - measured.mean(axis=0)
    norm = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(np.divide((a * b).sum(axis=0), norm, out=np.zeros(len(norm)), where=norm > 0))


def explained(predicted: Floats, measured: Floats) -> Floats:
    """R2 of each voxel: 1 less the squared error over that of the measured mean.

    Parameters
    ----------
    predicted, measured : ndarray, shape (n_images, n_voxels)
        Responses.

    Returns
    -------
    r2 : ndarray, shape (n_voxels,)
        Negative where the mean would have been better; zero where nothing varies.
    """
    same_number(predicted, measured)
    error = ((measured - predicted) ** 2).sum(axis=0)
    total = ((measured - measured.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(1 - np.divide(error, total, out=np.ones(len(total)), where=total > 0))


@dataclass(frozen=True)
class Tested:
    """Correlations against a permutation null.

    Parameters
    ----------
    r : ndarray, shape (n_voxels,)
        Observed.
    null : ndarray, shape (n_permutations, n_voxels)
        Under the null.
    """

    r: Floats
    null: Floats

    def voxel_p(self) -> Floats:
        """P of each voxel, corrected over voxels by the largest r of each permutation."""
        largest = self.null.max(axis=1)
        above = (largest[:, None] >= self.r).sum(axis=0)
        return np.asarray((1 + above) / (1 + len(largest)))

    def mean_p(self, voxels: NDArray[np.bool_]) -> float:
        """P of the mean over some voxels."""
        observed = self.r[voxels].mean()
        above = (self.null[:, voxels].mean(axis=1) >= observed).sum()
        return float((1 + above) / (1 + len(self.null)))


def permuted(predicted: Floats, measured: Floats, shuffled: Callable[[], Floats], n: int) -> Tested:
    """Compare correlations with those of responses drawn under the null.

    Parameters
    ----------
    predicted, measured : ndarray, shape (n_images, n_voxels)
        Responses.
    shuffled : callable
        Draws `measured` anew, with nothing to tell which image is which.
    n : int
        Number of draws.
    """
    null = np.array([correlation(predicted, shuffled()) for _ in range(n)])
    return Tested(correlation(predicted, measured), null)


def signal_to_noise(responses: Floats) -> Floats:
    """Noise-ceiling signal-to-noise ratio of each voxel, from repeated images.

    The noise is what differs between repeats of an image, the signal the rest of the variance
    (Allen et al. 2022, Nature Neuroscience 25, 116-126).

    Parameters
    ----------
    responses : ndarray, shape (n_images, n_repeats, n_voxels)
        Responses to every image, at least two repeats.

    Returns
    -------
    ncsnr : ndarray, shape (n_voxels,)
        Standard deviation of the signal over that of the noise.

    Raises
    ------
    ValueError
        If images are not repeated.
    """
    n_images, n_repeats = responses.shape[:2]
    if n_repeats < 2 or n_images < 2:
        raise ValueError(
            f"{n_images} images x {n_repeats} repeats: noise is told from repeats, at least two "
            "of at least two images"
        )
    noise = responses.var(axis=1, ddof=1).mean(axis=0)
    total = responses.reshape(n_images * n_repeats, -1).var(axis=0, ddof=1)
    signal = np.clip(total - noise, 0, None)
    return np.asarray(
        np.sqrt(np.divide(signal, noise, out=np.full(len(noise), np.inf), where=noise > 0))
    )


def noise_ceiling(ncsnr: Floats, n_repeats: float) -> Floats:
    """Largest R2 that any model can reach, for responses averaged over repeats.

    Parameters
    ----------
    ncsnr : ndarray, shape (n_voxels,)
        Signal-to-noise ratio of a single trial.
    n_repeats : float
        Trials that each response is the mean of.

    Returns
    -------
    ceiling : ndarray, shape (n_voxels,)
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> neuro.braindive.noise_ceiling(np.array([0.0, 1.0]), n_repeats=3).tolist()
    [0.0, 0.75]
    """
    if n_repeats < 1:
        raise ValueError(f"n_repeats: must be at least 1. Got {n_repeats}.")
    with np.errstate(invalid="ignore"):
        share = ncsnr**2 / (ncsnr**2 + 1 / n_repeats)
    return np.asarray(np.where(np.isinf(ncsnr), 1.0, share))
