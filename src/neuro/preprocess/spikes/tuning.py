"""Tuning curves, their strength, and what chance gives.

A curve is the spike count divided by the time spent in each bin of the covariate, so that places
visited often do not look preferred. The strength of tuning to an angle is the resultant length of
the curve, `|Σ r exp(iθ)| / Σ r`, where directions that were hardly taken are interpolated from
their neighbours, for leaving them out would make any unit look tuned to the others; to anything
else, Skaggs' information, `Σ p (r/R) log2(r/R)` in bits per spike, with p the share of time and R
the mean rate (Skaggs et al. 1993). Chance is the
strength after a circular shift of the spikes against the covariate, which keeps the statistics of
both; every shift of at least `min_shift` is looked at, by Fourier transforms.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
import scipy.stats
from numpy.typing import NDArray

from neuro.preprocess.spikes.source import Floats

if TYPE_CHECKING:
    from neuro.config.spikes import Tuning

Ints = NDArray[np.int64]

EXTENT = (0.005, 0.995)
"""Quantiles of a covariate that is no angle between which curves run."""


@dataclass(frozen=True)
class Tuned:
    """Tuning of units to one covariate.

    Parameters
    ----------
    angular : bool
        Whether the covariate is an angle.
    edges : ndarray, shape (n_bins + 1,)
        Of the curve's bins, in the covariate's unit.
    occupancy : ndarray, shape (n_bins,)
        Time spent in each, s.
    rate : ndarray, shape (n_units, n_bins)
        Firing rate, Hz; NaN where there was too little time.
    strength, preferred : ndarray, shape (n_units,)
        Resultant length and mean direction (rad), or information (bits per spike) and the bin of
        the highest rate.
    chance, p, q : ndarray, shape (n_units,)
        Mean strength of the shifts, share of shifts at least as strong, the same corrected over
        units (Benjamini-Hochberg).
    stability : ndarray, shape (n_units,)
        Correlation between the curves of even and odd blocks.
    n_shifts : int
        How many shifts there were.
    """

    angular: bool
    edges: Floats
    occupancy: Floats
    rate: Floats
    strength: Floats
    preferred: Floats
    chance: Floats
    p: Floats
    q: Floats
    stability: Floats
    n_shifts: int

    @property
    def centers(self) -> Floats:
        """Centers of the curve's bins."""
        return (self.edges[:-1] + self.edges[1:]) / 2

    def is_tuned(self, alpha: float, min_strength: float) -> NDArray[np.bool_]:
        """Which units are tuned: significant, and strong enough."""
        return (self.q <= alpha) & (self.strength >= min_strength)


def tune(
    counts: NDArray[np.unsignedinteger],
    values: Floats,
    block: Ints,
    *,
    angular: bool,
    bin_width: float,
    params: "Tuning",
    where: str,
) -> Tuned:
    """Estimate and test the tuning of units to a covariate.

    Parameters
    ----------
    counts : ndarray, shape (n_units, n_times)
        Spikes in the bins of time.
    values : ndarray, shape (n_times,)
        The covariate; bins where it is NaN, or beyond the curve, do not count.
    block : ndarray, shape (n_times,)
        Block of each bin of time, for the stability; -1 for none.
    angular : bool
        Whether it is an angle, in radians.
    bin_width : float
        Of the bins of time, s.
    params : Tuning
        Bins of the curve, and what chance is.
    where : str
        Names the recording and covariate in messages.

    Raises
    ------
    ValueError
        If the covariate is constant, or too short to be shifted.
    """
    edges = _edges(values[np.isfinite(values)], angular, params.n_bins, where)
    known = (values >= edges[0]) & (values <= edges[-1])
    spikes, values, block = counts[:, known].astype(np.float64), values[known], block[known]
    shift = round(params.min_shift / bin_width)
    if len(values) < 2 * shift + 1:
        raise ValueError(
            f"{where}: known for {len(values) * bin_width:g} s; shifts of min_shift "
            f"{params.min_shift:g} s need more than twice as long"
        )
    at, visited = _visits(values, edges, bin_width, params.min_occupancy, where)
    rate, occupancy = curves(spikes, at, params.n_bins, bin_width)
    rate[:, ~visited] = np.nan
    angles = (edges[:-1] + edges[1:]) / 2
    every = [_strengths(row, at, visited, angles if angular else None) for row in spikes]
    shifts = np.arange(shift, len(values) - shift + 1)
    strength = np.array([each[0] for each in every])
    chance = np.array([each[shifts] for each in every])
    # Rounding of the Fourier transform must not make equal strengths differ.
    beaten = np.sum(chance >= strength[:, None] - 1e-9, axis=1)
    p = (1 + beaten) / (1 + len(shifts))
    if angular:
        resultant = np.nan_to_num(rate) @ (_fill(visited).T @ np.exp(1j * angles))
        preferred = np.angle(resultant) % (2 * np.pi)
    else:
        preferred = angles[np.nanargmax(rate, axis=1)]
    return Tuned(
        angular=angular,
        edges=edges,
        occupancy=occupancy,
        rate=rate,
        strength=strength,
        preferred=preferred,
        chance=chance.mean(axis=1),
        p=p,
        q=scipy.stats.false_discovery_control(p),
        stability=_stability(spikes, at, block, params.n_bins),
        n_shifts=len(shifts),
    )


