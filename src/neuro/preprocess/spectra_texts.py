"""What the manifest of a recording's spectra says: key numbers, methods, citations, warnings."""

from typing import TYPE_CHECKING

import numpy as np

from neuro.io.manifest import Citation, KeyNumber
from neuro.preprocess import spectra_references as works
from neuro.preprocess.coupling import Coupling
from neuro.preprocess.names import listed
from neuro.preprocess.spectra_pictures import METHODS, where
from neuro.preprocess.spectra_result import ALPHA, Result

if TYPE_CHECKING:
    from neuro.config.spectra import Aperiodic, Connectivity, Microstates, Spectra

POOR_FIT = 0.9
"""A mean spectrum of which the model explains less is a warning."""


def key_numbers(result: Result, params: "Spectra") -> list[KeyNumber]:
    """Exponent, strongest rhythm, relative power by band, connectivity by method and band."""
    numbers = [*_of_fit(result, params), *_of_bands(result, params)]
    for method, by_band in result.coupling.items():
        numbers += [_of_coupling(method, name, one) for name, one in by_band.items()]
    if result.states is not None:
        n = f"{len(result.states.maps)} maps, {result.states.seconds:.0f} s"
        explained = 100 * float(result.states.gev.sum())
        numbers.append(
            KeyNumber(name="variance explained by microstates", value=explained, unit="%", n=n)
        )
    return numbers


def paragraphs(result: Result, params: "Spectra") -> list[str]:
    """Describe what was done; the same for all recordings that were treated alike."""
    texts = [_spectra(params, result.signals.source)]
    if params.aperiodic is not None:
        texts.append(_aperiodic(params.aperiodic, params.fit_range))
    if params.connectivity is not None:
        texts.append(_connectivity(params.connectivity, params))
    if params.microstates is not None:
        texts.append(_microstates(params.microstates))
    return texts


def citations(params: "Spectra") -> list[Citation]:
    """Works behind what was done."""
    cited = [works.MNE, works.WELCH if params.method == "welch" else works.THOMSON]
    cited += [works.JACKKNIFE, works.BLOCKS]
    if params.aperiodic is not None:
        cited.append(works.SPECPARAM)
    if params.connectivity is not None:
        cited += [works.MNE_CONNECTIVITY, works.MAXIMUM]
        cited += [works.OF_METHOD[method] for method in params.connectivity.methods]
        if "aec" in params.connectivity.methods:
            cited.append(works.GHOSTS)
    if params.microstates is not None:
        cited += [works.MICROSTATES, works.PYCROSTATES]
    return cited


def warnings_of(result: Result, params: "Spectra") -> list[str]:
    """What a reader must know before trusting the numbers."""
    texts = _of_passband(result, params)
    model = result.mean.fit
    if model is not None and model.r_squared < POOR_FIT:
        texts.append(
            f"The model explains {100 * model.r_squared:.0f}% of the mean log spectrum: look at "
            "the figure before using the exponent."
        )
    if result.not_fitted:
        texts.append(
            f"The fit did not converge for {result.signals.noun}(s) {listed(result.not_fitted)}."
        )
    if result.bads:
        texts.append(f"Bad channels left out: {listed(result.bads)}.")
    if left_out := [name for name in params.roi or [] if name not in result.roi]:
        texts.append(f"Bad channels left out of the region: {listed(left_out)}.")
    if "aec" in result.coupling:
        texts.append(
            "Envelope correlation: orthogonalization removes zero-lag mixing of Gaussian signals "
            "only; where amplitudes of mixed sources wax and wane, mixing alone correlates "
            "envelopes, also between channels that are significant here."
        )
    return texts


def _of_passband(result: Result, params: "Spectra") -> list[str]:
    low, high = float(result.info["highpass"]), float(result.info["lowpass"])
    if params.fmin >= low and params.fmax <= high:
        return []
    text = (
        f"The recording is filtered to {low:g}-{high:g} Hz: power from {params.fmin:g} to "
        f"{params.fmax:g} Hz lies partly outside."
    )
    start, stop = params.fit_range
    if params.aperiodic is not None and (start < low or stop > high):
        text += (
            f" The aperiodic component is fitted from {start:g} to {stop:g} Hz, so the filter's "
            "slope enters its exponent; set aperiodic.fit_range within the filter."
        )
    return [text]


