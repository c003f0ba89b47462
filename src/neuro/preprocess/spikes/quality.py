"""How good each unit is: firing rate, refractory violations, presence; and which are kept.

All measures are taken within the epochs in use. Violations are the share of intervals between
spikes shorter than the refractory period; the presence ratio is the share of windows with a spike.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.source import Floats, UnitTable

if TYPE_CHECKING:
    from neuro.config.spikes import Units

ISI_EDGES: Floats = np.logspace(-3.5, 2, 89)
"""Edges of the histograms of intervals between spikes, s: 16 per decade."""


@dataclass(frozen=True)
class Quality:
    """Measures of all units.

    Parameters
    ----------
    n_spikes : ndarray, shape (n_units,)
        Spikes within the epochs in use.
    rate : ndarray, shape (n_units,)
        Mean firing rate, Hz.
    isi_violations, presence_ratio : ndarray, shape (n_units,)
        Shares; NaN violations for fewer than two spikes.
    isi_counts : ndarray, shape (n_units, n_isi_bins)
        Intervals between spikes within an epoch, by :data:`ISI_EDGES`.
    window_counts : ndarray, shape (n_units, n_windows)
        Spikes in each window.
    windows : Intervals
        The windows.
    reasons : list of str
        Why a unit is not kept; `""` for one that is.
    """

    n_spikes: NDArray[np.int64]
    rate: Floats
    isi_violations: Floats
    presence_ratio: Floats
    isi_counts: NDArray[np.int64]
    window_counts: NDArray[np.int64]
    windows: Intervals
    reasons: list[str]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which units are kept."""
        return np.array([not reason for reason in self.reasons], bool)


def judge(units: UnitTable, epochs: Intervals, params: "Units") -> Quality:
    """Measure the units, and hold the measures against the limits.

    Parameters
    ----------
    units : UnitTable
        With spike times in order.
    epochs : Intervals
        Those in use, in order of time, without overlap.
    params : Units
        Limits.
    """
    windows = _windows(epochs, params.presence_window)
    parts = [_within(times, epochs) for times in units.times]
    n_spikes = np.array([sum(map(len, part)) for part in parts], np.int64)
    intervals = [np.concatenate([np.diff(times) for times in part]) for part in parts]
    window_counts = np.array([_count(times, windows) for times in units.times], np.int64)
    rate = n_spikes / float(np.sum(epochs.stop - epochs.start))
    with np.errstate(invalid="ignore"):
        violations = np.array([np.sum(x < params.refractory) for x in intervals]) / np.array(
            [float(len(x)) for x in intervals]
        )
    ratio = (window_counts > 0).mean(axis=1)
    reasons = [
        _reason(units, i, float(rate[i]), float(violations[i]), float(ratio[i]), params)
        for i in range(len(units.ids))
    ]
    counts = np.array([np.histogram(x, ISI_EDGES)[0] for x in intervals], np.int64)
    return Quality(n_spikes, rate, violations, ratio, counts, window_counts, windows, reasons)


def _reason(
    units: UnitTable, i: int, rate: float, violations: float, ratio: float, params: "Units"
) -> str:
    """Why a unit is not kept: the first limit that it misses."""
    for column, allowed in params.select.items():
        if (value := units.columns[column][i]) not in allowed:
            return f"{column} is {value or 'unknown'}"
    if not len(units.times[i]):
        return "no spikes"
    if rate < params.min_rate:
        return f"rate below {params.min_rate:g} Hz"
    if params.max_rate is not None and rate > params.max_rate:
        return f"rate above {params.max_rate:g} Hz"
    if violations > params.max_isi_violations:
        return f"violations above {100 * params.max_isi_violations:g}%"
    if ratio < params.min_presence:
        return f"presence below {params.min_presence:g}"
    return ""


def _within(times: Floats, epochs: Intervals) -> list[Floats]:
    """Spikes of each epoch."""
    edges = np.searchsorted(times, np.stack([epochs.start, epochs.stop], axis=1))
    return [times[a:b] for a, b in edges]


def _windows(epochs: Intervals, length: float) -> Intervals:
    """Cut each epoch into equal windows of about this length."""
    starts, stops = [], []
    for start, stop in zip(epochs.start, epochs.stop, strict=True):
        edges = np.linspace(start, stop, max(1, round((stop - start) / length)) + 1)
        starts.append(edges[:-1])
        stops.append(edges[1:])
    start, stop = np.concatenate(starts), np.concatenate(stops)
    return Intervals(start, stop, ["window"] * len(start))


def _count(times: Floats, windows: Intervals) -> NDArray[np.int64]:
    first, last = (np.searchsorted(times, edge) for edge in (windows.start, windows.stop))
    return np.asarray(last - first)
