"""Noise, signal-to-noise ratio, and the selection of neurons by them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuro.preprocess.calcium.traces import Bools, Floats, Traces, pick

if TYPE_CHECKING:
    from neuro.config.calcium import Select

PEAK = 99.0
"""Percentile that stands for a trace's peaks."""
GAUSS = 1.4826 / np.sqrt(2)
"""Standard deviation of white noise in median absolute differences of neighbours."""


def noise_sd(values: Floats, good: Bools) -> Floats:
    """Standard deviation of the noise, from differences of neighbouring good frames.

    Parameters
    ----------
    values : ndarray, shape (n_neurons, n_times)
        Traces.
    good : ndarray, shape (n_times,)
        Frames that count.

    Returns
    -------
    sd : ndarray, shape (n_neurons,)
        In the traces' unit; NaN for a trace that is not finite.
    """
    pairs = good[1:] & good[:-1]
    sd: Floats = GAUSS * np.median(np.abs(np.diff(values, axis=1))[:, pairs], axis=1)
    return sd


def noise_level(dff: Floats, good: Bools, sfreq: float) -> Floats:
    """Noise level of dF/F that does not depend on the frame rate, %/√Hz.

    Source: Rupprecht et al. (2021), Nature Neuroscience: the median absolute difference of
    neighbouring frames over the root of the frame rate.
    """
    level: Floats = 100 * noise_sd(dff, good) / GAUSS / np.sqrt(sfreq)
    return level


def signal_to_noise(values: Floats, good: Bools) -> Floats:
    """Distance of the 99th percentile from the median, in standard deviations of the noise.

    Infinite for a trace without noise, such as a model's.
    """
    low, high = np.percentile(values[:, good], [50.0, PEAK], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = (high - low) / noise_sd(values, good)
    return ratio


def select(traces: Traces, params: "Select") -> dict[str, Any]:
    """Leave out neurons with a small signal or much noise.

    Raises
    ------
    ValueError
        If a limit does not fit the traces, or none is left.
    """
    keep = traces.present.copy()
    snr = signal_to_noise(traces.values, traces.good)
    if params.min_snr is not None:
        keep &= snr >= params.min_snr
    if params.max_noise is not None:
        if traces.kind != "dff":
            raise ValueError(f"max_noise is in % of dF/F, but the traces are {traces.kind}")
        keep &= noise_level(traces.values, traces.good, traces.sfreq) <= params.max_noise
    if not keep.any():
        raise ValueError(
            f"no neuron of {int(traces.present.sum())} is within the limits; the best "
            f"signal-to-noise ratio is {np.nanmax(snr):.3g}"
        )
    dropped = pick(traces.names, traces.present & ~keep)
    traces.present = keep
    return {"excluded": dropped}
