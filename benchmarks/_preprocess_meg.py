"""MEG: leakage on a real recording, simulated dipoles found again, flipped signs recovered.

`python -m benchmarks._preprocess_meg` fetches the catalogue's recording and tells all numbers.
"""

import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
PREPROCESS: dict[str, Any] = {
    "chain": [
        "bad_channels",
        "maxwell",
        "projections",
        "line_noise",
        {"filter": {"l_freq": 0.5, "h_freq": 125}},
        {"resample": {"sfreq": 250}},
        {"bad_segments": {"length": 0.8}},
        "ica",
    ],
    "components": {"n100m": {"conditions": ["auditory"], "window": [0.08, 0.13]}},
}
EVENTS = {"auditory": ["auditory/left", "auditory/right"]}
SNR = 1.0
"""Variance of a dipole's field over that of the recording, whitened, summed over channels."""
JITTER = 4.0
"""How far a dipole may lie from the grid, mm along each axis."""
N_SESSIONS, N_FLIPPED, N_PARCELS, N_DELAYS = 8, 20, 52, 15
LAG = 3
"""Samples between a rhythm and its echo in other parcels."""


def claims() -> dict[str, float]:
    """Leakage after orthogonalization, median error of dipoles, share of signs recovered."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        leakage = real_recording(folder)
        error = dipole_error(folder)
    return {
        "preprocess.meg_leakage_after": leakage,
        "preprocess.dipole_error_mm": error,
        "preprocess.signflip_recovered": signs_recovered(),
    }


def real_recording(folder: Path) -> float:
    """Preprocess the catalogue's recording as the workflow does; leakage after."""
    from neuro.config import MEGPreprocess, Recordings, parse_source
    from neuro.datasets.fetch import run as fetch
    from neuro.datasets.listing import list_recordings
    from neuro.datasets.parcellation import fetch as fetch_parcellation
    from neuro.io import hdf5
    from neuro.preprocess.meg import clean, epochs, parcellate
    from neuro.preprocess.meg.measure import measure
    from neuro.preprocess.meg.parcels import mean_absolute

    source = parse_source({"type": "catalogue", "name": "mne-sample"})
    packages = ROOT / "data" / "packages"
    fetch(
        source=source,
        name="sample",
        seed=None,
        output=folder / "fetch.json",
        cache_dir=packages,
        modality="meg",
    )
    (recording,) = list_recordings(source, Recordings(), "sample", "meg") or []
    params = MEGPreprocess.model_validate(PREPROCESS)
    fetch_parcellation(params.parcellation, "sample", folder / "parcels.nii.gz", packages)
    rng = np.random.default_rng(1)
    start = time.process_time()
    clean.run(
        folder / "x_raw.fif",
        root=folder / "bids",
        recording=recording,
        params=params.cleaning,
        rng=rng,
    )
    cleaned = time.process_time()
    epochs.run(folder / "x_raw.fif", folder / "x_epo.fif", events=EVENTS, params=params.epochs)
    parcellate.run(
        folder / "x_raw.fif",
        folder / "parcels.nii.gz",
        folder / "x.h5",
        folder / "x_epo.fif",
        root=folder / "bids",
        recording=recording,
        params=params,
    )
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"cleaned in {cleaned - start:.1f}, sources in {done - cleaned:.1f} CPU s; "
        f"peak {peak:.0f} MB"
    )
    arrays = hdf5.read(folder / "x.h5")
    for peak_ in measure(arrays, "n100m", params.components["n100m"], rng).peaks:
        print(
            f"N100m {peak_.side}: {peak_.parcel} at {1e3 * peak_.latency:.0f} ms "
            f"(p = {peak_.p:.3g}), largest voxel {peak_.voxel.tolist()} mm at "
            f"{1e3 * peak_.voxel_latency:.0f} ms"
        )
    before, after = (
        mean_absolute(np.asarray(arrays[f"leakage/{key}"].values)) for key in ("before", "after")
    )
    print(f"mean absolute zero-lag correlation {before:.3f} before, {after:.2g} after")
    return after


