"""Spectra and connectivity of the parcels of one recording, as of EEG channels."""

from pathlib import Path
from typing import TYPE_CHECKING

import mne
import numpy as np

from neuro.io import hdf5
from neuro.preprocess.spectra import Outputs, evaluate, write
from neuro.preprocess.spectra_result import Result, Signals

if TYPE_CHECKING:
    from neuro.config.spectra import Spectra

KEY = "preprocess.spectra"


def run(
    parcels_path: str | Path,
    outputs: Outputs,
    *,
    dataset: str,
    recording_name: str,
    params: "Spectra",
    rng: np.random.Generator,
) -> Result:
    """Estimate spectra and what is asked for besides, of the parcels of one recording.

    Parameters
    ----------
    parcels_path : str | Path
        What :func:`neuro.preprocess.meg.finish.run` wrote; bad samples are left out.
    outputs : Outputs
        Where everything goes; see :func:`neuro.preprocess.spectra.run`.
    dataset, recording_name : str
        Names, for the manifest.
    params : Spectra
        What to estimate.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    result : Result
        All that was estimated; powers are without unit, since parcels are standardized.

    Raises
    ------
    ValueError
        If the recording has too little good data, or a frequency lies outside of the beamformer's
        band.
    """
    arrays = hdf5.read(parcels_path)
    parcels = arrays["parcels"]
    low, high = float(parcels.attrs["highpass"]), float(parcels.attrs["lowpass"])
    if params.fmin < low or params.fmax > high:
        raise ValueError(
            f"{parcels_path}: {KEY}: [fmin, fmax] = [{params.fmin:g}, {params.fmax:g}] must lie "
            f"within the band of the parcels, [{low:g}, {high:g}] Hz "
            "(preprocess.source.beamformer)"
        )
    signals = Signals(
        noun="parcel",
        source="the standardized time courses of the parcels",
        unit="1",
        shown="1",
        factor=1.0,
        places=np.asarray(arrays["centroids"].values, dtype=float),
    )
    raw = _as_raw(arrays)
    try:
        result = evaluate(raw, params, rng, np.arange(len(raw.ch_names)), signals)
    except ValueError as error:
        raise ValueError(f"{parcels_path}: {error}") from error
    write(result, outputs, params, dataset, recording_name)
    return result


def _as_raw(arrays: dict[str, hdf5.Array]) -> mne.io.BaseRaw:
    """Parcels as a recording whose bad segments are annotated."""
    parcels = arrays["parcels"]
    sfreq = float(parcels.attrs["sfreq"])
    info = mne.create_info([str(name) for name in arrays["names"].values], sfreq, "misc")
    with info._unlock():
        # Made by a constructor that knows no filter; the spectra's warnings look here.
        info["highpass"] = float(parcels.attrs["highpass"])
        info["lowpass"] = float(parcels.attrs["lowpass"])
    raw = mne.io.RawArray(np.asarray(parcels.values, dtype=float), info, verbose="ERROR")
    edges = np.asarray(arrays["stretches"].values)
    starts = np.concatenate([[0], edges[:, 1]])
    stops = np.concatenate([edges[:, 0], [raw.n_times]])
    for start, stop in zip(starts, stops, strict=True):
        if stop > start:
            raw.annotations.append(start / sfreq, (stop - start) / sfreq, "BAD_parcels")
        elif 0 < start < raw.n_times:
            raw.annotations.append(start / sfreq, 0.0, "EDGE boundary")
    return raw
