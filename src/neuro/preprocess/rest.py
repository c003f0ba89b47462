"""A recording at rest: how much of it is good, and why the rest is not."""

from pathlib import Path

import mne
import numpy as np

from neuro.preprocess.steps.common import Found
from neuro.preprocess.windows import good_stretches

LEAST_GOOD = 1.0
"""With less, there is nothing to describe, s."""


def rest_found(raw: mne.io.BaseRaw, where: str | Path) -> Found:
    """Measure the good part of a cleaned recording.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The cleaned recording; what is annotated as `bad...` is not good.
    where : str | Path
        The recording, for messages.

    Returns
    -------
    found : dict
        `duration_s`, `good_s`, and `left_out_s`: seconds by annotation, most first. A segment
        that carries several annotations counts for each.

    Raises
    ------
    ValueError
        If no good second is left.
    """
    sfreq = float(raw.info["sfreq"])
    good = sum(part.stop - part.start for part in good_stretches(raw)) / sfreq
    found: Found = {
        "duration_s": round(float(raw.n_times / sfreq), 3),
        "good_s": round(good, 3),
        "left_out_s": _left_out(raw),
    }
    if good < LEAST_GOOD:
        reasons = ", ".join(f"{reason} {s:g} s" for reason, s in found["left_out_s"].items())
        raise ValueError(
            f"{where}: {good:g} of {found['duration_s']:g} s are good. Left out for: {reasons}. "
            "Annotate less as bad, or leave the recording out with `recordings.exclude`"
        )
    return found


def _left_out(raw: mne.io.BaseRaw) -> dict[str, float]:
    sfreq, seconds = float(raw.info["sfreq"]), {}
    for reason in sorted(set(map(str, raw.annotations.description))):
        if not reason.lower().startswith("bad"):
            continue
        bad = np.zeros(raw.n_times, dtype=bool)
        chosen = raw.annotations[raw.annotations.description == reason]
        for onset, duration in zip(chosen.onset, chosen.duration, strict=True):
            start = max(0, round((onset - raw.first_time) * sfreq))
            bad[start : max(0, round((onset - raw.first_time + duration) * sfreq))] = True
        if bad.any():
            seconds[reason] = round(float(bad.sum() / sfreq), 3)
    return dict(sorted(seconds.items(), key=lambda item: (-item[1], item[0])))
