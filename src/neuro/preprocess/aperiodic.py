"""Parametrization of spectra by an aperiodic component and peaks, with specparam.

Donoghue, Haller, Peterson et al. (2020), Nature Neuroscience 23:1655-1665.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from specparam import SpectralModel
from specparam.modutils.errors import FitError

from neuro.stats.intervals import Band
from neuro.stats.jackknife import jackknife_band

if TYPE_CHECKING:
    from neuro.config.spectra import Aperiodic

Floats = NDArray[np.float64]
SAME_RHYTHM = 1.5
"""A rhythm of a spectrum without one block this near, in Hz, is the same rhythm."""


@dataclass(frozen=True)
class Rhythm:
    """The highest hump of the modelled spectrum over its aperiodic component.

    Noise splits a rhythm into several Gaussian peaks, of which the highest may lie far off its
    middle; the hump that they make together hardly moves.

    Parameters
    ----------
    frequency : float
        Center of gravity of the hump above half its height, Hz. Rhythms that overlap above half
        the height count as one.
    height : float
        log10 of the power over the aperiodic component.
    low, high : float
        Where the hump passes half its height, Hz.
    """

    frequency: float
    height: float
    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """The model of one spectrum.

    Parameters
    ----------
    offset : float
        Aperiodic component: log10 of the density at 1 Hz in the mode `fixed`.
    exponent : float
        Its negative slope in log-log space.
    knee : float
        Its knee parameter; NaN in the mode `fixed`.
    r_squared : float
        Variance of the log spectrum that the model explains.
    peaks : ndarray, shape (n_peaks, 3)
        Frequency, Hz, log10 of the power over the aperiodic component, and full width, Hz; in
        order of frequency.
    freqs : ndarray, shape (n_freqs,)
        Frequencies fitted, Hz.
    aperiodic, model : ndarray, shape (n_freqs,)
        Density of the aperiodic component, and of the whole model.
    """

    offset: float
    exponent: float
    knee: float
    r_squared: float
    peaks: Floats
    freqs: Floats
    aperiodic: Floats
    model: Floats

    @property
    def rhythm(self) -> Rhythm | None:
        """The highest hump of the model; None without peaks."""
        if not len(self.peaks):
            return None
        fine = np.linspace(self.freqs[0], self.freqs[-1], 4001)
        hump = np.interp(fine, self.freqs, np.log10(self.model / self.aperiodic))
        top = int(np.argmax(hump))
        below = np.flatnonzero(hump < hump[top] / 2)
        start = int(below[below < top].max(initial=-1)) + 1
        stop = int(below[below > top].min(initial=len(fine)))
        center = float(np.average(fine[start:stop], weights=hump[start:stop]))
        return Rhythm(center, float(hump[top]), float(fine[start]), float(fine[stop - 1]))


@dataclass(frozen=True)
class Intervals:
    """Estimates of the mean spectrum with their jackknife intervals.

    Parameters
    ----------
    exponent, offset : Band
        Of the aperiodic component.
    rhythm : Band | None
        Frequency of the rhythm, Hz; None if the full spectrum has none, or a spectrum without one
        block of windows lacks it.
    """

    exponent: Band
    offset: Band
    rhythm: Band | None


def fit(
    freqs: Floats, spectrum: Floats, params: "Aperiodic", fit_range: tuple[float, float]
) -> Fit | None:
    """Fit the model to one spectrum.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    spectrum : ndarray, shape (n_freqs,)
        Density, in any unit.
    params : Aperiodic
        Mode, limits of peaks.
    fit_range : tuple of float
        Frequencies fitted, Hz.

    Returns
    -------
    fit : Fit | None
        None if the fit does not converge.
    """
    model = SpectralModel(
        aperiodic_mode=params.mode,
        peak_width_limits=params.peak_width_limits,
        max_n_peaks=params.max_n_peaks,
        min_peak_height=params.min_peak_height,
        peak_threshold=params.peak_threshold,
        verbose=False,
        debug=True,
    )
    try:
        model.fit(freqs, spectrum, list(fit_range))
    except FitError:
        return None
    numbers = [float(x) for x in model.results.get_params("aperiodic")]
    offset, *knee, exponent = numbers
    peaks = np.atleast_2d(model.results.get_params("peak"))
    peaks = peaks[np.isfinite(peaks).all(axis=1)].reshape(-1, 3)
    r_squared = float(model.results.get_metrics("gof", "rsquared"))
    fitted = model.data.freqs
    bend = knee[0] if knee else 0.0
    return Fit(
        offset=offset,
        exponent=exponent,
        knee=knee[0] if knee else float("nan"),
        r_squared=r_squared,
        peaks=peaks[np.argsort(peaks[:, 0])],
        freqs=fitted,
        aperiodic=10**offset / (bend + fitted**exponent),
        model=10**model.results.model.modeled_spectrum,
    )


def intervals(
    freqs: Floats,
    left_out: Floats,
    whole: Fit,
    params: "Aperiodic",
    fit_range: tuple[float, float],
    confidence: float,
) -> Intervals | None:
    """Jackknife intervals of what a fit says.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Frequencies, Hz.
    left_out : ndarray, shape (n_blocks, n_freqs)
        The spectrum without each block of windows.
    whole : Fit
        The fit of the whole spectrum.
    params, fit_range : Aperiodic, tuple of float
        As for :func:`fit`.
    confidence : float
        Of the intervals.

    Returns
    -------
    intervals : Intervals | None
        None if a fit does not converge.
    """
    found = [fit(freqs, spectrum, params, fit_range) for spectrum in left_out]
    fits = [one for one in found if one is not None]
    if len(fits) < len(found):
        return None

    def band(key: str) -> Band:
        without = np.array([getattr(one, key) for one in fits])
        return jackknife_band(getattr(whole, key), without, confidence)

    return Intervals(band("exponent"), band("offset"), _rhythm_band(whole, fits, confidence))


def _rhythm_band(whole: Fit, fits: list[Fit], confidence: float) -> Band | None:
    if whole.rhythm is None:
        return None
    frequency = whole.rhythm.frequency
    found = [one.rhythm.frequency for one in fits if one.rhythm is not None]
    near = [abs(one - frequency) <= SAME_RHYTHM for one in found]
    if len(found) < len(fits) or not all(near):
        return None
    return jackknife_band(np.array(frequency), np.array(found), confidence)
