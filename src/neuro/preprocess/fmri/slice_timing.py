"""Slice timing: each slice's time courses, moved to one time within the volume."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.float64]


def correct_slices(
    volumes: Any, axis: int, seconds: Floats, tr: float, reference: float
) -> dict[str, Any]:
    """Resample every slice in time, in place, by cubic splines.

    Parameters
    ----------
    volumes : ndarray, shape (n_times, x, y, z)
        The run; an array on disk will do, since one slice is in memory at a time.
    axis : int
        Axis of the slices: 0, 1 or 2 for x, y, z.
    seconds : ndarray, shape (n_slices,)
        When each slice is acquired after the volume's beginning, s.
    tr : float
        Repetition time, s.
    reference : float
        Time all slices are brought to, as a share of the repetition time.

    Returns
    -------
    found : dict
        The largest shift, s. Before the first and after the last sample of a slice the first and
        last value are held.
    """
    starts = np.arange(len(volumes)) * tr
    wanted = starts + reference * tr
    index: list[Any] = [slice(None)] * 4
    for i, delay in enumerate(seconds):
        index[axis + 1] = i
        part = np.asarray(volumes[tuple(index)], dtype=np.float64)
        times = starts + delay
        spline = CubicSpline(times, part, axis=0)
        volumes[tuple(index)] = spline(np.clip(wanted, times[0], times[-1]))
    return {"largest_shift_s": float(np.abs(reference * tr - seconds).max())}
