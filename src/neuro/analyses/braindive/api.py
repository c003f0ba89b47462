"""Public names of the analysis: encoders of images, and images that they guide."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.braindive.encoder import Encoder, Head, fit_ridge
from neuro.analyses.braindive.evaluate import correlation, noise_ceiling
from neuro.analyses.braindive.features import Features
from neuro.analyses.braindive.guidance import Guidance
from neuro.analyses.braindive.images import ImageSet, faces
from neuro.analyses.braindive.regions import direction
from neuro.analyses.braindive.sampling import Sampler
from neuro.io.convert import series_of

if TYPE_CHECKING:
    import nibabel
    from diffusers import UNet2DModel

__all__ = [
    "Encoder",
    "Features",
    "Guidance",
    "Head",
    "ImageSet",
    "draw_images",
    "faces",
    "fit_encoder",
    "noise_ceiling",
    "voxel_scores",
]

ALPHAS = tuple(10.0**k for k in range(-3, 4))


def fit_encoder(
    pixels: Any,
    responses: Any,
    features: Features,
    *,
    mask: "nibabel.Nifti1Image | None" = None,
    regions: Mapping[str, NDArray[np.bool_]] | None = None,
    alphas: Sequence[float] = ALPHAS,
    n_folds: int = 5,
) -> Encoder:
    """Fit a linear model from features of images to responses of voxels.

    Parameters
    ----------
    pixels : array-like, shape (n_images, 1 or 3, height, width)
        Images that were shown, between 0 and 1.
    responses : ndarray, shape (n_images, n_voxels), or nibabel image, shape (x, y, z, n_images)
        Response to each, e.g. betas of a GLM.
    features : Features
        A frozen network.
    mask : nibabel image, shape (x, y, z), optional
        Voxels of an image of responses.
    regions : mapping of str to ndarray of bool, shape (n_voxels,), optional
        Masks of regions; `all` is all voxels.
    alphas : sequence of float
        Penalties of the ridge that are tried, for each voxel by itself.
    n_folds : int
        Folds within the images.

    Returns
    -------
    encoder : Encoder
        With `responses`, `activation` and `drive`.

    Raises
    ------
    ValueError
        If images and responses differ in number, or an image of responses has no mask.

    Examples
    --------
    >>> import numpy as np, torch
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> pixels = rng.random((60, 1, 8, 8))
    >>> features = neuro.braindive.Features(torch.nn.Flatten(), size=4)  # a network's place
    >>> weights = rng.standard_normal((48, 5))
    >>> responses = features.of(pixels).numpy() @ weights
    >>> encoder = neuro.braindive.fit_encoder(pixels[:50], responses[:50], features)
    >>> r = neuro.braindive.voxel_scores(encoder.responses(pixels[50:]), responses[50:])
    >>> bool(r.min() > 0.9)
    True
    """
    if hasattr(responses, "affine"):
        if mask is None:
            raise ValueError("mask: an image of responses needs one")
        responses = series_of(responses, mask)
    measured = np.asarray(responses, np.float64)
    head = fit_ridge(features.of(pixels).cpu(), measured, alphas, n_folds)
    every = {"all": np.ones(measured.shape[1], dtype=bool)}
    return Encoder(features, head, {**every, **(regions or {})})


def voxel_scores(
    predicted: NDArray[np.floating], measured: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Correlation of predicted and measured responses of each voxel.

    Parameters
    ----------
    predicted, measured : ndarray, shape (n_images, n_voxels)
        Responses to images that were held out.

    Returns
    -------
    r : ndarray, shape (n_voxels,)
        From -1 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> measured = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
    >>> neuro.braindive.voxel_scores(2 * measured, measured).round(3).tolist()
    [1.0, 1.0]
    """
    return correlation(np.asarray(predicted, np.float64), np.asarray(measured, np.float64))


def draw_images(
    denoiser: "UNet2DModel",
    seeds: Sequence[int],
    encoder: Encoder | None = None,
    region: str | Mapping[str, float] = "all",
    guidance: Guidance | None = None,
    *,
    n_steps: int = 20,
    fresh: float = 0.0,
) -> NDArray[np.float32]:
    """Draw images, driven by a region's predicted activation or not.

    Parameters
    ----------
    denoiser : diffusers.UNet2DModel
        Trained in pixel space to predict v.
    seeds : sequence of int
        One for each image.
    encoder : Encoder, optional
        What guides; nothing without it.
    region : str, or mapping of str to float
        A region of the encoder; or several with signs, e.g. `{"face": 1, "house": -1}`.
    guidance : Guidance, optional
        How strongly; `Guidance(130)` by default.
    n_steps : int
        Steps of DDIM.
    fresh : float
        Share of fresh noise at each step, 0 to 1: 0 as published, 1 as the workflow does.

    Returns
    -------
    pixels : ndarray, shape (n_images, n_channels, size, size)
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np, torch
    >>> import neuro
    >>> from neuro.analyses.braindive.denoiser import Shape, build
    >>> rng = np.random.default_rng(0)
    >>> pixels, responses = rng.random((20, 1, 8, 8)), rng.standard_normal((20, 3))
    >>> features = neuro.braindive.Features(torch.nn.Flatten(), size=4)
    >>> encoder = neuro.braindive.fit_encoder(pixels, responses, features)
    >>> untrained = build(Shape(size=8, widths=(8, 8)))
    >>> drawn = neuro.braindive.draw_images(untrained, [0, 1], encoder, n_steps=2)
    >>> drawn.shape
    (2, 1, 8, 8)
    """
    sampler = Sampler(denoiser, n_steps, fresh)
    if encoder is None:
        return sampler.draw(seeds)
    signs = {region: 1.0} if isinstance(region, str) else region
    drive = encoder.drive(direction(encoder.regions, signs))
    return sampler.draw(seeds, drive, guidance or Guidance(130.0))
