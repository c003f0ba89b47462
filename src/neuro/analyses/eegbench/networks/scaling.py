"""Length and scale of trials, each by itself."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Scale = Literal["training", "tenth_millivolt", "zscore", "deviation", "percentile", "minmax"]
Reals = NDArray[np.floating[Any]]

CLIP = 15.0
"""Standard deviations that z-scored values are kept within."""
ARBITRARY = 0.1
"""Standard deviation, 0.1 mV, given to trials whose unit is not volts: usual for EEG, 10 µV."""


def fit_length(data: Reals, n_times: int) -> Reals:
    """Cut the end, or repeat the last sample.

    Parameters
    ----------
    data : ndarray, shape (..., n)
        Signals.
    n_times : int
        Samples to have.
    """
    short = n_times - data.shape[-1]
    if short <= 0:
        return data[..., :n_times]
    return np.concatenate([data, np.repeat(data[..., -1:], short, axis=-1)], axis=-1)


def rescale(data: Reals, scale: Scale, unit: str) -> Reals:
    """Bring trials to the scale of a contract.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Trials.
    scale : str
        As in :class:`InputContract`.
    unit : str
        Of the trials; `tenth_millivolt` of what is not volts is taken to be EEG of usual size.

    Returns
    -------
    scaled : ndarray, shape (n_trials, n_channels, n_times)
        A flat trial stays flat.
    """
    if scale == "training":
        return data
    if scale == "tenth_millivolt" and unit == "V":
        return data * 1e4
    if scale == "percentile":
        return _divide(data, np.quantile(np.abs(data), 0.95, axis=-1, keepdims=True))
    if scale == "minmax":
        low, high = data.min(axis=(1, 2), keepdims=True), data.max(axis=(1, 2), keepdims=True)
        return _divide(2 * data - low - high, high - low)
    if scale == "zscore":
        data = data - data.mean(axis=-1, keepdims=True)
        return np.clip(_divide(data, data.std(axis=-1, keepdims=True)), -CLIP, CLIP)
    whole = _divide(data, data.std(axis=(1, 2), keepdims=True))
    return whole if scale == "deviation" else whole * ARBITRARY


def _divide(data: Reals, by: Reals) -> Reals:
    return data / np.where(by > 0, by, data.dtype.type(1))
