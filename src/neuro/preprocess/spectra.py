"""Spectra, connectivity and microstates of a cleaned continuous recording."""

import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neuro.io import hdf5, manifest
from neuro.io.atomic import atomic
from neuro.io.tables import write_tsv
from neuro.preprocess.aperiodic import fit, intervals
from neuro.preprocess.coupling import (
    MIN_EPOCHS,
    Coupling,
    analytic_epochs,
    check_distinct,
    envelope_coupling,
    phase_coupling,
)
from neuro.preprocess.foresee import check_names
from neuro.preprocess.microstates import microstates
from neuro.preprocess.names import listed
from neuro.preprocess.power import MIN_WINDOWS, log_mean, power, window_spectra
from neuro.preprocess.spectra_arrays import arrays_of, channel_table
from neuro.preprocess.spectra_pictures import draw
from neuro.preprocess.spectra_result import EEG, Floats, MeanSpectrum, Result, Signals
from neuro.preprocess.spectra_texts import citations, key_numbers, paragraphs, warnings_of
from neuro.preprocess.windows import check_data, check_rate, cut, enough, good_stretches
from neuro.stats.jackknife import jackknife_band
from neuro.viz.style import save_svg, style

if TYPE_CHECKING:
    from neuro.config.spectra import Spectra

KEY = "preprocess.spectra"


class Outputs(Protocol):
    """Files of one recording.

    `spectra` (`.h5`), `channels` (`.tsv`), `figures` (a folder), `manifest` (`.json`).
    """

    spectra: Path
    channels: Path
    figures: Path
    manifest: Path


def run(
    raw_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "Spectra",
    rng: np.random.Generator,
) -> Result:
    """Estimate spectra and what is asked for besides, of the good EEG channels of one recording.

    Parameters
    ----------
    raw_path : str | Path
        A cleaned continuous recording, a name that ends in `_raw.fif`. Segments whose annotation
        begins with `bad` are left out, and no window crosses them or a discontinuity (`edge`).
    outputs : Outputs
        Where everything goes; the figures' folder lies beside or below the manifest.
    dataset, recording_name : str
        Names, for the manifest.
    params : Spectra
        What to estimate.
    rng : numpy.random.Generator
        Random numbers; those of one band or method do not depend on the others.

    Returns
    -------
    result : Result
        All that was estimated.

    Raises
    ------
    ValueError
        If the recording has too little good data, a channel is constant or not finite, or a
        frequency lies above what the sampling rate can hold; nothing is written then.
    """
    with mne.use_log_level("WARNING"):
        raw = mne.io.read_raw_fif(raw_path, preload=True, verbose="ERROR")
        try:
            result = evaluate(raw, params, rng)
        except ValueError as error:
            raise ValueError(f"{raw_path}: {error}") from error
        write(result, outputs, params, dataset, recording_name)
    return result


def write(
    result: Result, outputs: Outputs, params: "Spectra", dataset: str, recording_name: str
) -> None:
    """Write arrays, table, figures and manifest; see :func:`run`."""
    with mne.use_log_level("WARNING"):
        hdf5.write(outputs.spectra, arrays_of(result, params), params.model_dump(mode="json"))
        table = channel_table(result, params)
        write_tsv(outputs.channels, table)
        figures = _draw(result, params, outputs)
    manifest.write(
        outputs.manifest, _about(result, params, outputs, table, figures, dataset, recording_name)
    )


def evaluate(
    raw: mne.io.BaseRaw,
    params: "Spectra",
    rng: np.random.Generator,
    picks: NDArray[np.int_] | None = None,
    signals: Signals = EEG,
) -> Result:
    """Estimate everything for the picked channels, by default the EEG's; see :func:`run`."""
    sfreq = float(raw.info["sfreq"])
    check_rate(sfreq, params.fmax, f"{KEY}.fmax")
    if picks is None:
        picks = mne.pick_types(raw.info, eeg=True)
    if not len(picks):
        kind = "EEG " if signals is EEG else ""
        raise ValueError(f"no good {kind}{signals.noun} is left")
    info = mne.pick_info(raw.info, picks)
    names, stretches = info["ch_names"], good_stretches(raw)
    data = raw.get_data()[picks]
    check_data(data, names, stretches)
    roi = _roi(params, names, raw)
    length = round(params.window * sfreq)
    step = length // 2 if params.method == "welch" else length
    windows = cut(data, stretches, length, step)
    enough(len(windows), MIN_WINDOWS, params.window, raw, f"{KEY}: intervals", f"{KEY}.window")
    spectra, freqs = window_spectra(
        windows, sfreq, params.fmin, params.fmax, params.method, params.bandwidth
    )
    found = power(spectra, freqs, params.named_bands, (params.fmin, params.fmax), params.confidence)
    entropy = int(rng.integers(2**63))
    states = None
    if params.microstates is not None:
        check_rate(sfreq, params.microstates.band[1], f"{KEY}.microstates.band")
        states = microstates(
            data, stretches, info, params.microstates, _generator("microstates", entropy)
        )
    fits = []
    if params.aperiodic is not None:
        fits = [fit(freqs, row, params.aperiodic, params.fit_range) for row in found.psd.mean]
    return Result(
        info=info,
        bads=[name for name in raw.info["bads"] if name in raw.ch_names],
        seconds=sum(part.stop - part.start for part in stretches) / sfreq,
        roi=roi,
        power=found,
        mean=_mean_spectrum(found.psd.mean, found.left_out, freqs, names, roi, params),
        fits=fits,
        coupling=_coupling(data, stretches, names, raw, params, entropy),
        states=states,
        signals=signals,
    )