def curves(counts: Floats, at: Ints, n_bins: int, bin_width: float) -> tuple[Floats, Floats]:
    """Rate in each bin of the covariate, Hz, and the time spent there, s.

    Parameters
    ----------
    counts : ndarray, shape (n_units, n_times)
        Spikes.
    at : ndarray, shape (n_times,)
        Bin of the covariate.
    n_bins : int
        Number of bins.
    bin_width : float
        Of the bins of time, s.

    Returns
    -------
    rate : ndarray, shape (n_units, n_bins)
        NaN in bins that were never visited.
    occupancy : ndarray, shape (n_bins,)
        Time.
    """
    occupancy: Floats = np.bincount(at, minlength=n_bins).astype(np.float64) * bin_width
    spikes = np.array([np.bincount(at, row, minlength=n_bins) for row in counts])
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(occupancy > 0, spikes / occupancy, np.nan).astype(np.float64)
    return rate, occupancy


def _edges(values: Floats, angular: bool, n_bins: int, where: str) -> Floats:
    if angular and len(values):
        return np.linspace(0, 2 * np.pi, n_bins + 1)
    if not len(values):
        raise ValueError(f"{where}: is known nowhere in the epochs that count")
    low, high = (float(each) for each in np.quantile(values, EXTENT))
    if low == high:
        raise ValueError(f"{where}: is {low:g} nearly throughout; there is nothing to be tuned to")
    return np.linspace(low, high, n_bins + 1)


def _visits(
    values: Floats, edges: Floats, bin_width: float, least: float, where: str
) -> tuple[Ints, NDArray[np.bool_]]:
    """Bin of each value, and which bins were visited long enough."""
    n_bins = len(edges) - 1
    at = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bins - 1)
    visited = np.bincount(at, minlength=n_bins) * bin_width >= least
    if visited.sum() < 2:
        raise ValueError(
            f"{where}: {visited.sum()} of {n_bins} bins were visited for min_occupancy {least:g} "
            "s; 2 are needed"
        )
    return at, visited


def _strengths(
    counts: Floats, at: Ints, visited: NDArray[np.bool_], angles: Floats | None
) -> Floats:
    """Strength at every circular shift of the spikes; that of the recording itself is first."""
    n_bins, n = len(visited), len(at)
    times = np.bincount(at, minlength=n_bins)
    spectrum = scipy.fft.rfft(counts)

    def shifted(weights: Floats) -> Floats:
        """Sum over time of weight times spikes, for each shift."""
        product = spectrum * np.conj(scipy.fft.rfft(weights))
        found: Floats = scipy.fft.irfft(product, n)
        return found

    use = visited[at]
    if angles is not None:
        inverse = np.where(visited, 1 / np.maximum(times, 1), 0.0)
        fill = _fill(visited)
        real, imaginary, total = (
            shifted((inverse * (fill.T @ part))[at])
            for part in (np.cos(angles), np.sin(angles), np.ones(n_bins))
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 1e-12, np.hypot(real, imaginary) / total, 0.0)
    mean = shifted(use.astype(np.float64)) / use.sum()
    information = np.zeros(n)
    for k in np.flatnonzero(visited):
        ratio = shifted((at == k).astype(np.float64)) / times[k] / np.maximum(mean, 1e-12)
        positive = ratio > 1e-9
        information[positive] += times[k] / use.sum() * ratio[positive] * np.log2(ratio[positive])
    return information


def _fill(visited: NDArray[np.bool_]) -> Floats:
    """What makes a whole curve of visited bins, linear between neighbours on the circle.

    Returns
    -------
    fill : ndarray, shape (n_bins, n_bins)
        Times a curve that is 0 where nothing is known.
    """
    n, known = len(visited), np.flatnonzero(visited)
    # Each visited bin by itself, interpolated over three turns, of which the middle one counts.
    around = np.concatenate([known - n, known, known + n])
    each = np.eye(n)[known]
    columns = [np.interp(np.arange(n), around, np.tile(one[known], 3)) for one in each]
    fill = np.zeros((n, n))
    fill[:, known] = np.transpose(columns)
    return fill


def _stability(counts: Floats, at: Ints, block: Ints, n_bins: int) -> Floats:
    """Correlation of the curves of even and odd blocks, over bins visited in both."""
    halves = []
    for parity in (0, 1):
        its = (block >= 0) & (block % 2 == parity)
        halves.append(curves(counts[:, its], at[its], n_bins, 1.0)[0])
    both = np.isfinite(halves[0]).all(axis=0) & np.isfinite(halves[1]).all(axis=0)
    out = np.full(len(counts), np.nan)
    for i, (first, second) in enumerate(zip(*halves, strict=True)):
        a, b = first[both], second[both]
        if len(a) > 2 and a.std() > 0 and b.std() > 0:
            out[i] = np.corrcoef(a, b)[0, 1]
    return out
