"""From clean sensors of one recording to time courses of parcels, signs still arbitrary."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.io import hdf5
from neuro.io.bids import Recording
from neuro.io.hdf5 import Array
from neuro.preprocess.meg.beamformer import (
    Filters,
    data_covariance,
    diagonal_noise,
    make_filters,
    regularized,
)
from neuro.preprocess.meg.channels import good_mask, meg_picks
from neuro.preprocess.meg.clean import read_history
from neuro.preprocess.meg.coregistration import Fitted, check_digitization, fit_head
from neuro.preprocess.meg.emptyroom import empty_room_covariance
from neuro.preprocess.meg.evoked import evoked_arrays, kept_epochs
from neuro.preprocess.meg.forward import make_forward
from neuro.preprocess.meg.head import Head, open_head
from neuro.preprocess.meg.parcellation import Parcels, read_parcels
from neuro.preprocess.meg.parcels import correlation, orthogonalize, spatial_basis
from neuro.preprocess.meg.signs import embedded_covariance
from neuro.preprocess.windows import good_stretches

if TYPE_CHECKING:
    from neuro.config.meg import MEGPreprocess

Floats = NDArray[np.float64]
Arrays = dict[str, Array]
HEAD_POINTS = 2500
"""Scalp points kept for the figure."""


@dataclass(frozen=True)
class Sources:
    """What leads from sensors to parcels.

    Parameters
    ----------
    fitted : Fitted
        The head in its place.
    head : Head
        The head.
    parcels : Parcels
        On the points inside of the skull.
    filters : Filters
        Of these points.
    covariance : ndarray, shape (n_channels, n_channels)
        Of the sensors, in the beamformer's band.
    """

    fitted: Fitted
    head: Head
    parcels: Parcels
    filters: Filters
    covariance: Floats


def run(
    continuous_path: str | Path,
    parcellation_path: str | Path,
    output: str | Path,
    epochs_path: str | Path | None = None,
    *,
    root: str | Path,
    recording: Recording,
    params: "MEGPreprocess",
) -> None:
    """Reconstruct the sources of one recording.

    Parameters
    ----------
    continuous_path : str | Path
        What :func:`neuro.preprocess.meg.clean.run` wrote.
    parcellation_path : str | Path
        The parcellation, NIfTI in MNI152 space.
    output : str | Path
        Where the parcels go, HDF5.
    epochs_path : str | Path | None
        What :func:`neuro.preprocess.meg.epochs.run` wrote; None without events.
    root : str | Path
        The BIDS tree, for an empty-room recording.
    recording : Recording
        Which recording.
    params : MEGPreprocess
        Head model, beamformer, parcels.

    Raises
    ------
    ValueError
        If the head cannot be fitted, or the data have fewer dimensions than asked for or than
        there are parcels; nothing is written then.
    """
    where = str(continuous_path)
    with mne.use_log_level("WARNING"):
        raw = mne.io.read_raw_fif(continuous_path, preload=False, verbose="ERROR")
        history = read_history(raw.info, continuous_path)
        check_digitization(raw.info, where)
        parcels = read_parcels(parcellation_path, params.source.spacing, params.parcellation.names)
        raw.pick(meg_picks(raw.info)).load_data()
        band = params.source.beamformer
        _check_band(raw, params, where)
        raw.filter(band.l_freq, band.h_freq)
        epochs = None if epochs_path is None else kept_epochs(raw, epochs_path, params.epochs)
        noise = _noise(raw, epochs, params, root, recording, history)
        sources = _sources(raw, parcels, noise, recording, params, where)
        arrays = _time_courses(raw, sources, params, where, epochs)
    facts = _facts(sources, params)
    hdf5.write(output, arrays, {"history": [*history, facts]})


def _sources(
    raw: mne.io.BaseRaw,
    parcels: Parcels,
    noise: Floats | None,
    recording: Recording,
    params: "MEGPreprocess",
    where: str,
) -> Sources:
    source = params.source
    covariance = data_covariance(raw)
    if noise is None:
        noise = diagonal_noise(raw.info, covariance)
    with open_head(recording.subject, source.subjects_dir, source.triangles) as head:
        fitted = fit_head(raw.info, head, source.coregistration, where)
        forward, inside = make_forward(raw.info, head, fitted, parcels)
    filters = make_filters(raw.info, forward, covariance, noise, source.beamformer, where)
    return Sources(fitted, head, inside, filters, covariance)


def _noise(
    raw: mne.io.BaseRaw,
    epochs: mne.BaseEpochs | None,
    params: "MEGPreprocess",
    root: str | Path,
    recording: Recording,
    history: list[dict[str, Any]],
) -> Floats | None:
    """Covariance of the noise; None for that of the data on a diagonal."""
    asked = params.source.noise
    if asked.method == "diagonal":
        return None
    if asked.method == "emptyroom":
        covariance = empty_room_covariance(raw, root, recording, history, params)
    elif epochs is None or params.epochs.baseline is None:
        raise ValueError(
            "preprocess.source.noise.method: baseline needs `events` and epochs.baseline; take "
            "diagonal or emptyroom"
        )
    else:
        start, stop = params.epochs.baseline
        inside = (epochs.times >= start) & (epochs.times <= stop)
        data = epochs.get_data(copy=False)[:, :, inside]
        covariance = np.cov(np.concatenate(list(data), axis=-1))
    return regularized(raw.info, covariance, asked.regularization)


def _time_courses(
    raw: mne.io.BaseRaw,
    sources: Sources,
    params: "MEGPreprocess",
    where: str,
    epochs: mne.BaseEpochs | None,
) -> Arrays:
    """Time courses of the parcels with what is known of them."""
    parcels, covariance = sources.parcels, sources.covariance
    filters = spatial_basis(sources.filters.weights, covariance, parcels)
    before = filters @ covariance @ filters.T
    rank = int(np.linalg.matrix_rank(correlation(before), hermitian=True))
    if params.source.orthogonalize:
        mixture, rank = orthogonalize(before, where)
        filters = mixture @ filters
    good = good_mask(raw)
    data = filters @ raw.get_data()
    mean = data[:, good].mean(axis=1, keepdims=True)
    spread = data[:, good].std(axis=1, keepdims=True)
    data = (data - mean) / spread
    after = np.corrcoef(data[:, good])
    per_parcel = ("parcel",)
    arrays = {
        "parcels": Array(data.astype(np.float32), ("parcel", "time"), "1", _rates(raw)),
        "names": Array(parcels.names, per_parcel),
        "centroids": Array(parcels.centroids, ("parcel", "xyz"), "mm", {"space": "MNI152"}),
        "good": Array(good, ("time",)),
        "leakage/before": Array(correlation(before), ("parcel", "parcel")),
        "leakage/after": Array(after, ("parcel", "parcel")),
        "leakage/rank": Array(rank, ()),
        "filters": Array(filters / spread, ("parcel", "channel"), "1/T or m/T"),
        "ch_names": Array(raw.ch_names, ("channel",)),
        **_stretches(raw),
        **_head(raw.info, sources),
    }
    if params.signs is not None:
        delays = params.signs.n_embeddings
        embedded = embedded_covariance(data, good_stretches(raw), delays)
        axes = ("parcel_delay", "parcel_delay")
        arrays["embedded"] = Array(embedded.astype(np.float32), axes, "1", {"n_embeddings": delays})
    if epochs is not None:
        arrays |= evoked_arrays(epochs, filters / spread, sources.filters.weights, params)
    return arrays


def _rates(raw: mne.io.BaseRaw) -> dict[str, float]:
    """Sampling rate, Hz, and the band that is left, Hz."""
    return {
        "sfreq": float(raw.info["sfreq"]),
        "highpass": float(raw.info["highpass"]),
        "lowpass": float(raw.info["lowpass"]),
    }


def _stretches(raw: mne.io.BaseRaw) -> Arrays:
    """Samples between which nothing is cut."""
    edges = np.array([[part.start, part.stop] for part in good_stretches(raw)], dtype=int)
    return {"stretches": Array(edges.reshape(-1, 2), ("stretch", "start_stop"), "sample")}


def _head(info: mne.Info, sources: Sources) -> Arrays:
    """What the figure of the coregistration shows, in head coordinates."""
    fitted, parcels = sources.fitted, sources.parcels
    back = np.linalg.inv(fitted.trans["trans"])
    inside = sources.head.from_mni(parcels.points) * fitted.scale
    device = info["dev_head_t"]["trans"]
    sensors = np.array([channel["loc"][:3] for channel in info["chs"]])
    step = max(1, len(fitted.scalp) // HEAD_POINTS)
    xyz = ("point", "xyz")
    return {
        "head/scalp": Array(fitted.scalp[::step], xyz, "m"),
        "head/shape": Array(fitted.shape, xyz, "m"),
        "head/distances": Array(fitted.distances, ("digitized",), "m"),
        "head/grid": Array(inside @ back[:3, :3].T + back[:3, 3], xyz, "m"),
        "head/sensors": Array(sensors @ device[:3, :3].T + device[:3, 3], xyz, "m"),
        "voxels": Array(parcels.points, ("voxel", "xyz"), "mm", {"space": "MNI152"}),
    }


def _check_band(raw: mne.io.BaseRaw, params: "MEGPreprocess", where: str) -> None:
    high = params.source.beamformer.h_freq
    if high >= raw.info["sfreq"] / 2:
        raise ValueError(
            f"{where}: preprocess.source.beamformer.h_freq: must be below the Nyquist frequency "
            f"{raw.info['sfreq'] / 2:g} Hz of the cleaned recording, got {high:g} Hz"
        )


def _facts(sources: Sources, params: "MEGPreprocess") -> dict[str, Any]:
    """Entry of the history."""
    fitted = sources.fitted
    distances = fitted.distances * 1e3
    return {
        "method": "source",
        "params": params.source.model_dump(mode="json", exclude={"subjects_dir"}),
        "found": {
            "head": "template" if sources.head.is_template else "individual",
            "scale": [round(float(x), 4) for x in fitted.scale],
            "n_points": len(distances),
            "n_omitted": fitted.n_omitted,
            "fiducials_only": fitted.fiducials_only,
            "median_distance_mm": round(float(np.median(distances)), 3),
            "n_voxels": len(sources.parcels.points),
            "n_parcels": len(sources.parcels.names),
            "rank": sources.filters.rank,
            "full_rank": sources.filters.full_rank,
        },
    }
