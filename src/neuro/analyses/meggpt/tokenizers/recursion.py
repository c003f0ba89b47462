"""The loop of predictive coding: predict, take the nearest level of what is left, go on from it."""

import numpy as np
from numpy.typing import NDArray

from neuro.stats.compiled import compiled


@compiled
def quantize(
    data: NDArray[np.float32],
    weights: NDArray[np.float64],
    step: float,
    bounds: NDArray[np.float64],
    n_even: int,
    levels: NDArray[np.float64],
    past: NDArray[np.float64],
    tokens: NDArray[np.uint16],
) -> None:
    """Tokens of the prediction errors, predicted from what a decoder would have.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Signals.
    weights : ndarray, shape (order,)
        Prediction weights, those of the nearest sample first.
    step : float
        Width of the even bins.
    bounds : ndarray, shape (n_tokens // 2,)
        Where the first, second, ... bin above the middle one begins.
    n_even : int
        Number of bins on either side that are a step wide; those beyond are wider.
    levels : ndarray, shape (n_tokens,)
        What a token adds to the prediction.
    past : ndarray, shape (n_channels, order)
        Decoded samples so far, the nearest first; replaced by those at the end.
    tokens : ndarray, shape (n_channels, n_times)
        Filled with tokens.
    """
    n_channels, n_times = data.shape
    order = weights.shape[0]
    half = (levels.shape[0] - 1) // 2
    for c in range(n_channels):
        # Newest last, written onwards: a window slides over it, and nothing has to be shifted.
        decoded = np.empty(n_times + order)
        for k in range(order):
            decoded[order - 1 - k] = past[c, k]
        for t in range(n_times):
            predicted = 0.0
            for k in range(order):
                predicted += weights[order - 1 - k] * decoded[t + k]
            error = data[c, t] - predicted
            size = abs(error)
            index = 0
            if size >= bounds[0]:
                index = min(max(int(size / step + 0.5), 1), n_even)
                while index < half and size >= bounds[index]:
                    index += 1
            if error < 0:
                index = -index
            tokens[c, t] = half + index
            decoded[order + t] = predicted + levels[half + index]
        for k in range(order):
            past[c, k] = decoded[n_times + order - 1 - k]


@compiled
def follow(
    tokens: NDArray[np.uint16],
    filters: NDArray[np.float64],
    weights: NDArray[np.float64],
    past: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """What tokens decode to causally.

    Parameters
    ----------
    tokens : ndarray, shape (n_channels, n_times)
        Tokens.
    filters : ndarray, shape (n_tokens, width)
        What a token adds to its own sample and to later ones.
    weights : ndarray, shape (order,)
        Weights of decoded samples, the nearest first.
    past : ndarray, shape (n_channels, order)
        Decoded samples before the first, the nearest first.
    out : ndarray, shape (n_channels, n_times)
        Filled.
    """
    n_channels, n_times = tokens.shape
    for c in range(n_channels):
        for t in range(n_times):
            value = 0.0
            for i in range(min(filters.shape[1], t + 1)):
                value += filters[tokens[c, t - i], i]
            for k in range(weights.shape[0]):
                value += weights[k] * (out[c, t - 1 - k] if k < t else past[c, k - t])
            out[c, t] = value
