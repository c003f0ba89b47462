"""Heart, eyes and muscles as independent components of the MEG channels."""

import warnings
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.meg.channels import Floats, by_kind, good_mask, meg_picks
from neuro.preprocess.steps.common import Found, draw_seed, rounded

if TYPE_CHECKING:
    from neuro.config.meg_steps import MEGICA

FULL_RANK = 1e-10
"""Eigenvalues below this share of the largest belong to dimensions that are not there."""
FEWEST_BEATS = 5
"""With fewer heart beats nothing can be said of components that follow them."""
Reasons = dict[int, list[str]]


def meg_ica(raw: mne.io.BaseRaw, params: "MEGICA", rng: np.random.Generator) -> Found:
    """Fit components to a filtered copy, and take those of artifacts out of the MEG channels.

    Returns
    -------
    found : dict
        Rank, number of components, what was excluded and why, maps, and the share of variance
        that went with it, by type of channel.

    Raises
    ------
    ValueError
        If too few channels, dimensions or samples are left.
    """
    copy, band = _copy(raw, params)
    rank = meg_rank(copy)
    n_good = int(good_mask(copy).sum()) // params.decim
    wanted = params.n_components
    n_components = min(wanted, rank) if isinstance(wanted, int) else wanted
    least = (n_components if isinstance(n_components, int) else rank) ** 2
    if rank < 2 or n_good <= least:
        raise ValueError(
            f"{n_good} good samples of rank {rank} are too few for the independent components; "
            f"at least {least} samples are needed. Lower n_components or decim, or leave the step "
            "out"
        )
    seed = draw_seed(rng)
    solution = mne.preprocessing.ICA(
        n_components=n_components,
        method=params.method,
        fit_params={} if params.method == "fastica" else _extended(params.method),
        max_iter=params.max_iter,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Told by `n_iter` instead, which the findings warn of.
        warnings.filterwarnings("ignore", message=".*did not converge.*")
        solution.fit(copy, picks=meg_picks(copy.info), decim=params.decim)
    reasons: Reasons = {}
    judged = _judge(copy, solution, params, reasons)
    excluded = sorted(reasons)
    return {
        "seed": seed,
        "band": band,
        "rank": rank,
        "n_components": int(solution.n_components_),
        "n_iter": int(solution.n_iter_),
        "judged": judged,
        "excluded": {f"ICA{i:03d}": reasons[i] for i in excluded},
        "mixing": {
            "channels": solution.ch_names,
            "maps": rounded(solution.get_components().T[excluded]),
        },
        "variance_removed": _remove(raw, solution, excluded),
    }


def meg_rank(raw: mne.io.BaseRaw) -> int:
    """Number of dimensions in which the good MEG channels vary outside of bad segments."""
    data = raw.get_data(picks=meg_picks(raw.info), reject_by_annotation="omit")
    data -= data.mean(axis=1, keepdims=True)
    spread = data.std(axis=1, keepdims=True)
    data /= np.where(spread > 0, spread, 1)
    values = np.linalg.eigvalsh(data @ data.T)
    return int((values > FULL_RANK * values[-1]).sum())


def _copy(raw: mne.io.BaseRaw, params: "MEGICA") -> tuple[mne.io.BaseRaw, list[float]]:
    """Filtered copy of the channels that matter, and its band, Hz."""
    if len(meg_picks(raw.info)) < 3:
        raise ValueError(f"ICA needs at least 3 good MEG channels, got {len(meg_picks(raw.info))}")
    others = mne.pick_types(raw.info, meg=False, eog=True, ecg=True)
    copy = raw.copy().pick(sorted([*meg_picks(raw.info), *others]))
    low = params.l_freq if raw.info["highpass"] < params.l_freq else None
    top = min(raw.info["lowpass"], raw.info["sfreq"] / 2)
    high = params.h_freq if params.h_freq is not None and params.h_freq < top else None
    if low is not None or high is not None:
        copy.filter(low, high, picks="all")
    return copy, [float(copy.info["highpass"]), float(copy.info["lowpass"])]


def _extended(method: str) -> dict[str, Any]:
    return {"extended": True, "ortho": False} if method == "picard" else {"extended": True}


def _judge(
    copy: mne.io.BaseRaw, solution: mne.preprocessing.ICA, params: "MEGICA", reasons: Reasons
) -> dict[str, str]:
    """Components like eyes, heart or muscles; by kind, what was judged by, or why it was not."""
    told: dict[str, str] = {}
    picked: dict[str, list[int]] = {}
    kinds = set(copy.get_channel_types())
    if "eog" in params.correlate:
        told["eog"] = "EOG channels" if "eog" in kinds else ""
        if "eog" in kinds:
            picked["eog"], _ = solution.find_bads_eog(
                copy, measure="correlation", threshold=params.eog_correlation
            )
    if "ecg" in params.correlate:
        picked["ecg"], told["ecg"] = _heart(copy, solution, params, kinds)
    if "muscle" in params.correlate:
        told["muscle"] = "spectrum and map"
        picked["muscle"], _ = solution.find_bads_muscle(copy, threshold=params.muscle_score)
    for kind, components in picked.items():
        for i in components:
            reasons.setdefault(int(i), []).append(kind)
    return told


def _heart(
    copy: mne.io.BaseRaw, solution: mne.preprocessing.ICA, params: "MEGICA", kinds: set[str]
) -> tuple[list[int], str]:
    if "ecg" not in kinds and "mag" not in kinds:
        return [], ""
    beats, _, _ = mne.preprocessing.find_ecg_events(copy, reject_by_annotation=True)
    if len(beats) < FEWEST_BEATS:
        return [], ""
    picked, _ = solution.find_bads_ecg(
        copy, method="ctps", threshold="auto" if params.ecg_score is None else params.ecg_score
    )
    return picked, "ECG channel" if "ecg" in kinds else "heart beat seen by magnetometers"


def _remove(
    raw: mne.io.BaseRaw, solution: mne.preprocessing.ICA, excluded: list[int]
) -> dict[str, float]:
    """Take components out of the recording; share of variance that went, by type of channel."""
    before = {kind: _power(raw.get_data(picks=picks)) for kind, picks in by_kind(raw.info)}
    was = {kind: raw.get_data(picks=picks) for kind, picks in by_kind(raw.info)}
    solution.apply(raw, exclude=excluded)
    return {
        kind: float(f"{_power(was[kind] - raw.get_data(picks=picks)) / before[kind]:.4g}")
        for kind, picks in by_kind(raw.info)
    }


def _power(data: Floats) -> float:
    return float(data.var(axis=1).sum())
