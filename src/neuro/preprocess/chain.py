"""The cleaning chain: small steps over a recording, by name.

A step changes the recording in place, as MNE's methods do, and returns what it found. A new step
is a model in `neuro.config.eeg.Step`, a function here and a check in `neuro.preprocess.foresee`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import mne
import numpy as np

from neuro.preprocess.names import listed

if TYPE_CHECKING:
    from neuro.config.eeg import (
        BadChannels,
        Filter,
        Interpolate,
        Montage,
        Reference,
        Resample,
        Step,
    )

Found = dict[str, Any]
History = list[dict[str, Any]]


def montage(raw: mne.io.BaseRaw, params: "Montage", rng: np.random.Generator) -> Found:
    """Give the EEG electrodes the positions of a built-in montage, whatever the names' case."""
    raw.set_montage(params.name, match_case=False, on_missing="raise")
    return {}


def filter_(raw: mne.io.BaseRaw, params: "Filter", rng: np.random.Generator) -> Found:
    """Zero-phase FIR filter within each stretch between discontinuities."""
    raw.filter(params.l_freq, params.h_freq)
    length = filter_seconds(raw.info["sfreq"], params)
    # A stretch shorter than the filter is filtered with padding alone.
    short = [round(s, 3) for s in stretches(raw) if s < length]
    return {"length_s": round(length, 3), "shorter_stretches_s": short}


def resample(raw: mne.io.BaseRaw, params: "Resample", rng: np.random.Generator) -> Found:
    """Polyphase resampling: unlike Fourier's, it stays local at discontinuities."""
    before = float(raw.info["sfreq"])
    if before != params.sfreq:
        raw.resample(params.sfreq, method="polyphase")
    return {"sfreq_before": before}


def bad_channels(raw: mne.io.BaseRaw, params: "BadChannels", rng: np.random.Generator) -> Found:
    """Add flat channels and outliers to `info["bads"]`, judged outside of bad segments.

    Raises
    ------
    ValueError
        If more than `max_share` of the EEG channels are bad, or no good segment is left.
    """
    before = [name for name in raw.info["bads"] if name in _eeg(raw, exclude=[])]
    clean = _without_bad_segments(raw)
    spread = clean.get_data().std(axis=1) * 1e6
    flat = [name for name, sd in zip(clean.ch_names, spread, strict=True) if sd < params.flat]
    # With all others as neighbors, one outlier would be everyone's neighbor and none stand out.
    n_neighbors = min(params.n_neighbors, (len(clean.ch_names) - len(flat)) // 2)
    outliers: dict[str, float] = {}
    if n_neighbors >= 2:
        clean.drop_channels(flat)
        names, scores = mne.preprocessing.find_bad_channels_lof(
            clean, n_neighbors, threshold=params.lof_threshold, return_scores=True
        )
        by_name = dict(zip(clean.ch_names, -scores, strict=True))
        outliers = {name: round(float(by_name[name]), 2) for name in names}
    raw.info["bads"] += [name for name in raw.ch_names if name in {*flat, *outliers}]
    _not_too_many(raw, params.max_share)
    return {"marked": before, "flat": flat, "lof": outliers, "n_neighbors": n_neighbors}


def interpolate(raw: mne.io.BaseRaw, params: "Interpolate", rng: np.random.Generator) -> Found:
    """Replace bad EEG channels by spherical splines (Perrin et al., 1989)."""
    bads = [name for name in raw.info["bads"] if name in _eeg(raw, exclude=[])]
    if bads:
        raw.interpolate_bads(reset_bads=True)
    return {"channels": bads}


def reference(raw: mne.io.BaseRaw, params: "Reference", rng: np.random.Generator) -> Found:
    """Subtract the mean of the reference electrodes; bad ones do not enter an average.

    Raises
    ------
    ValueError
        If a named reference electrode is bad.
    """
    if params.channels != "average" and (bad := sorted({*params.channels} & {*raw.info["bads"]})):
        raise ValueError(
            f"reference channel(s) {listed(bad)} are bad in this recording. Interpolate before, "
            "take another reference, or leave the recording out with `recordings.exclude`"
        )
    raw.set_eeg_reference(params.channels, projection=False)
    n = len(_eeg(raw)) if params.channels == "average" else len(params.channels)
    return {"n_channels": n}


STEPS: dict[str, Callable[[mne.io.BaseRaw, Any, np.random.Generator], Found]] = {
    "montage": montage,
    "filter": filter_,
    "resample": resample,
    "bad_channels": bad_channels,
    "interpolate": interpolate,
    "reference": reference,
}


def apply_chain(raw: mne.io.BaseRaw, chain: "Sequence[Step]", rng: np.random.Generator) -> History:
    """Carry out the steps, in place.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    chain : sequence of Step
        Steps in order.
    rng : numpy.random.Generator
        Random numbers, for steps that draw them.

    Returns
    -------
    history : list of dict
        `method`, `params` and `found` of each step; ready for JSON.

    Raises
    ------
    ValueError
        If a step fails; the message begins with the step's key.
    """
    history: History = []
    for i, step in enumerate(chain):
        try:
            found = STEPS[step.method](raw, step.params, rng)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"preprocess.chain[{i}].{step.method}: {error}") from error
        entry = {"method": step.method, "params": step.params.model_dump(mode="json")}
        history.append({**entry, "found": found})
    return history


def filter_seconds(sfreq: float, params: "Filter") -> float:
    """Length of the filter's impulse response, s."""
    taps = mne.filter.create_filter(None, sfreq, params.l_freq, params.h_freq, verbose="ERROR")
    return len(taps) / sfreq


def stretches(raw: mne.io.BaseRaw) -> list[float]:
    """Durations between discontinuities, s."""
    edges = [
        annotation["onset"]
        for annotation in raw.annotations
        if annotation["description"] == "EDGE boundary"
    ]
    ends = [0.0, *sorted(edges), raw.n_times / raw.info["sfreq"]]
    return [float(d) for d in np.diff(ends) if d > 0]


def _without_bad_segments(raw: mne.io.BaseRaw) -> mne.io.BaseRaw:
    """Good EEG channels outside of segments annotated as bad, as one recording."""
    picks = mne.pick_types(raw.info, eeg=True)
    if not len(picks):
        raise ValueError("every EEG channel is marked as bad")
    data = raw.get_data(picks=picks, reject_by_annotation="omit")
    if data.shape[1] < 2:
        raise ValueError("the whole recording is annotated as bad")
    return mne.io.RawArray(data, mne.pick_info(raw.info, picks), verbose="ERROR")


def _eeg(raw: mne.io.BaseRaw, exclude: str | list[str] = "bads") -> list[str]:
    picks = mne.pick_types(raw.info, eeg=True, exclude=exclude)
    return [raw.ch_names[i] for i in picks]


def _not_too_many(raw: mne.io.BaseRaw, max_share: float) -> None:
    names = _eeg(raw, exclude=[])
    bads = [name for name in names if name in raw.info["bads"]]
    if len(bads) > max_share * len(names):
        raise ValueError(
            f"{len(bads)} of {len(names)} EEG channels are bad, more than max_share "
            f"({max_share:g}): {listed(bads)}. Look at the recording; leave it out with "
            "`recordings.exclude`, or raise lof_threshold or max_share"
        )
