"""Where a wave deflects most, and how far."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Polarity = Literal["negative", "positive"]


@dataclass(frozen=True)
class Deflection:
    """Peak, mean and area of waves within a window.

    Parameters
    ----------
    latency : ndarray, shape (...)
        Time of the peak, in the unit of `times`.
    amplitude : ndarray, shape (...)
        Value at the peak.
    mean : ndarray, shape (...)
        Mean over the window.
    area_latency : ndarray, shape (...)
        Time that halves the area of the expected polarity (fractional area latency, Luck 2014);
        that of the peak where there is no such area.
    at_edge : ndarray of bool, shape (...)
        Whether the extreme lies on the window's first or last sample: no peak inside it.
    """

    latency: Floats
    amplitude: Floats
    mean: Floats
    area_latency: Floats
    at_edge: NDArray[np.bool_]


def in_window(times: Floats, window: tuple[float, float]) -> NDArray[np.bool_]:
    """Samples within a window, both ends included.

    Parameters
    ----------
    times : ndarray, shape (n_times,)
        Sample times.
    window : tuple of float
        First and last time.

    Returns
    -------
    inside : ndarray of bool, shape (n_times,)
        The samples.

    Raises
    ------
    ValueError
        If fewer than three samples lie within.
    """
    slack = 1e-9  # sample times are products of float steps
    inside = (times >= window[0] - slack) & (times <= window[1] + slack)
    if inside.sum() < 3:
        raise ValueError(
            f"The window [{window[0]}, {window[1]}] s must hold at least 3 samples, got "
            f"{inside.sum()} of the {len(times)} between {times[0]:g} and {times[-1]:g} s. "
            "Widen the window or sample faster"
        )
    return np.asarray(inside, dtype=bool)


def deflection(
    waves: Floats, times: Floats, window: tuple[float, float], polarity: Polarity
) -> Deflection:
    """Most extreme sample of the expected polarity within a window, and the window's mean.

    Parameters
    ----------
    waves : ndarray, shape (..., n_times)
        The waves.
    times : ndarray, shape (n_times,)
        Sample times.
    window : tuple of float
        Where to look.
    polarity : {'negative', 'positive'}
        Whether the smallest or the largest value is looked for.

    Returns
    -------
    deflection : Deflection
        Arrays of shape (...).
    """
    inside = in_window(times, window)
    part = waves[..., inside]
    sign = -1.0 if polarity == "negative" else 1.0
    place = np.argmax(sign * part, axis=-1)
    amplitude = np.take_along_axis(part, place[..., np.newaxis], axis=-1)[..., 0]
    latency = times[inside][place]
    return Deflection(
        latency=latency,
        amplitude=amplitude,
        mean=part.mean(axis=-1),
        area_latency=_halving(np.maximum(sign * part, 0), times[inside], latency),
        at_edge=(place == 0) | (place == part.shape[-1] - 1),
    )


def _halving(heights: Floats, times: Floats, otherwise: Floats) -> Floats:
    """Time at which the area under non-negative waves (..., n_times) reaches half of its total."""
    steps = np.diff(times) * (heights[..., 1:] + heights[..., :-1]) / 2
    area = np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=-1)], axis=-1)
    half = area[..., -1:] / 2
    after = np.argmax(area >= half, axis=-1)[..., np.newaxis].clip(1)
    low = np.take_along_axis(area, after - 1, axis=-1)
    high = np.take_along_axis(area, after, axis=-1)
    share = np.divide(half - low, high - low, out=np.zeros_like(high), where=high > low)
    found = times[after - 1] + share * (times[after] - times[after - 1])
    return np.where(half > 0, found, otherwise[..., np.newaxis])[..., 0]