def dipole_error(folder: Path) -> float:
    """Median distance between simulated dipoles, one per parcel, and where they are found.

    Dipoles lie off the grid, point anywhere, and their fields come from a finer head model than
    the one that looks for them; the recording itself is the background. A dipole is found where
    power grows most over that of the background alone. The map without that contrast is told too:
    strong sources between grid points suppress themselves in it, and a source of the background
    may be the largest.
    """
    import mne

    from neuro.config import MEGPreprocess
    from neuro.preprocess.meg.beamformer import data_covariance, diagonal_noise, make_filters
    from neuro.preprocess.meg.channels import meg_picks
    from neuro.preprocess.meg.coregistration import fit_head
    from neuro.preprocess.meg.forward import make_forward
    from neuro.preprocess.meg.head import open_head
    from neuro.preprocess.meg.parcellation import Parcels, read_parcels

    mne.set_log_level("ERROR")
    params = MEGPreprocess.model_validate(PREPROCESS).source
    rng = np.random.default_rng(2)
    raw = mne.io.read_raw_fif(folder / "x_raw.fif", preload=True)
    raw.pick(meg_picks(raw.info)).filter(params.beamformer.l_freq, params.beamformer.h_freq)
    covariance = data_covariance(raw)
    noise = diagonal_noise(raw.info, covariance)
    parcels = read_parcels(folder / "parcels.nii.gz", params.spacing)
    with open_head("01", None, params.triangles) as head:
        fitted = fit_head(raw.info, head, params.coregistration, "x")
        forward, inside = make_forward(raw.info, head, fitted, parcels)
    chosen = [rng.choice(np.flatnonzero(column > 0)) for column in inside.weights.T]
    places = inside.points[chosen] + rng.uniform(-JITTER, JITTER, (len(chosen), 3))
    single = Parcels(inside.names, places, np.eye(len(chosen)), places)
    with open_head("01", None, 5120) as head:
        exact, _ = make_forward(raw.info, head, fitted, single)
    order = [exact["sol"]["row_names"].index(name) for name in raw.ch_names]
    fields = exact["sol"]["data"][order].reshape(len(order), len(chosen), 3)
    errors, plain = [], []
    scale = np.sqrt(np.diag(noise))
    for i, place in enumerate(places):
        field = fields[:, i] @ rng.standard_normal(3)
        field *= np.sqrt(SNR * len(scale) / ((field / scale) ** 2).sum())
        summed = covariance + np.outer(field, field)
        filters = make_filters(raw.info, forward, summed, noise, params.beamformer, "x").weights
        power = np.einsum("vi,iv->v", filters, summed @ filters.T)
        background = np.einsum("vi,iv->v", filters, covariance @ filters.T)
        for found, values in ((errors, power / background), (plain, power)):
            found.append(float(np.linalg.norm(inside.points[np.argmax(values)] - place)))
    print(
        f"dipoles: median error {np.median(errors):.1f} mm, 90% below "
        f"{np.quantile(errors, 0.9):.1f} mm, {len(errors)} dipoles; without contrast median "
        f"{np.median(plain):.1f} mm"
    )
    return float(np.median(errors))


def signs_recovered() -> float:
    """Share of flipped parcels that are flipped back, in sessions of one lagged coupling.

    Sessions share a network, plus a network and noise of their own.
    """
    from neuro.preprocess.meg.signs import align, embedded_covariance, entries, likeness

    rng = np.random.default_rng(3)
    shared = coupling(rng)
    found, flips = [], []
    for _ in range(N_SESSIONS):
        data = simulate(shared + 0.5 * coupling(rng), rng)
        signs = np.ones(N_PARCELS)
        signs[rng.choice(N_PARCELS, N_FLIPPED, replace=False)] = -1
        flips.append(signs)
        embedded = embedded_covariance(signs[:, None] * data, [slice(0, data.shape[1])], N_DELAYS)
        found.append(entries(embedded, N_DELAYS))
    template = int(np.argmax(likeness([np.abs(one) for one in found])))
    right = []
    for signs, own in zip(flips, found, strict=True):
        chosen = align(own, found[template], N_PARCELS).signs
        wanted = signs * flips[template]
        right.append(max((chosen == wanted).mean(), (chosen == -wanted).mean()))
    print(f"signs: share of parcels right by session {np.round(right, 3).tolist()}")
    return float(np.mean(right))


def coupling(rng: np.random.Generator) -> np.ndarray:
    """Influences at a lag between random pairs of parcels."""
    matrix = rng.standard_normal((N_PARCELS, N_PARCELS)) * (
        rng.random((N_PARCELS, N_PARCELS)) < 0.08
    )
    np.fill_diagonal(matrix, 0)
    return matrix


def simulate(network: np.ndarray, rng: np.random.Generator, n_times: int = 15_000) -> np.ndarray:
    """Noisy alpha rhythms that reappear in other parcels at a lag, 250 Hz, orthogonalized."""
    from scipy.signal import lfilter

    from neuro.preprocess.meg.parcels import orthogonalize

    rhythms = lfilter([1.0], [1.0, -1.8, 0.87], rng.standard_normal((N_PARCELS, n_times)))
    rhythms /= rhythms.std(axis=1, keepdims=True)
    data = rhythms + 0.3 * network @ np.roll(rhythms, LAG, axis=1)
    data += rng.standard_normal(data.shape)
    data -= data.mean(axis=1, keepdims=True)
    mixture, _ = orthogonalize(np.cov(data), "simulation")
    return mixture @ data


if __name__ == "__main__":
    print(claims())
