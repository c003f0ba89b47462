"""Artifacts as independent components (Ablin et al., 2018), labelled by ICLabel.

ICLabel (Pion-Tonachini et al., 2019) runs on onnxruntime, with the weights of mne-icalabel.
"""

import warnings
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.steps.common import Floats, Found, draw_seed, eeg_names, good_part, rounded

if TYPE_CHECKING:
    from neuro.config.ica import ICA

CLASSES = ("brain", "muscle", "eye", "heart", "line", "channel", "other")
"""Classes of ICLabel, in the order of its output."""
FULL_RANK = 1e-10
"""Eigenvalues below this share of the largest belong to dimensions that are not there."""
Reasons = dict[int, list[str]]


def ica(raw: mne.io.BaseRaw, params: "ICA", rng: np.random.Generator) -> Found:
    """Fit components to a filtered copy, and take those of artifacts out of the recording.

    The copy is average-referenced, as ICLabel wants it; the recording keeps its reference.

    Returns
    -------
    found : dict
        Rank, number of components, labels and probabilities, maps (`mixing`, arbitrary units),
        what was excluded and why, and the share of variance that went with it.

    Raises
    ------
    ValueError
        If too few channels or dimensions are left, or the fit fails.
    """
    good, seen, band = _copy(raw, params)
    rank = data_rank(good.get_data(picks="eeg"))
    if rank < 2:
        raise ValueError(f"the good EEG channels have rank {rank}; ICA needs at least 2 dimensions")
    seed = draw_seed(rng)
    solution = fit(good, params, rank, seed)
    reasons: Reasons = {}
    found: Found = {
        "seed": seed,
        "fitted_s": round(float(good.n_times / good.info["sfreq"]), 3),
        "band": band,
        "rank": rank,
        "n_components": int(solution.n_components_),
        "n_iter": int(solution.n_iter_),
        "mixing": {
            "channels": solution.ch_names,
            "maps": rounded(solution.get_components().T),
        },
    }
    if params.iclabel is not None:
        probabilities = label(good, solution)
        _by_label(probabilities, params, reasons)
        found["probabilities"] = rounded(probabilities)
        found["labels"] = [CLASSES[i] for i in probabilities.argmax(axis=1)]
    found["correlated"] = _by_correlation(good, solution, params, reasons)
    found["excluded"] = {f"ICA{i:03d}": reasons[i] for i in sorted(reasons)}
    found["variance_removed"] = _remove(raw, good, seen, solution, sorted(reasons))
    return found


