"""From spectra to figures, with captions and alternative texts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import mne
import numpy as np
from matplotlib.figure import Figure

from neuro.preprocess.aperiodic import Fit
from neuro.preprocess.coupling import Coupling
from neuro.preprocess.foresee import has_positions
from neuro.preprocess.microstates import States
from neuro.preprocess.spectra_result import ALPHA, Result, Signals
from neuro.viz.brain import brain_figure
from neuro.viz.coupling import MOST_LINES, BandPicture, CouplingPicture, coupling_figure
from neuro.viz.heads import ScalpMap, maps_figure
from neuro.viz.microstates import StatesPicture, states_figure
from neuro.viz.spectra import FitPicture, SpectrumPicture, spectrum_figure

if TYPE_CHECKING:
    from neuro.config.spectra import Spectra

Texts = dict[str, str]
METHODS = {
    "wpli": "weighted phase lag index",
    "imcoh": "imaginary part of coherency",
    "aec": "correlation of orthogonalized envelopes",
}


def draw(result: Result, params: "Spectra") -> Iterator[tuple[str, Figure, Texts]]:
    """All figures of a recording.

    Parameters
    ----------
    result : Result
        What was estimated.
    params : Spectra
        How.

    Yields
    ------
    name : str
        File name without its ending.
    figure : Figure
        The figure.
    texts : dict of str
        Its title, caption and alternative text.
    """
    info = result.info if has_positions(result.info) else None
    yield "spectrum", *_spectrum(result, params)
    yield "maps", *_maps(result, params, info)
    for method, by_band in result.coupling.items():
        yield f"connectivity_{method}", *_coupling(method, by_band, info, result.signals)
    if result.states is not None:
        yield "microstates", *_states(result.states, info)


def where(result: Result) -> str:
    """The channels of the mean spectrum: `all 128 channels`, `O1, O2`."""
    n = len(result.roi)
    noun = f"{result.signals.noun}s"
    if n == len(result.info["ch_names"]):
        return f"all {n} {noun}"
    return ", ".join(result.roi) if n <= 8 else f"{n} {noun}"


def _spectrum(result: Result, params: "Spectra") -> tuple[Figure, Texts]:
    mean, model = result.mean, result.mean.fit
    picture = SpectrumPicture(
        freqs=result.power.freqs,
        channels=result.power.psd.mean,
        mean=mean.mean,
        low=mean.low,
        high=mean.high,
        bands=params.named_bands,
        label=f"mean, {100 * params.confidence:g}% band",
        unit=result.signals.shown,
        factor=result.signals.factor,
        noun=f"{result.signals.noun}s",
        fit=None
        if model is None
        else FitPicture(
            freqs=model.freqs,
            aperiodic=model.aperiodic,
            model=model.model,
            peaks=_labelled(model),
            label=f"aperiodic, exponent {model.exponent:.2f}",
        ),
    )
    caption = (
        f"Left: power spectral density of each {result.signals.noun} and the geometric mean of "
        f"{where(result)}, with its pointwise {100 * params.confidence:g}% confidence band "
        f"(jackknife over {len(result.power.left_out)} blocks of {result.power.n_windows} windows)."
    )
    alt = f"Power spectral density from {params.fmin:g} to {params.fmax:g} Hz"
    if model is not None:
        peaks = ", ".join(f"{frequency:.1f} Hz" for frequency, _ in _labelled(model)) or "none"
        caption += (
            f" Dashed: aperiodic component (offset {_minus(model.offset)}, exponent "
            f"{model.exponent:.2f}). Right: the same over the aperiodic component, and the model "
            f"(R² = {model.r_squared:.3f}); rhythms: {peaks}."
        )
        alt += f"; aperiodic exponent {model.exponent:.2f}; rhythms: {peaks}"
    title = "Power spectrum" + (" and its parametrization" if model is not None else "")
    return spectrum_figure(picture), {"title": title, "caption": caption, "alt": f"{alt}."}


def _labelled(model: Fit) -> list[tuple[float, float]]:
    """Frequency and height of the strongest rhythm, and of the peaks beside it."""
    rhythm = model.rhythm
    if rhythm is None:
        return []
    beside = [
        (float(frequency), float(height))
        for frequency, height, _ in model.peaks
        if not rhythm.low <= frequency <= rhythm.high
    ]
    return sorted([(rhythm.frequency, rhythm.height), *beside])


def _maps(result: Result, params: "Spectra", info: mne.Info | None) -> tuple[Figure, Texts]:
    relative = result.power.relative.mean
    maps = [
        ScalpMap(100 * relative[i], f"{name}", "% of power")
        for i, name in enumerate(params.named_bands)
    ]
    exponent = ""
    if result.fits:
        maps.append(ScalpMap(result.per_channel("exponent"), "exponent", "exponent"))
        exponent = ", and exponent of the aperiodic component"
    places = _strongest(result, params)
    caption = (
        f"Relative power of each band, as a share of the power from {params.fmin:g} to "
        f"{params.fmax:g} Hz{exponent}. Each map has its own colors, over the "
        f"middle 96% of its values. Largest: {places}."
    )
    title = "Where the power is"
    places_of = result.signals.places
    figure = (
        maps_figure(maps, info)
        if places_of is None
        else brain_figure(places_of, [(one.values, one.title, one.unit) for one in maps])
    )
    return figure, {
        "title": title,
        "caption": caption,
        "alt": f"Maps of relative band power{exponent}; largest at {places}.",
    }


def _strongest(result: Result, params: "Spectra") -> str:
    names, relative = result.info["ch_names"], result.power.relative.mean
    return ", ".join(
        f"{band} {names[int(np.argmax(relative[i]))]}" for i, band in enumerate(params.named_bands)
    )


def _coupling(
    method: str, by_band: dict[str, Coupling], info: mne.Info | None, signals: Signals
) -> tuple[Figure, Texts]:
    picture = CouplingPicture(
        bands=[BandPicture(name, one.value, one.p <= ALPHA) for name, one in by_band.items()],
        label={"wpli": "wPLI", "imcoh": "Im(coherency)", "aec": "Correlation"}[method],
        signed=method != "wpli",
        info=info,
        noun=signals.noun,
        places=None if signals.places is None else signals.places[:, :2],
    )
    counts = ", ".join(
        f"{name} {int((np.tril(one.p, -1) + np.triu(np.ones_like(one.p)) <= ALPHA).sum())}"
        for name, one in by_band.items()
    )
    sign = {
        "imcoh": " Positive: the row's channel leads the column's.",
        "aec": " Orange: negative correlation.",
    }.get(method, "")
    name = METHODS[method]
    n_epochs = {one.n_epochs for one in by_band.values()}
    epochs = f"{min(n_epochs)} to {max(n_epochs)}" if len(n_epochs) > 1 else f"{min(n_epochs)}"
    return coupling_figure(picture), {
        "title": f"Connectivity: {name}",
        "caption": (
            f"Above: {name} of all pairs of {signals.noun}s ({epochs} epochs).{sign} Below: pairs "
            f"with p ≤ {ALPHA:g} (sign flips of epochs, corrected for all pairs of a band), the "
            f"{MOST_LINES} strongest if there are more. Pairs by band: {counts}."
        ),
        "alt": f"Matrices of the {name} by band; significant pairs: {counts}.",
    }


def _states(states: States, info: mne.Info | None) -> tuple[Figure, Texts]:
    texts = [
        f"GEV {100 * gev:.0f}%, coverage {100 * share:.0f}%\n{1e3 * duration:.0f} ms"
        for gev, share, duration in zip(states.gev, states.coverage, states.duration, strict=True)
    ]
    total = 100 * float(states.gev.sum())
    picture = StatesPicture(states.maps, texts, states.transition, states.expected, info)
    return states_figure(picture), {
        "title": "Microstates",
        "caption": (
            f"Maps in order of explained variance (GEV, {total:.0f}% in all), with the share of "
            "time that each dominates and its mean duration; polarity is arbitrary. Right: "
            "probability of the next state and, in brackets, percentage points above what "
            "coverage alone would give."
        ),
        "alt": f"{len(states.maps)} scalp maps that explain {total:.0f}% of the variance, and the "
        "probabilities of transitions between them.",
    }


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
