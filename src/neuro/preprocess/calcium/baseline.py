"""Neuropil, photobleaching, and the relative change of fluorescence (dF/F)."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from neuro.preprocess.calcium.traces import Bools, Floats, Traces, bridged, named, pick

if TYPE_CHECKING:
    from neuro.config.calcium import DFF, Bleaching, Neuropil

BINS = 60
"""Stretches of the recording whose low percentiles show the decay."""
FLOOR = 20.0
"""The percentile: activity hardly raises it."""
FEWEST_BINS = 8
TAU_BOUNDS = (0.05, 20.0)
"""Of the decay's time constant, in durations of the recording."""


def neuropil(traces: Traces, params: "Neuropil") -> dict[str, Any]:
    """Subtract the neuropil: F - c N, or F - c (N - median of N).

    Raises
    ------
    ValueError
        If there is no neuropil.
    """
    if traces.neuropil is None:
        raise ValueError("there are no traces of the neuropil; leave this step out")
    around = traces.neuropil
    if params.subtract == "fluctuation":
        around = around - np.median(around, axis=1, keepdims=True)
    before = float(np.median(np.std(traces.values, axis=1)))
    traces.values = traces.values - params.coefficient * around
    traces.neuropil = None
    after = float(np.median(np.std(traces.values, axis=1)))
    return {"sd_before": before, "sd_after": after}


def bleaching(traces: Traces, params: "Bleaching") -> dict[str, Any]:
    """Fit c + a exp(-t / tau), a >= 0, to low percentiles of stretches, and take it out.

    The traces are divided by the fit relative to its beginning, or the fit's fall is added back,
    so that the level at the beginning stays.

    Raises
    ------
    ValueError
        If the traces are too short, or dividing has no sense because they are not positive.
    """
    filled = bridged(traces.values, traces.good)
    n_bins = min(BINS, filled.shape[1] // 2)
    if n_bins < FEWEST_BINS:
        raise ValueError(f"{filled.shape[1]} frames are too few for a fit; leave this step out")
    edges = np.linspace(0, filled.shape[1], n_bins + 1).astype(int)
    stretches = list(pairwise(edges))
    at = np.array([traces.time[a:b].mean() for a, b in stretches])
    floors = np.stack([np.percentile(filled[:, a:b], FLOOR, axis=1) for a, b in stretches], axis=1)
    start, duration = traces.time[0], traces.time[-1] - traces.time[0]
    taus, corrected = [], 0
    for i, row in enumerate(floors):
        floor, height, tau, r2 = _decay(at - start, row, duration)
        if height <= 0 or r2 < params.min_r2:
            continue
        fit = floor + height * np.exp(-(traces.time - start) / tau)
        if params.correction == "divide":
            if fit.min() <= 0:
                raise ValueError(
                    f"the decay of {traces.names[i]} ends below zero, so it cannot divide; set "
                    "correction: subtract"
                )
            traces.values[i] *= fit[0] / fit
        else:
            traces.values[i] += fit[0] - fit
        corrected += 1
        taus.append(tau)
    return {
        "n_corrected": corrected,
        "n": len(floors),
        "tau_s": float(np.median(taus)) if taus else None,
    }


def _decay(time: Floats, values: Floats, duration: float) -> tuple[float, float, float, float]:
    """Least squares by variable projection: floor, height, tau, and explained variance."""

    def linear(log_tau: float) -> tuple[float, float, float]:
        shape = np.exp(-time / np.exp(log_tau))
        centred = shape - shape.mean()
        height = max(0.0, float(centred @ values / (centred @ centred)))
        floor = float(np.mean(values) - height * shape.mean())
        return floor, height, float(np.sum((values - floor - height * shape) ** 2))

    low, high = (float(np.log(bound * duration)) for bound in TAU_BOUNDS)
    grid = np.linspace(low, high, 25)
    best = int(np.argmin([linear(log_tau)[2] for log_tau in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = scipy.optimize.minimize_scalar(lambda x: linear(x)[2], bounds=bounds, method="bounded")
    floor, height, error = linear(float(found.x))
    total = float(np.sum((values - values.mean()) ** 2))
    r2 = 1 - error / total if total > 0 else 0.0
    return floor, height, float(np.exp(found.x)), r2


def dff(traces: Traces, params: "DFF") -> dict[str, Any]:
    """(F - F0) / F0 with F0 the running percentile of the smoothed trace.

    Raises
    ------
    ValueError
        If the traces are dF/F already, or a baseline is not positive.
    """
    if traces.kind != "fluorescence":
        raise ValueError(f"the traces are {traces.kind}, not raw fluorescence; leave this step out")
    baseline = running_baseline(traces, params)
    bad = _without_baseline(traces, baseline, params)
    if bad.any() and params.nonpositive == "error":
        raise ValueError(_complaint(traces, baseline, bad, params))
    traces.present &= ~bad
    if not traces.present.any():
        raise ValueError("no neuron has a positive baseline; are these traces raw fluorescence?")
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (traces.values - baseline) / baseline
    relative[bad], baseline[bad] = np.nan, np.nan
    traces.values, traces.baseline, traces.kind = relative, baseline, "dff"
    return {"excluded": pick(traces.names, bad)}


def running_baseline(traces: Traces, params: "DFF") -> Floats:
    """F0 of each neuron, shape (n_neurons, n_times); frames that are not good do not count."""
    filled = bridged(traces.values, traces.good)
    if params.smoothing > 0:
        filled = scipy.ndimage.gaussian_filter1d(filled, params.smoothing * traces.sfreq, axis=1)
    width = min(max(1, round(params.window * traces.sfreq)), filled.shape[1])
    rows = [
        scipy.ndimage.percentile_filter(row, params.percentile, size=width, mode="reflect")
        for row in filled
    ]
    baseline: Floats = np.array(rows, dtype=np.float64)
    return baseline


def _without_baseline(traces: Traces, baseline: Floats, params: "DFF") -> Bools:
    """Neurons whose F0 is not positive, or so small that dF/F is beyond belief."""
    good = traces.good
    positive = (baseline > 0).all(axis=1)
    safe = np.where(baseline > 0, baseline, 1.0)
    largest = np.max(((traces.values - baseline) / safe)[:, good], axis=1)
    bad: Bools = ~positive | (largest > params.max_dff)
    return bad


def _complaint(traces: Traces, baseline: Floats, bad: Bools, params: "DFF") -> str:
    lowest = float(baseline[bad].min())
    what = f"{int(bad.sum())} of {len(bad)} neurons ({named(pick(traces.names, bad))})"
    if lowest <= 0:
        found = f"{what} have a baseline that is not positive (lowest {lowest:.3g})"
    else:
        found = (
            f"{what} have a baseline so small (lowest {lowest:.3g}) that dF/F exceeds max_dff = "
            f"{params.max_dff:g}"
        )
    if bad.mean() > 0.5:
        return (
            f"{found}: the traces look as if their baseline was removed already; leave this step "
            "out and set preprocess.read.kind to dff, zscore or components"
        )
    return (
        f"{found}; set nonpositive: exclude to leave them out, or neuropil.subtract: fluctuation "
        "if the neuropil's level was subtracted"
    )