def fit(good: mne.io.BaseRaw, params: "ICA", rank: int, seed: int) -> mne.preprocessing.ICA:
    """Fit components to the EEG channels of a recording without bad segments.

    Parameters
    ----------
    good : mne.io.BaseRaw
        High-passed, average-referenced.
    params : ICA
        Algorithm, number of components.
    rank : int
        Rank of the data.
    seed : int
        Seed of the algorithm.

    Raises
    ------
    ValueError
        If fewer samples than channels are left, or the algorithm fails.
    """
    n_channels, n_samples = len(eeg_names(good)), good.n_times // params.decim
    if n_samples <= n_channels**2:
        raise ValueError(
            f"{n_samples} good samples are too few for independent components of {n_channels} "
            f"channels; at least {n_channels**2} are needed. Lower decim, or leave the step out"
        )
    wanted = rank if params.n_components is None else params.n_components
    solution = mne.preprocessing.ICA(
        n_components=min(wanted, rank) if isinstance(wanted, int) else wanted,
        method=params.method,
        fit_params=_options(params),
        max_iter=params.max_iter,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Told by `n_iter` instead, which the findings warn of.
        warnings.filterwarnings("ignore", message=".*did not converge.*")
        solution.fit(good, picks="eeg", decim=params.decim)
    return solution


def _options(params: "ICA") -> dict[str, Any]:
    """Keywords of each algorithm."""
    match params.method:
        case "picard":
            return {"extended": True, "ortho": False, "tol": params.tol}
        case "fastica":
            return {"tol": params.tol}
    return {"extended": True}


def data_rank(data: Floats) -> int:
    """Number of dimensions in which channels vary.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        The recording, V.
    """
    values = np.linalg.eigvalsh(np.cov(data))
    return int((values > FULL_RANK * values[-1]).sum())


def label(good: mne.io.BaseRaw, solution: mne.preprocessing.ICA) -> Floats:
    """Probabilities of ICLabel's classes, shape (n_components, 7)."""
    from mne_icalabel.iclabel import iclabel_label_components

    with warnings.catch_warnings():
        # A narrower band is no reason to stop; the findings tell it.
        warnings.filterwarnings("ignore", message=".*is not filtered between.*")
        warnings.filterwarnings("ignore", message=".*was fitted with a.*")
        eeg = good.copy().pick("eeg")
        return np.asarray(
            iclabel_label_components(eeg, solution, inplace=False, backend="onnx"), dtype=float
        )


def _copy(raw: mne.io.BaseRaw, params: "ICA") -> tuple[mne.io.BaseRaw, Floats, list[float]]:
    """Filtered, average-referenced copy without bad channels and segments, and its band, Hz.

    In the middle, the average that was subtracted: what the reference saw.
    """
    kinds = ["eeg", *(kind for kind in ("eog", "ecg") if kind in params.correlate)]
    if len(eeg_names(raw)) < 3:
        raise ValueError(f"ICA needs at least 3 good EEG channels, got {len(eeg_names(raw))}")
    copy = raw.copy().pick(mne.pick_types(raw.info, **dict.fromkeys(kinds, True)))
    low = params.l_freq if raw.info["highpass"] < params.l_freq else None
    fits = params.h_freq is not None and params.h_freq < min(
        raw.info["lowpass"], raw.info["sfreq"] / 2
    )
    high = params.h_freq if fits else None
    if low is not None or high is not None:
        copy.filter(low, high, picks=kinds)
    good = good_part(copy, kinds)
    seen = good.get_data(picks="eeg").mean(axis=0)
    good.set_eeg_reference("average", projection=False)
    return good, seen, [float(copy.info["highpass"]), float(copy.info["lowpass"])]


def _by_label(probabilities: Floats, params: "ICA", reasons: Reasons) -> None:
    """Components whose probability of a class reaches its threshold."""
    thresholds = params.iclabel.model_dump() if params.iclabel is not None else {}
    for name, least in thresholds.items():
        if least is None:
            continue
        column = probabilities[:, CLASSES.index(name)]
        for i in np.flatnonzero(column >= least):
            reasons.setdefault(int(i), []).append(f"{name} {column[i]:.2f}")


def _by_correlation(
    good: mne.io.BaseRaw, solution: mne.preprocessing.ICA, params: "ICA", reasons: Reasons
) -> dict[str, list[str]]:
    """Components like the EOG or ECG channels, or like muscles; by kind that could be judged."""
    kinds = set(good.get_channel_types())
    picked: dict[str, list[int]] = {}
    if "eog" in params.correlate and "eog" in kinds:
        picked["eog"], _ = solution.find_bads_eog(good, threshold=params.correlation_z)
    if "ecg" in params.correlate and "ecg" in kinds:
        picked["ecg"], _ = solution.find_bads_ecg(
            good, method="correlation", threshold=params.correlation_z
        )
    if "muscle" in params.correlate:
        picked["muscle"], _ = solution.find_bads_muscle(good, threshold=params.muscle_score)
    for kind, components in picked.items():
        for i in components:
            reasons.setdefault(int(i), []).append(f"correlates: {kind}")
    return {kind: [f"ICA{i:03d}" for i in sorted(found)] for kind, found in picked.items()}


def _remove(
    raw: mne.io.BaseRaw,
    good: mne.io.BaseRaw,
    seen: Floats,
    solution: mne.preprocessing.ICA,
    excluded: list[int],
) -> float:
    """Take components out of the recording; share of the variance of its channels that went.

    The maps are those of average-referenced data. In the recording's own reference they differ by
    a constant: what of each component the reference saw, by least squares. It is zero in data that
    are average-referenced already, and there this is what MNE's `apply` does.
    """
    picks = [raw.ch_names.index(name) for name in solution.ch_names]
    unmixing = solution.unmixing_matrix_ @ solution.pca_components_[: solution.n_components_]
    # One scale for all EEG channels, so that it cancels but for the mean.
    mean = np.asarray(solution.pca_mean_)[:, np.newaxis] * solution.pre_whitener_
    sources = unmixing @ good.get_data(picks=solution.ch_names)
    offsets = np.linalg.solve(sources @ sources.T, sources @ seen)
    maps = solution.get_components() + offsets
    before = raw.get_data(picks=picks)
    artifact = maps[:, excluded] @ (unmixing[excluded] @ (before - mean))
    raw[picks] = before - artifact
    return float(f"{artifact.var(axis=1).sum() / before.var(axis=1).sum():.4g}")
