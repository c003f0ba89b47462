"""Bad channels, by any of several methods.

The methods `deviation`, `hf_noise`, `correlation` and `ransac` are those of the PREP pipeline
(Bigdely-Shamlo et al., 2015) as pyprep implements them; `lof` is Kumaravel et al. (2022);
`neighbors` follows the criterion of the EEG-IP-L pipeline (Desjardins et al., 2021).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from scipy.spatial.distance import cdist

from neuro.preprocess.names import listed
from neuro.preprocess.steps.common import Floats, Found, draw_seed, eeg_names, good_part

if TYPE_CHECKING:
    from neuro.config.steps import BadChannels

N_NEAREST = 3
"""Neighbors that a channel is compared with by `neighbors`."""
WINDOW = 1.0
"""Length of its windows, s."""
LOW_QUANTILE = 0.15
METHODS = ("flat", "lof", "neighbors", "deviation", "hf_noise", "correlation", "ransac")
PREP = {"deviation", "hf_noise", "correlation", "ransac"}
BEFORE_RANSAC = {"deviation", "correlation"}
"""What finds the channels that RANSAC must not predict from, and does not judge."""
LEAST_FOR_RANSAC = 16
"""Channels of which a random quarter can predict the others."""


def bad_channels(raw: mne.io.BaseRaw, params: "BadChannels", rng: np.random.Generator) -> Found:
    """Add what any of the methods finds to `info["bads"]`, judged outside of bad segments.

    Flat channels are left out before the other methods look.

    Raises
    ------
    ValueError
        If more than `max_share` of the EEG channels are bad, no good segment is left, or too few
        channels for RANSAC.
    """
    before = [name for name in raw.info["bads"] if name in eeg_names(raw, exclude=[])]
    clean = good_part(raw)
    spread = clean.get_data().std(axis=1) * 1e6
    flat = [name for name, sd in zip(clean.ch_names, spread, strict=True) if sd < params.flat]
    flat = flat if "flat" in params.methods else []
    found: Found = {"marked": before, "flat": flat, "lof": {}, "n_neighbors": 0}
    if len(flat) < len(clean.ch_names):
        clean.drop_channels(flat)
        if "lof" in params.methods:
            found |= _lof(clean, params)
        if "neighbors" in params.methods:
            found["neighbors"] = _by_name(_weak_shares(clean, params), params.neighbors_share)
        if PREP & {*params.methods}:
            found |= _prep(clean, params, rng)
    bad = {name for method in METHODS for name in found.get(method, ())}
    raw.info["bads"] += [name for name in raw.ch_names if name in bad]
    _not_too_many(raw, params.max_share)
    return found


def _lof(clean: mne.io.BaseRaw, params: "BadChannels") -> Found:
    # With all others as neighbors, one outlier would be everyone's neighbor and none stand out.
    n_neighbors = min(params.n_neighbors, len(clean.ch_names) // 2)
    if n_neighbors < 2:
        return {"lof": {}, "n_neighbors": n_neighbors}
    names, scores = mne.preprocessing.find_bad_channels_lof(
        clean, n_neighbors, threshold=params.lof_threshold, return_scores=True
    )
    by_name = dict(zip(clean.ch_names, -scores, strict=True))
    outliers = {name: round(float(by_name[name]), 2) for name in names}
    return {"lof": outliers, "n_neighbors": n_neighbors}


def _weak_shares(clean: mne.io.BaseRaw, params: "BadChannels") -> dict[str, float]:
    """Share of windows in which each channel correlates weakly with its nearest neighbors."""
    data = clean.get_data()
    # What the reference electrode saw is in all channels, and makes neighbors of all.
    data -= np.median(data, axis=0)
    length = min(round(WINDOW * clean.info["sfreq"]), data.shape[1])
    n_windows = data.shape[1] // length
    windows = data[:, : n_windows * length].reshape(len(data), n_windows, length)
    windows -= windows.mean(axis=-1, keepdims=True)
    norms = np.linalg.norm(windows, axis=-1, keepdims=True)
    windows /= np.where(norms > 0, norms, 1)
    closest = _closest_correlation(windows, _nearest(clean.info))
    middle, low = np.quantile(closest, [0.5, LOW_QUANTILE], axis=0)
    weak = closest < middle - params.neighbors_k * (middle - low)
    return dict(zip(clean.ch_names, weak.mean(axis=1).tolist(), strict=True))


def _closest_correlation(windows: Floats, nearest: list[np.ndarray[Any, Any]]) -> Floats:
    """Largest absolute correlation with a neighbor, (n_channels, n_windows)."""
    rows = [
        np.max([np.abs(np.einsum("wt,wt->w", windows[i], windows[j])) for j in others], axis=0)
        for i, others in enumerate(nearest)
    ]
    return np.array(rows)


def _nearest(info: mne.Info) -> list[np.ndarray[Any, Any]]:
    places = np.array([channel["loc"][:3] for channel in info["chs"]])
    distances = cdist(places, places)
    np.fill_diagonal(distances, np.inf)
    return list(np.argsort(distances, axis=1, kind="stable")[:, :N_NEAREST])


def _prep(clean: mne.io.BaseRaw, params: "BadChannels", rng: np.random.Generator) -> Found:
    """Methods of pyprep; RANSAC predicts from, and judges, what the others pass, as in PREP."""
    from pyprep.find_noisy_channels import NoisyChannels

    asked = PREP & {*params.methods}
    asked |= BEFORE_RANSAC if "ransac" in asked else set()
    seed = draw_seed(rng) if "ransac" in asked else 0
    trends = clean.info["highpass"] < 1
    noisy = NoisyChannels(clean, do_detrend=trends, random_state=seed)
    found: Found = {"seed": seed} if "ransac" in asked else {}
    if "deviation" in asked:
        noisy.find_bad_by_deviation(params.deviation_z)
        found["deviation"] = _strings(noisy.bad_by_deviation)
    if "hf_noise" in asked:
        noisy.find_bad_by_hfnoise(params.hf_noise_z)
        found["hf_noise"] = _strings(noisy.bad_by_hf_noise)
    if "correlation" in asked:
        noisy.find_bad_by_correlation(WINDOW, params.correlation, params.correlation_share)
        found["correlation"] = _strings([*noisy.bad_by_correlation, *noisy.bad_by_dropout])
    if "ransac" in asked:
        n_good = len(clean.ch_names) - len({*found["deviation"], *found["correlation"]})
        if n_good < LEAST_FOR_RANSAC:
            raise ValueError(
                f"ransac needs at least {LEAST_FOR_RANSAC} good channels, got {n_good}. Leave "
                "`ransac` out of methods"
            )
        noisy.find_bad_by_ransac(
            params.ransac_samples,
            corr_thresh=params.ransac_correlation,
            frac_bad=params.ransac_share,
        )
        found["ransac"] = _strings(noisy.bad_by_ransac)
    return found


def _strings(names: Iterable[str]) -> list[str]:
    """Plain strings, each once, in order."""
    return list(dict.fromkeys(str(name) for name in names))


def _by_name(shares: Mapping[str, float], most: float) -> dict[str, float]:
    return {name: round(share, 3) for name, share in shares.items() if share > most}


def _not_too_many(raw: mne.io.BaseRaw, max_share: float) -> None:
    names = eeg_names(raw, exclude=[])
    bads = [name for name in names if name in raw.info["bads"]]
    if len(bads) > max_share * len(names):
        raise ValueError(
            f"{len(bads)} of {len(names)} EEG channels are bad, more than max_share "
            f"({max_share:g}): {listed(bads)}. Look at the recording; leave it out with "
            "`recordings.exclude`, or raise lof_threshold or max_share"
        )
