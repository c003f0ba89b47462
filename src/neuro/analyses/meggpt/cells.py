"""The scale of a linear prediction of amplitudes that are seen as cells only.

A token tells in which cell an amplitude lies. Least squares on the cells' values finds the
direction of what foretells them, but too small a gain and too small a spread, the more so the
wider the cells are (Bussgang 1952); both are found here by the likelihood of the cells.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr
from torch.nn import functional

from neuro.analyses.meggpt.corpus import Session
from neuro.analyses.meggpt.linear import FAR, HELD_OUT, LinearPart
from neuro.analyses.meggpt.tokenizers.base import Tokenizer

Array = NDArray[np.float64]
N_ROUNDS = 40
"""Rounds of expectation and maximization; more change nothing that matters."""
EVERY = 2
"""Samples from one that is looked at to the next."""
LOUD = 4.0
"""Times that a past is louder than what was recorded, which generation must come back from."""
N_STEPS = 1000
"""Samples that it has for that."""
N_TRIES = 5
"""Gains that are tried, ever nearer to 1."""
LEAST = 1e-12
"""Least mass of a cell, so that what is next to impossible does not divide by zero."""


def fit_scale(
    mean: Array, low: Array, high: Array, deviation: Array, n_rounds: int = N_ROUNDS
) -> tuple[Array, Array]:
    """Gain of predictions, and deviation around them, that make what came most likely.

    Parameters
    ----------
    mean : ndarray, shape (n_channels, n_times)
        What was foretold.
    low, high : ndarray, shape (n_channels, n_times)
        Bounds of the cell that came.
    deviation : ndarray, shape (n_channels,)
        To begin with.
    n_rounds : int
        Rounds of expectation and maximization.

    Returns
    -------
    gain, deviation : ndarray, shape (n_channels,)
        Amplitudes are Gaussian around `gain * mean` with this deviation.
    """
    gain, deviation = np.ones(len(mean)), deviation.copy()
    power = np.maximum((mean**2).mean(axis=1), LEAST)
    for _ in range(n_rounds):
        middle = gain[:, None] * mean
        shift, variance = _expected(
            (low - middle) / deviation[:, None], (high - middle) / deviation[:, None]
        )
        amplitude = middle + deviation[:, None] * shift
        gain = (amplitude * mean).mean(axis=1) / power
        spread = deviation[:, None] ** 2 * variance + (amplitude - gain[:, None] * mean) ** 2
        deviation = np.sqrt(spread.mean(axis=1))
    return gain, deviation


@torch.no_grad()
def scale_up(part: LinearPart, sessions: Sequence[Session], tokenizer: Tokenizer) -> None:
    """Give a linear part, in place, the gains and deviations that the ends of sessions ask for.

    Parameters
    ----------
    part : LinearPart
        With what least squares found.
    sessions : sequence of Session
        To learn from.
    tokenizer : Tokenizer
        Whose tokens they are.
    """
    lags = part.filters.shape[-1]
    means, bounds = [], []
    for each in sessions:
        first = max(round((1 - HELD_OUT) * each.tokens.shape[1]), lags)
        past = torch.from_numpy(each.trace[None, :, first - lags : -1])
        means.append(functional.conv1d(past, part.filters, groups=part.n_groups)[0, :, ::EVERY])
        tokens = torch.from_numpy(each.tokens[:, first::EVERY].astype(np.int64))
        bounds.append(torch.stack([part.low[tokens], part.high[tokens]]))
    low, high = torch.cat(bounds, dim=2).double().numpy()
    mean = torch.cat(means, dim=1).double().numpy()
    gain, deviation = fit_scale(mean, low, high, part.deviation.double().numpy())
    filters = part.filters.double().numpy()
    far = LOUD * sessions[0].trace[:, -max(lags, len(tokenizer.tracer()[1])) :].astype(np.float64)
    for _ in range(N_TRIES):
        if _settles(gain[:, None, None] * filters, deviation, tokenizer, far):
            break
        gain = (1 + gain) / 2
    part.filters.copy_(torch.from_numpy(gain[:, None, None] * filters))
    part.deviation.copy_(torch.from_numpy(deviation))


def _settles(filters: Array, deviation: Array, tokenizer: Tokenizer, past: Array) -> bool:
    """Whether what is generated comes back from a past (n_channels, n_times) that is too loud.

    Tokens of small amplitudes lose what the gain makes up for, those of large ones do not.
    """
    rng = np.random.default_rng(0)
    n, n_seen, lags = filters.shape
    laid, weights = tokenizer.tracer()
    order = np.argsort(tokenizer.values, kind="stable")
    ahead = np.zeros((n, laid.shape[1]))
    for _ in range(N_STEPS):
        seen = past[:, -lags:]
        mean = (
            filters.reshape(n, -1) @ seen.ravel() if n_seen == n else (filters[:, 0] * seen).sum(1)
        )
        amplitude = mean + deviation * rng.standard_normal(n)
        ahead += laid[order[np.searchsorted(tokenizer.bounds_between, amplitude)]]
        new = ahead[:, 0] + past[:, past.shape[1] - len(weights) :] @ weights[::-1]
        ahead = np.concatenate([ahead[:, 1:], np.zeros((n, 1))], axis=1)
        past = np.concatenate([past[:, 1:], new[:, None]], axis=1)
        if not np.abs(past).max() < FAR:
            return False
    return float(past.std()) < LOUD / 2


def _expected(below: Array, above: Array) -> tuple[Array, Array]:
    """Mean and variance of a standard normal number between two bounds."""
    # Mirrored to the negative side, where small tails are told apart.
    turned = below + above > 0
    first, last = np.where(turned, -above, below), np.where(turned, -below, above)
    mass = np.maximum(ndtr(last) - ndtr(first), LEAST)
    at_first, at_last = _density(first), _density(last)
    mean = (at_first - at_last) / mass
    variance = 1 + (first * at_first - last * at_last) / mass - mean**2
    return np.where(turned, -mean, mean), np.clip(variance, 0, 1)


def _density(x: Array) -> Array:
    density: Array = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    return density
