"""Covariates brought to the bins: means over each bin of what lies between the samples.

Between samples, values run straight (`linear`), along the shorter arc (`angle`), or hold (`step`).
A bin that touches a gap in the samples, or their end, has none: NaN.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.ndimage

from neuro.preprocess.spikes.grid import Grid
from neuro.preprocess.spikes.source import Floats, Samples, SpikeRecording

if TYPE_CHECKING:
    from neuro.config.spikes import Covariate

MOST_POINTS = 50
"""Points of a bin at which a covariate is evaluated."""
_DEGREES = ("deg", "degree", "degrees", "°")
_RADIANS = ("rad", "radian", "radians")


@dataclass(frozen=True)
class Binned:
    """A covariate, a value per bin.

    Parameters
    ----------
    values : ndarray, shape (n_bins,)
        Angles within [0, 2π); NaN where there is none.
    kind : str
        `linear`, `angle`, `step` or `speed`.
    unit : str
        As recorded; `rad` for angles.
    start, stop : float
        First and last sample, s.
    """

    values: Floats
    kind: str
    unit: str
    start: float
    stop: float

    @property
    def missing(self) -> float:
        """Share of bins without a value."""
        return float(np.isnan(self.values).mean())


def bring_to_bins(recording: SpikeRecording, name: str, params: "Covariate", grid: Grid) -> Binned:
    """Read a covariate and resample it.

    Parameters
    ----------
    recording : SpikeRecording
        Where it is.
    name : str
        What it is called, for messages.
    params : Covariate
        What it is made of.
    grid : Grid
        The bins.

    Raises
    ------
    ValueError
        If samples do not fit what is asked, or cover no bin.
    """
    where = f"{recording.path}: covariate {name!r}"
    parts = [_column(recording.samples(series), params.column, where) for series in params.series]
    found = _speed(parts, params, where) if params.kind == "speed" else parts[0]
    if len(found.times) < 2:
        raise ValueError(f"{where} has {len(found.times)} finite sample(s); 2 are needed")
    unit = found.unit
    values = found.values
    if params.kind == "angle":
        values, unit = _radians(values, params.unit or unit, where), "rad"
    resampled = resample(Samples(found.times, values, unit), grid, params.kind, params.max_gap)
    start, stop = float(found.times[0]), float(found.times[-1])
    if np.isnan(resampled).all():
        raise ValueError(
            f"{where} covers no bin: it runs from {start:g} to {stop:g} s, the epochs in use from "
            f"{grid.start[0]:g} to {grid.start[-1] + grid.width:g} s"
        )
    return Binned(resampled, params.kind, unit, start, stop)


def resample(samples: Samples, grid: Grid, kind: str, max_gap: float | None) -> Floats:
    """Mean over each bin of what lies between the samples.

    Parameters
    ----------
    samples : Samples
        Finite values (n,), at increasing times; angles in radians.
    grid : Grid
        The bins.
    kind : str
        `linear`, `speed`, `angle` or `step`; of a step the value at the bin's center is taken.
    max_gap : float | None
        A bin that touches a longer gap between samples has none, and a step holds no longer, s;
        None for no limit.

    Returns
    -------
    values : ndarray, shape (n_bins,)
        NaN where there is none.
    """
    times, values = samples.times, samples.values
    longest = np.inf if max_gap is None else max_gap
    if kind == "step":
        at = np.searchsorted(times, grid.centers, side="right") - 1
        held = grid.centers - times[np.maximum(at, 0)]
        return np.where((at >= 0) & (held <= longest), values[np.maximum(at, 0)], np.nan)
    per_bin = grid.width / float(np.median(np.diff(times)))
    n = int(np.clip(round(per_bin), 1, MOST_POINTS))
    points = grid.start[:, None] + grid.width * (np.arange(n) + 0.5) / n
    after = np.searchsorted(times, points, side="right")
    steps = times[np.minimum(after, len(times) - 1)] - times[np.maximum(after - 1, 0)]
    inside = (points >= times[0]) & (points <= times[-1]) & (steps <= longest)
    if kind == "angle":
        phase = np.interp(points, times, np.unwrap(values))
        out: Floats = np.angle(np.exp(1j * phase).mean(axis=1)) % (2 * np.pi)
    else:
        out = np.interp(points, times, values).mean(axis=1)
    return np.where(inside.all(axis=1), out, np.nan)


def _column(samples: Samples, column: int, where: str) -> Samples:
    """One column of finite samples."""
    values = samples.values.reshape(len(samples.values), -1)
    if len(values) != len(samples.times):
        raise ValueError(f"{where} has {len(values)} values but {len(samples.times)} times")
    if column >= values.shape[1]:
        raise ValueError(f"{where}: no column {column}; the series has {values.shape[1]}")
    chosen = values[:, column]
    finite = np.isfinite(chosen)
    return Samples(samples.times[finite], chosen[finite], samples.unit)


def _radians(values: Floats, unit: str, where: str) -> Floats:
    if unit.strip().lower() in _DEGREES:
        return np.deg2rad(values)
    if unit.strip().lower() in _RADIANS:
        return values
    raise ValueError(
        f"{where}: an angle in {unit or 'no unit'!r}; say in the covariate's `unit` whether it is "
        "'rad' or 'deg'"
    )


def _speed(parts: list[Samples], params: "Covariate", where: str) -> Samples:
    """Length of the velocity of smoothed positions; gaps are not smoothed over."""
    first = parts[0]
    for series, part in zip(params.series, parts, strict=True):
        if not np.array_equal(part.times, first.times):
            raise ValueError(f"{where}: {series} and {params.series[0]} have different times")
    longest = np.inf if params.max_gap is None else params.max_gap
    pieces = np.flatnonzero(np.diff(first.times) > longest) + 1
    squares = np.zeros(len(first.times))
    for piece in np.split(np.arange(len(first.times)), pieces):
        if len(piece) < 2:
            squares[piece] = np.nan
            continue
        times = first.times[piece]
        sigma = params.smoothing / float(np.median(np.diff(times)))
        for part in parts:
            smooth = scipy.ndimage.gaussian_filter1d(part.values[piece], sigma, mode="nearest")
            squares[piece] += np.gradient(smooth, times) ** 2
    known = np.isfinite(squares)
    unit = f"{first.unit or '1'}/s"
    return Samples(first.times[known], np.sqrt(squares[known]), unit)
