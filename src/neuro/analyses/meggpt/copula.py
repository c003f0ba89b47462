"""What channels share at one sample: a Gaussian copula over the model's own predictions.

The model foretells each channel from the past of all; what channels have in common at the very
same sample no past can tell. Every token stands at some place in the distribution foretold for
it; these places, as normal scores, are correlated between channels, and generation draws them so.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri

N_REFINEMENTS = 4
"""Tokens are coarse, which hides a part of the correlation: rounds of finding how much."""


def fit_copula(
    probabilities: NDArray[np.float64], tokens: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Correlation of channels' normal scores.

    Scores of coarse tokens are drawn at random within a token's share of probability, which
    lowers their correlation. So the correlation is sought whose own tokens would give the
    correlation that was found.

    Parameters
    ----------
    probabilities : ndarray, shape (n_samples, n_channels, n_tokens)
        Foretold probabilities, tokens sorted by amplitude.
    tokens : ndarray of int, shape (n_samples, n_channels)
        What came, as places in that order.
    rng : Generator
        Randomness.

    Returns
    -------
    correlation : ndarray, shape (n_channels, n_channels)
        Positive definite, with ones on its diagonal.
    """
    above = probabilities.cumsum(axis=-1)
    above /= above[..., -1:]
    dither = rng.random(tokens.shape)
    target = _correlation(above, tokens, dither)
    found = nearest(target)
    normal = rng.standard_normal(tokens.shape)
    for _ in range(N_REFINEMENTS):
        scores = normal @ np.linalg.cholesky(found).T
        uniforms = torch.special.ndtr(torch.from_numpy(scores)).numpy()
        drawn = (above < uniforms[..., None]).sum(axis=-1)
        drawn = np.minimum(drawn, above.shape[-1] - 1)
        found = nearest(found + target - _correlation(above, drawn, dither))
    return found


def nearest(matrix: NDArray[np.float64], floor: float = 1e-3) -> NDArray[np.float64]:
    """A correlation matrix near a symmetric one: small eigenvalues lifted, diagonal of ones."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    lifted = (vectors * np.maximum(values, floor)) @ vectors.T
    scale = np.sqrt(np.diag(lifted))
    correlation: NDArray[np.float64] = lifted / np.outer(scale, scale)
    return correlation


def _correlation(
    above: NDArray[np.float64], tokens: NDArray[np.integer], dither: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Correlation of normal scores drawn within the tokens' shares."""
    places = tokens[..., None].astype(np.int64)
    high = np.take_along_axis(above, places, -1)[..., 0]
    low = np.where(
        tokens > 0, np.take_along_axis(above, np.maximum(places - 1, 0), -1)[..., 0], 0.0
    )
    scores = ndtri(np.clip(low + (high - low) * dither, 1e-9, 1 - 1e-9))
    matrix: NDArray[np.float64] = np.asarray(np.corrcoef(scores.T), dtype=np.float64)
    return matrix
