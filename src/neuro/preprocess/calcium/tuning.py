"""Tuning to a circular covariate, such as the heading: curves, resultant length, and p.

The curve is the mean activity in each bin of the circle, smoothed; the resultant length of the
curve is 0 for a flat one and 1 for all activity in one direction. p compares it with circular
shifts of the covariate in time, which keep both courses and undo their relation.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.calcium.traces import Bools, Floats

if TYPE_CHECKING:
    from neuro.config.calcium import Tuning

SHORTEST = 4.0
"""A recording must be this many times as long as the least shift."""


@dataclass(frozen=True)
class Tuned:
    """Tuning of all neurons to one covariate.

    Parameters
    ----------
    angles : ndarray, shape (n_bins,)
        Centres of the bins, rad.
    curves : ndarray, shape (n_neurons, n_bins)
        Mean activity; NaN in a bin that was never visited.
    resultant : ndarray, shape (n_neurons,)
        Resultant length, 0 to 1.
    preferred : ndarray, shape (n_neurons,)
        Direction of the resultant, rad.
    p : ndarray, shape (n_neurons,)
        Of the resultant length, one-sided.
    chance : ndarray, shape (n_neurons,)
        Mean resultant length of the surrogates.
    """

    angles: Floats
    curves: Floats
    resultant: Floats
    preferred: Floats
    p: Floats
    chance: Floats


def tune(
    activity: Floats,
    angle: Floats,
    good: Bools,
    sfreq: float,
    params: "Tuning",
    rng: np.random.Generator,
) -> Tuned:
    """Tuning curves of neurons.

    Parameters
    ----------
    activity : ndarray, shape (n_neurons, n_times)
        Not negative: events, or traces above their own minimum.
    angle : ndarray, shape (n_times,)
        The covariate, rad; NaN where it is not known.
    good : ndarray, shape (n_times,)
        Frames that count.
    sfreq : float
        Frame rate, Hz.
    params : Tuning
        Bins, smoothing, surrogates.
    rng : numpy.random.Generator
        For the shifts.

    Raises
    ------
    ValueError
        If the covariate is known for too short a time for surrogates.
    """
    known = good & np.isfinite(angle)
    data, course = activity[:, known], angle[known]
    n, least = data.shape[1], int(np.ceil(params.min_shift * sfreq))
    if n < SHORTEST * least:
        raise ValueError(
            f"the covariate is known for {n / sfreq:.0f} s, too short for shifts of at least "
            f"{params.min_shift:g} s; lower preprocess.tuning.min_shift"
        )
    where = np.minimum((course / (2 * np.pi) * params.bins).astype(int), params.bins - 1)
    sigma = params.smoothing / 360 * params.bins
    angles = (np.arange(params.bins) + 0.5) * 2 * np.pi / params.bins
    curves = _curves(data, where, params.bins, sigma)
    vector = _vector(curves, angles)
    surrogates = np.array(
        [
            np.abs(_vector(_curves(data, np.roll(where, shift), params.bins, sigma), angles))
            for shift in rng.integers(least, n - least + 1, params.n_surrogates)
        ]
    )
    p = (1 + np.sum(surrogates >= np.abs(vector), axis=0)) / (1 + params.n_surrogates)
    preferred = np.mod(np.angle(vector), 2 * np.pi)
    return Tuned(angles, curves, np.abs(vector), preferred, p, surrogates.mean(axis=0))


def not_negative(values: Floats) -> Floats:
    """Traces above their own minimum, for curves of traces without events."""
    above: Floats = values - np.min(values, axis=1, keepdims=True)
    return above


def _curves(data: Floats, where: NDArray[np.int_], bins: int, sigma: float) -> Floats:
    """Activity over occupancy, both smoothed around the circle."""
    occupancy = np.bincount(where, minlength=bins).astype(float)
    sums = np.array([np.bincount(where, row, minlength=bins) for row in data])
    if sigma > 0:
        occupancy = scipy.ndimage.gaussian_filter1d(occupancy, sigma, mode="wrap")
        sums = scipy.ndimage.gaussian_filter1d(sums, sigma, axis=1, mode="wrap")
    visited = occupancy > 1e-9
    curves: Floats = np.where(visited, sums / np.where(visited, occupancy, 1.0), np.nan)
    return curves


def _vector(curves: Floats, angles: Floats) -> NDArray[np.complex128]:
    filled = np.nan_to_num(np.maximum(curves, 0))
    total = filled.sum(axis=1)
    vector: NDArray[np.complex128] = (filled @ np.exp(1j * angles)) / np.where(total > 0, total, 1)
    return vector
