"""Spectra of one recording as arrays for HDF5, and as a table of channels."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from neuro.io.hdf5 import Array
from neuro.preprocess.coupling import Coupling
from neuro.preprocess.microstates import States
from neuro.preprocess.spectra_result import Floats, Result
from neuro.stats.intervals import Band

if TYPE_CHECKING:
    from neuro.config.spectra import Spectra

PAIRS = ("channel", "channel")


def arrays_of(result: Result, params: "Spectra") -> dict[str, Array]:
    """All arrays by name.

    Parameters
    ----------
    result : Result
        What was estimated.
    params : Spectra
        How.

    Returns
    -------
    arrays : dict of str to Array
        For :func:`neuro.io.hdf5.write`.
    """
    found, mean = result.power, result.mean
    power = result.signals.power_unit
    density = f"{power}/Hz"
    attrs = {
        "band": "jackknife of the logarithm over blocks of windows",
        "confidence": params.confidence,
        "n_windows": found.n_windows,
        "n_blocks": len(found.left_out),
    }
    bands = params.named_bands
    averaged = Band(mean.mean, mean.low, mean.high)
    arrays = {
        "freqs": Array(found.freqs, ("frequency",), "Hz"),
        "ch_names": Array(result.info["ch_names"], ("channel",)),
        "seconds": Array(result.seconds, (), "s"),
        "bands/names": Array(list(bands), ("band",)),
        "bands/edges": Array(list(bands.values()), ("band", "low_high"), "Hz"),
        "roi": Array(result.roi, ("roi_channel",)),
        **_band("psd", found.psd, ("channel", "frequency"), density, attrs),
        **_band("bands/absolute", found.absolute, ("band", "channel"), power, attrs),
        **_band("bands/relative", found.relative, ("band", "channel"), "1", attrs),
        **_band("mean/psd", averaged, ("frequency",), density, {**attrs, "mean": "geometric"}),
    }
    if result.fits:
        arrays |= _fits(result, params)
    for method, by_band in result.coupling.items():
        arrays |= _coupling(f"connectivity/{method}", by_band)
    if result.states is not None:
        arrays |= _states(result.states)
    return arrays


def channel_table(result: Result, params: "Spectra") -> pd.DataFrame:
    """Band power and aperiodic component, a row per channel."""
    columns: dict[str, Any] = {"channel": result.info["ch_names"]}
    for i, name in enumerate(params.named_bands):
        columns[f"{name}_absolute"] = result.power.absolute.mean[i]
        columns[f"{name}_relative"] = result.power.relative.mean[i]
    if result.fits:
        columns |= {key: result.per_channel(key) for key in ("exponent", "offset", "r_squared")}
        columns["rhythm"] = _rhythms(result)
    return pd.DataFrame(columns)


def _rhythms(result: Result) -> Floats:
    """Frequency of each channel's strongest rhythm, Hz; NaN where there is none."""
    found = [None if one is None else one.rhythm for one in result.fits]
    return np.array([np.nan if one is None else one.frequency for one in found])


def _fits(result: Result, params: "Spectra") -> dict[str, Array]:
    per_channel = ("channel",)
    density = f"log10({result.signals.power_unit}/Hz)"
    arrays = {
        "aperiodic/exponent": Array(result.per_channel("exponent"), per_channel),
        "aperiodic/offset": Array(result.per_channel("offset"), per_channel, density),
        "rhythm/frequency": Array(_rhythms(result), per_channel, "Hz"),
        "aperiodic/r_squared": Array(result.per_channel("r_squared"), per_channel),
    }
    if params.aperiodic is not None and params.aperiodic.mode == "knee":
        arrays["aperiodic/knee"] = Array(result.per_channel("knee"), per_channel, "Hz**exponent")
    rows = [
        [i, *peak]
        for i, one in enumerate(result.fits)
        if one is not None
        for peak in one.peaks.tolist()
    ]
    peaks = np.array(rows, dtype=float).reshape(-1, 4)
    arrays |= {
        "peaks/channel": Array(peaks[:, 0].astype(int), ("peak",), "1", {"index": "of ch_names"}),
        "peaks/frequency": Array(peaks[:, 1], ("peak",), "Hz"),
        "peaks/height": Array(peaks[:, 2], ("peak",), "log10 over aperiodic"),
        "peaks/width": Array(peaks[:, 3], ("peak",), "Hz"),
    }
    mean = result.mean
    if mean.fit is not None:
        arrays["mean/exponent"] = Array(mean.fit.exponent, ())
        arrays["mean/offset"] = Array(mean.fit.offset, (), density)
        arrays["mean/r_squared"] = Array(mean.fit.r_squared, ())
        if mean.fit.rhythm is not None:
            arrays["mean/rhythm"] = Array(mean.fit.rhythm.frequency, (), "Hz")
        columns = ("peak_of_mean", "frequency_height_width")
        arrays["mean/peaks"] = Array(mean.fit.peaks, columns, "Hz, log10 over aperiodic, Hz")
    if mean.intervals is not None:
        attrs = {"confidence": params.confidence}
        units = {"exponent": "1", "offset": density, "rhythm": "Hz"}
        for key, unit in units.items():
            band = getattr(mean.intervals, key)
            if band is not None:
                bounds = [float(band.low), float(band.high)]
                arrays[f"mean/{key}_interval"] = Array(bounds, ("low_high",), unit, attrs)
    return arrays


def _coupling(prefix: str, by_band: dict[str, Coupling]) -> dict[str, Array]:
    axes = ("coupled_band", *PAIRS)
    matrices = list(by_band.values())
    n_epochs = np.array([one.n_epochs for one in matrices])
    null = {"null": "sign flips of epochs", "corrected": "for all pairs of a band"}
    return {
        f"{prefix}/bands": Array(list(by_band), ("coupled_band",)),
        f"{prefix}/value": Array(np.stack([one.value for one in matrices]), axes),
        f"{prefix}/chance": Array(np.stack([one.chance for one in matrices]), axes, "1", null),
        f"{prefix}/p": Array(np.stack([one.p for one in matrices]), axes, "1", null),
        f"{prefix}/largest_by_chance": Array(
            np.stack([one.largest for one in matrices]), ("coupled_band", "surrogate"), "1", null
        ),
        f"{prefix}/n_epochs": Array(n_epochs, ("coupled_band",)),
    }


def _states(states: States) -> dict[str, Array]:
    each, pair = ("state",), ("state", "next_state")
    return {
        "microstates/maps": Array(states.maps, ("state", "channel"), "1", {"norm": "unit"}),
        "microstates/gev": Array(states.gev, each),
        "microstates/coverage": Array(states.coverage, each),
        "microstates/duration": Array(states.duration, each, "s"),
        "microstates/occurrence": Array(states.occurrence, each, "Hz"),
        "microstates/transition": Array(states.transition, pair),
        "microstates/transition_expected": Array(states.expected, pair),
        "microstates/n_peaks": Array(states.n_peaks, ()),
        "microstates/seconds": Array(states.seconds, (), "s"),
    }


def _band(
    prefix: str, band: Band, axes: tuple[str, ...], unit: str, attrs: dict[str, Any]
) -> dict[str, Array]:
    return {
        f"{prefix}/{key}": Array(getattr(band, key), axes, unit, attrs)
        for key in ("mean", "low", "high")
    }
