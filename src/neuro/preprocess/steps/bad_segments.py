"""Bad segments: amplitude, muscles (Muthukumaraswamy, 2013), outlying variance (Rosner, 1983)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.steps.common import Found, eeg_names
from neuro.preprocess.steps.gesd import gesd
from neuro.preprocess.windows import good_stretches

if TYPE_CHECKING:
    from neuro.config.steps import BadSegments

Spans = list[tuple[float, float]]

LEAST_WINDOWS = 25
"""Rosner's approximation of the critical values holds from here on."""


def bad_segments(raw: mne.io.BaseRaw, params: "BadSegments", rng: np.random.Generator) -> Found:
    """Annotate bad segments, judged on the good EEG channels.

    Returns
    -------
    found : dict
        By kind, seconds annotated and number of segments, and the share of the recording that is
        good in the end.

    Raises
    ------
    ValueError
        If every EEG channel is bad, too few windows are left for the test, or nothing good is left.
    """
    if not eeg_names(raw):
        raise ValueError("every EEG channel is marked as bad")
    spans: dict[str, Spans] = {}
    if params.amplitude is not None or params.gesd_alpha is not None:
        spans |= _by_window(raw, params)
    if params.muscle_z is not None:
        spans["BAD_muscle"] = _muscle(raw, params)
    for kind, parts in spans.items():
        onsets = [raw.first_time + start for start, _ in parts]
        raw.annotations.append(onsets, [stop - start for start, stop in parts], kind)
    good = sum(part.stop - part.start for part in good_stretches(raw))
    if not good:
        raise ValueError(
            "nothing of the recording is left as good. Raise amplitude or muscle_z, or leave the "
            "recording out with `recordings.exclude`"
        )
    seconds = {
        kind: round(sum(stop - start for start, stop in parts), 3) for kind, parts in spans.items()
    }
    counts = {kind: len(parts) for kind, parts in spans.items()}
    return {
        "seconds": seconds,
        "segments": counts,
        "good_share": round(float(good / raw.n_times), 4),
    }


def _by_window(raw: mne.io.BaseRaw, params: "BadSegments") -> dict[str, Spans]:
    length = round(params.length * raw.info["sfreq"])
    starts = [
        start
        for part in good_stretches(raw)
        for start in range(part.start, part.stop - length + 1, length)
    ]
    picks = mne.pick_types(raw.info, eeg=True)
    data = raw.get_data(picks=picks)
    spans: dict[str, Spans] = {}
    left = np.ones(len(starts), dtype=bool)
    if params.amplitude is not None:
        extent = np.array([np.ptp(data[:, s : s + length], axis=1) for s in starts]) * 1e6
        large = (extent.reshape(-1, len(picks)) > params.amplitude).mean(axis=1)
        left = large <= params.amplitude_share
        spans["BAD_amplitude"] = merged(starts, ~left, length, raw.info["sfreq"])
    if params.gesd_alpha is not None:
        kept = [start for start, fine in zip(starts, left, strict=True) if fine]
        if len(kept) < LEAST_WINDOWS:
            raise ValueError(
                f"gesd needs at least {LEAST_WINDOWS} good windows of {params.length:g} s, got "
                f"{len(kept)}. Lower length, or set gesd_alpha: null"
            )
        variance = [data[:, s : s + length].var(axis=1).mean() for s in kept]
        # The logarithm is near normal, which the test assumes.
        high = gesd(np.log(variance), params.gesd_alpha, int(params.gesd_max_share * len(kept)))
        spans["BAD_gesd"] = merged(kept, high, length, raw.info["sfreq"])
    return spans


def merged(
    starts: Sequence[int], bad: NDArray[np.bool_], length: int, sfreq: float
) -> list[tuple[float, float]]:
    """Bad windows in seconds; adjacent ones become one."""
    chosen = [start for start, is_bad in zip(starts, bad, strict=True) if is_bad]
    if not chosen:
        return []
    firsts = [chosen[0], *(b for a, b in pairwise(chosen) if b > a + length)]
    lasts = [*(a for a, b in pairwise(chosen) if b > a + length), chosen[-1]]
    return [(a / sfreq, (b + length) / sfreq) for a, b in zip(firsts, lasts, strict=True)]


def _muscle(raw: mne.io.BaseRaw, params: "BadSegments") -> Spans:
    annotations, _ = mne.preprocessing.annotate_muscle_zscore(
        raw, threshold=params.muscle_z, ch_type="eeg", filter_freq=params.muscle_band
    )
    first = raw.first_time
    return [(a["onset"] - first, a["onset"] - first + a["duration"]) for a in annotations]