def _roi(params: "Spectra", names: list[str], raw: mne.io.BaseRaw) -> list[str]:
    if params.roi is None:
        return list(names)
    check_names(params.roi, raw.ch_names, f"{KEY}.roi")
    good = [name for name in params.roi if name in names]
    if not good:
        raise ValueError(
            f"{KEY}.roi: all its channels are bad in this recording, or no EEG: "
            f"{listed(params.roi)}. Add `interpolate` to the chain, or leave the recording out "
            "with `recordings.exclude`"
        )
    return good


def _mean_spectrum(
    psd: Floats,
    left_out: Floats,
    freqs: Floats,
    names: list[str],
    roi: list[str],
    params: "Spectra",
) -> MeanSpectrum:
    picks = [names.index(name) for name in roi]
    mean, without = log_mean(psd, picks), log_mean(left_out, picks)
    band = jackknife_band(np.log(mean), np.log(without), params.confidence)
    model = bounds = None
    if params.aperiodic is not None:
        model = fit(freqs, mean, params.aperiodic, params.fit_range)
        if model is None:
            raise ValueError(
                f"{KEY}.aperiodic: the fit of the mean spectrum does not converge. Look at the "
                "spectrum with `aperiodic: null`; narrow fit_range, or take the other mode"
            )
        args = (params.aperiodic, params.fit_range, params.confidence)
        bounds = intervals(freqs, without, model, *args)
    return MeanSpectrum(mean, np.exp(band.low), np.exp(band.high), model, bounds)


def _coupling(
    data: Floats,
    stretches: list[slice],
    names: list[str],
    raw: mne.io.BaseRaw,
    params: "Spectra",
    entropy: int,
) -> dict[str, dict[str, Coupling]]:
    """Connectivity by method and band."""
    asked = params.connectivity
    if asked is None:
        return {}
    sfreq, key = float(raw.info["sfreq"]), f"{KEY}.connectivity"
    length = round(asked.epoch * sfreq)
    epochs = cut(data, stretches, length, length)
    check_distinct(epochs if len(epochs) else data[np.newaxis], names)
    by_phase = [method for method in asked.methods if method != "aec"]
    if by_phase:
        enough(len(epochs), MIN_EPOCHS, asked.epoch, raw, key, f"{key}.epoch")
    found: dict[str, dict[str, Coupling]] = {method: {} for method in asked.methods}
    for name, band in params.coupled_bands.items():
        if by_phase:
            rng = _generator(f"phase {name}", entropy)
            each = phase_coupling(epochs, sfreq, band, by_phase, asked.n_surrogates, rng)
            for method, one in each.items():
                found[method][name] = one
        if "aec" in asked.methods:
            rng = _generator(f"aec {name}", entropy)
            analytic = analytic_epochs(data, stretches, sfreq, band, asked.envelope_epoch)
            what, where = f"{key}: envelopes of {name}", f"{key}.envelope_epoch"
            enough(len(analytic), MIN_EPOCHS, asked.envelope_epoch, raw, what, where)
            found["aec"][name] = envelope_coupling(analytic, asked.n_surrogates, rng)
    return found


def _generator(name: str, entropy: int) -> np.random.Generator:
    """Random numbers of one part, whatever other parts there are."""
    return np.random.default_rng([entropy, zlib.crc32(name.encode())])


def _draw(result: Result, params: "Spectra", outputs: Outputs) -> list[manifest.Figure]:
    """Draw all figures into their folder."""
    folder = Path(os.path.relpath(outputs.figures, Path(outputs.manifest).parent)).as_posix()
    described = []
    with style(), atomic(outputs.figures) as temporary:
        temporary.mkdir()
        for name, figure, texts in draw(result, params):
            save_svg(figure, temporary / f"{name}.svg")
            described.append(manifest.Figure(path=f"{folder}/{name}.svg", **texts))
    return described


def _about(
    result: Result,
    params: "Spectra",
    outputs: Outputs,
    table: pd.DataFrame,
    figures: list[manifest.Figure],
    dataset: str,
    recording_name: str,
) -> manifest.Manifest:
    path = Path(os.path.relpath(outputs.channels, Path(outputs.manifest).parent)).as_posix()
    return manifest.Manifest(
        word="spectra",
        dataset=dataset,
        recording=recording_name,
        title=f"Spectra of {recording_name}",
        question="Which rhythms does the recording hold, and which "
        f"{result.signals.noun}s go together?",
        key_numbers=key_numbers(result, params),
        figures=figures,
        tables=[
            manifest.Table(
                path=path,
                title=f"{result.signals.noun.capitalize()}s",
                caption=f"Band power and aperiodic component of {len(table)} "
                f"{result.signals.noun}s. Absolute power in "
                f"{result.signals.power_unit.replace('**2', '²')}, "
                "relative power as a share of the power over all frequencies, rhythm in Hz.",
            )
        ],
        methods=paragraphs(result, params),
        citations=citations(params),
        warnings=warnings_of(result, params),
        params=params.model_dump(mode="json"),
    )