def _of_fit(result: Result, params: "Spectra") -> list[KeyNumber]:
    model, bounds = result.mean.fit, result.mean.intervals
    if model is None:
        return []
    n = f"{result.power.n_windows} windows, {where(result)}"
    exponent = KeyNumber(
        name="aperiodic exponent",
        value=model.exponent,
        interval=bounds and (float(bounds.exponent.low), float(bounds.exponent.high)),
        confidence=bounds and params.confidence,
        n=n,
        note=f"R² = {model.r_squared:.3f}",
    )
    if model.rhythm is None:
        return [exponent]
    band = bounds and bounds.rhythm
    rhythm = KeyNumber(
        name="strongest rhythm",
        value=model.rhythm.frequency,
        unit="Hz",
        interval=band and (float(band.low), float(band.high)),
        confidence=band and params.confidence,
        n=n,
        note=f"{model.rhythm.height:.2f} log10 units above the aperiodic component",
    )
    return [exponent, rhythm]


def _of_bands(result: Result, params: "Spectra") -> list[KeyNumber]:
    """Relative power of the region's channels, averaged."""
    names = result.info["ch_names"]
    picks = [names.index(name) for name in result.roi]
    relative = result.power.relative
    return [
        KeyNumber(
            name=f"relative {band} power",
            value=100 * float(relative.mean[i, picks].mean()),
            unit="%",
            n=f"{where(result)}",
        )
        for i, band in enumerate(params.named_bands)
    ]


def _of_coupling(method: str, band: str, one: Coupling) -> KeyNumber:
    lower = np.tril_indices(len(one.value), -1)
    significant = int((one.p[lower] <= ALPHA).sum())
    return KeyNumber(
        name=f"{METHODS[method]}, {band}",
        value=float(np.abs(one.edges).mean()),
        chance=float(one.chance[lower].mean()),
        p=float(one.p[lower].min()),
        n=f"{one.n_epochs} epochs, {len(lower[0])} pairs",
        note=f"mean absolute value; p of the strongest pair; {significant} pairs with "
        f"p ≤ {ALPHA:g}",
    )


def _spectra(params: "Spectra", source: str) -> str:
    windows = (
        "with a Hann taper, overlapping by half (Welch)"
        if params.method == "welch"
        else f"with Slepian tapers (bandwidth {params.bandwidth or 8 / params.window:g} Hz)"
    )
    percent = f"{100 * params.confidence:g}%"
    return (
        f"Spectra were estimated with MNE-Python from {source}, in windows of "
        f"{params.window:g} s {windows}, none of which touched a segment annotated as bad or a "
        f"discontinuity, and averaged. {percent} confidence intervals come from a jackknife of "
        "the logarithm that leaves out blocks of consecutive windows. Band power is the "
        "density summed over the band, its upper edge excluded; relative power is its share of "
        f"the power from {params.fmin:g} to {params.fmax:g} Hz."
    )


def _aperiodic(params: "Aperiodic", fit_range: tuple[float, float]) -> str:
    low, high = params.peak_width_limits
    return (
        f"Spectra were parametrized with specparam from {fit_range[0]:g} to {fit_range[1]:g} Hz: "
        f"an aperiodic component (mode {params.mode}) and up to {params.max_n_peaks} Gaussian "
        f"peaks {low:g} to {high:g} Hz wide, at least {params.min_peak_height:g} log10 units and "
        f"{params.peak_threshold:g} standard deviations high. The mean spectrum is the geometric "
        "mean over channels. Its strongest rhythm is the highest hump that the peaks make "
        "together, with the center of gravity above half its height as its frequency; intervals "
        "come from fits without one block of windows."
    )


def _connectivity(params: "Connectivity", spectra: "Spectra") -> str:
    methods = ", ".join(METHODS[method] for method in params.methods)
    bands = ", ".join(f"{n} {lo:g}-{hi:g} Hz" for n, (lo, hi) in spectra.coupled_bands.items())
    return (
        f"Connectivity ({methods}) was estimated with MNE-Connectivity in {bands}: phase measures "
        f"from Fourier spectra of {params.epoch:g} s epochs (Hann taper), averaged over the band; "
        "envelopes orthogonalized pair by pair and correlated, with sign, within epochs of "
        f"{params.envelope_epoch:g} s, then averaged. Chance levels and two-sided p values come "
        f"from {params.n_surrogates} random sign flips of the epochs' imaginary cross-spectra or "
        "envelope correlations, all pairs together, so that zero-lag mixing and amplitudes stay "
        "as they are; p is corrected for all pairs by the distribution of the maximum, not for "
        "several bands and methods. Epochs are taken as independent."
    )


def _microstates(params: "Microstates") -> str:
    return (
        f"Microstates: after band-pass from {params.band[0]:g} to {params.band[1]:g} Hz and "
        f"average reference, maps at peaks of the global field power were clustered into "
        f"{params.n_states} by modified k-means (pycrostates, best of {params.n_init} starts, "
        "polarity ignored). Every sample got the label of the best map, smoothed with weight "
        f"{params.smoothing} over {1e3 * params.half_window:g} ms on either side. Visits that "
        "a break cuts do not count for durations. Expected transitions are those of coverage."
    )
