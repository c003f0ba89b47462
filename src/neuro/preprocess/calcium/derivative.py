"""Rate of change of the traces: Savitzky-Golay, or total-variation regularization."""

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from neuro.preprocess.calcium.quality import noise_sd
from neuro.preprocess.calcium.traces import Floats, Traces, bridged

if TYPE_CHECKING:
    from neuro.config.calcium import Derivative

ITERATIONS = 200
TOLERANCE = 1e-4
"""Largest relative change of the smooth trace at which the iteration ends."""
SOFT = 1e-3
"""Kinks below this share of the noise count as none."""


def window_frames(params: "Derivative", sfreq: float, n_frames: float) -> int:
    """Width of the window, an odd number of frames.

    Raises
    ------
    ValueError
        If it is too short for the polynomials or longer than the recording.
    """
    frames = 2 * int(params.window * sfreq / 2) + 1
    least = params.polyorder + 2 if params.method == "savgol" else 1
    if frames < least:
        raise ValueError(
            f"a window of {params.window:g} s has {frames} frame(s) at {sfreq:g} Hz, too few for "
            f"polynomials of order {params.polyorder}; make it {least / sfreq:.2g} s or more"
        )
    if frames > n_frames:
        raise ValueError(
            f"a window of {params.window:g} s has {frames} frames at {sfreq:g} Hz, more than the "
            f"recording's {n_frames:.0f}"
        )
    return frames


def derivative(traces: Traces, params: "Derivative") -> dict[str, Any]:
    """Derivative of each trace in its unit per second; frames not good are bridged.

    Raises
    ------
    ValueError
        If the window does not fit the frame rate or the recording.
    """
    sfreq = traces.sfreq
    frames = window_frames(params, sfreq, traces.values.shape[1])
    filled = bridged(traces.values, traces.good)
    rows = np.isfinite(filled).all(axis=1)
    result = np.full(filled.shape, np.nan)
    if params.method == "savgol":
        result[rows] = scipy.signal.savgol_filter(
            filled[rows], frames, params.polyorder, deriv=1, delta=1 / sfreq, axis=1
        )
    else:
        sd = noise_sd(filled, traces.good)
        for i in np.flatnonzero(rows):
            smooth = trend(filled[i], sd[i] * (params.window * sfreq) ** 1.5, SOFT * sd[i])
            result[i] = np.gradient(smooth, 1 / sfreq)
    traces.derivative = result
    return {"frames": frames, "evenly_spaced": traces.is_even}


def trend(values: Floats, strength: float, soft: float) -> Floats:
    """Smooth trace whose derivative has the least total variation.

    Minimizes ½‖x - y‖² + strength · ‖second difference of x‖₁: the total-variation
    regularized derivative (Chartrand 2011) in terms of its integral, solved by reweighted least
    squares with banded matrices, linear in the number of frames.

    Parameters
    ----------
    values : ndarray, shape (n_times,)
        The trace.
    strength : float
        Price of a kink; noise of standard deviation s is smoothed over n frames at s n^1.5.
    soft : float
        Second differences below it are rounded off.
    """
    n = len(values)
    if n < 3 or strength <= 0:
        return values.copy()
    soft = max(soft, 1e-12 * float(np.ptp(values)) + np.finfo(float).tiny)
    x = values
    for _ in range(ITERATIONS):
        weights = strength / np.sqrt(np.diff(x, 2) ** 2 + soft**2)
        new = scipy.linalg.solveh_banded(_bands(weights, n), values, lower=True, check_finite=False)
        change = float(np.max(np.abs(new - x)))
        x = new
        if change <= TOLERANCE * float(np.ptp(values)):
            break
    smooth: Floats = x
    return smooth


def _bands(weights: Floats, n: int) -> Floats:
    """Lower bands of 1 + D'WD, with D the second difference."""
    bands = np.zeros((3, n))
    bands[0] = 1.0
    bands[0, :-2] += weights
    bands[0, 1:-1] += 4 * weights
    bands[0, 2:] += weights
    bands[1, :-2] -= 2 * weights
    bands[1, 1:-1] -= 2 * weights
    bands[2, :-2] += weights
    return bands
