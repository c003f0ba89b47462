"""Frames: those with motion artifacts, and their rate."""

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from neuro.preprocess.calcium.behavior import interpolate, turn
from neuro.preprocess.calcium.traces import Bools, Covariate, Floats, Traces, bridged

if TYPE_CHECKING:
    from neuro.config.calcium import CalciumResample, Motion

MAD = 1.4826
"""Standard deviation of a Gaussian in median absolute deviations."""


def motion(traces: Traces, params: "Motion") -> dict[str, Any]:
    """Mark frames at which all neurons jump, or which motion correction shifted far.

    Raises
    ------
    ValueError
        If shifts are asked for that the file does not hold, or too many frames are bad.
    """
    bad = np.zeros(len(traces.time), dtype=bool)
    jumping = shifted = bad
    if params.jump_z is not None:
        jumping = _jumps(traces.values[traces.present], params.jump_z)
    if params.shift is not None:
        if traces.shifts is None:
            raise ValueError(
                "shift needs the shifts of motion correction (`xy_translation` of an NWB file), "
                "which the recording does not hold; leave it out"
            )
        distance = np.linalg.norm(traces.shifts - np.nanmedian(traces.shifts, axis=0), axis=1)
        shifted = distance > params.shift
    bad = jumping | shifted
    pad = round(params.pad * traces.sfreq)
    if pad:
        bad = scipy.ndimage.binary_dilation(bad, iterations=pad)
    if bad.mean() > params.max_share:
        raise ValueError(
            f"{100 * bad.mean():.0f}% of the frames are bad, more than max_share = "
            f"{params.max_share:g}; look at the recording, or raise jump_z or max_share"
        )
    traces.good &= ~bad
    return {
        "n_bad": int(bad.sum()),
        "n": len(bad),
        "n_jumps": int(jumping.sum()),
        "n_shifted": int(shifted.sum()),
    }


def _jumps(values: Floats, limit: float) -> Bools:
    """Frames on both sides of a jump of the whole population."""
    step = np.diff(values, axis=1)
    scale = MAD * np.median(np.abs(step), axis=1, keepdims=True)
    moving = scale[:, 0] > 0
    if not moving.any():
        return np.zeros(values.shape[1], dtype=bool)
    size = np.mean(np.abs(step[moving]) / scale[moving], axis=0)
    spread = MAD * np.median(np.abs(size - np.median(size)))
    over = (size - np.median(size)) > limit * max(spread, np.finfo(float).tiny)
    jumps: Bools = np.append(over, False) | np.insert(over, 0, False)
    return jumps


def resample(traces: Traces, params: "CalciumResample") -> dict[str, Any]:
    """Evenly spaced frames at a new rate.

    Uneven frames are laid on an even grid first; a lower rate then gets a zero-phase anti-aliasing
    filter (Chebyshev, order 8, at 0.8 of the new Nyquist frequency), and the new frames come from
    monotone cubic interpolation, which does not overshoot. Frames that are not good are bridged
    before and stay marked.

    Raises
    ------
    ValueError
        If too few frames would be left.
    """
    old, new = traces.sfreq, params.sfreq
    start, stop = float(traces.time[0]), float(traces.time[-1])
    time = start + np.arange(int(np.floor((stop - start) * new + 1e-6)) + 1) / new
    if len(time) < 2:
        raise ValueError(f"{stop - start:g} s at {new:g} Hz are fewer than two frames")
    good = _good_at(traces, time, params.max_gap)
    for name in ("values", "neuropil", "baseline"):
        values = getattr(traces, name)
        if values is not None:
            setattr(traces, name, _moved(values, traces, time, new))
    if traces.shifts is not None:
        columns = [interpolate(traces.time, axis, time) for axis in traces.shifts.T]
        traces.shifts = np.column_stack(columns)
    traces.covariates = {
        name: _covariate_at(covariate, traces.time, time)
        for name, covariate in traces.covariates.items()
    }
    found = {"sfreq_before": old, "sfreq": new, "was_even": traces.is_even}
    traces.time, traces.good = time, good
    return found


def _moved(values: Floats, traces: Traces, time: Floats, new: float) -> Floats:
    at, old = traces.time, traces.sfreq
    moved = np.full((len(values), len(time)), np.nan)
    rows = np.isfinite(values).all(axis=1)
    data = bridged(values[rows], traces.good)
    if not rows.any():
        return moved
    if new < old:
        if not traces.is_even:
            even = at[0] + np.arange(int(np.ceil((at[-1] - at[0]) * old)) + 1) / old
            data, at = np.array([np.interp(even, at, row) for row in data]), even
        filter_ = scipy.signal.cheby1(8, 0.05, 0.8 * new / old, output="sos")
        pad = min(data.shape[1] - 1, int(10 * old / new) + 1)
        data = scipy.signal.sosfiltfilt(filter_, data, axis=1, padlen=pad)
    moved[rows] = scipy.interpolate.PchipInterpolator(at, data, axis=1)(
        np.clip(time, at[0], at[-1])
    )
    return moved


def _good_at(traces: Traces, time: Floats, max_gap: float) -> Bools:
    """New frames between two good old ones that are not too far from each other."""
    old = traces.time
    after = np.clip(np.searchsorted(old, time), 1, len(old) - 1)
    near = np.abs(time - old[after]) < np.abs(time - old[after - 1])
    nearest = np.where(near, after, after - 1)
    long = (old[after] - old[after - 1] > max_gap) & (time > old[after - 1]) & (time < old[after])
    good: Bools = traces.good[nearest] & ~long
    return good


def _covariate_at(covariate: Covariate, old: Floats, time: Floats) -> Covariate:
    values = covariate.values
    if covariate.circular:
        moved = turn(old, values, time)
    elif values.ndim == 1:
        moved = interpolate(old, values, time)
    else:
        moved = np.column_stack([interpolate(old, axis, time) for axis in values.T])
    return Covariate(moved, covariate.unit, covariate.circular)
