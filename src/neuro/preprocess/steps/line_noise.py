"""Power-line noise: notch filters, or ZapLine (de Cheveigné, 2020) as meegkit implements it."""

import contextlib
import io
from typing import TYPE_CHECKING

import mne
import numpy as np

from neuro.preprocess.steps.common import Found, eeg_names

if TYPE_CHECKING:
    from neuro.config.steps import LineNoise

MARGIN = 0.95
"""Harmonics closer to the Nyquist frequency leave no room for a filter's edge."""


def line_noise(raw: mne.io.BaseRaw, params: "LineNoise", rng: np.random.Generator) -> Found:
    """Remove power-line noise.

    Notch filters do not run across discontinuities. ZapLine looks at the good EEG channels of the
    whole recording at once: what it does at a discontinuity reaches one period of the line.

    Raises
    ------
    ValueError
        If the line frequency is not known, or not below the Nyquist frequency.
    """
    sfreq = float(raw.info["sfreq"])
    freq = line_frequency(params, raw.info["line_freq"], sfreq)
    count = int(MARGIN * sfreq / 2 // freq)
    harmonics = [freq * k for k in range(1, count + 1)]
    if params.method == "notch":
        raw.notch_filter(harmonics)
        return {"freq": freq, "harmonics": harmonics}
    before, after = _zapline(raw, freq, params.n_remove)
    return {"freq": freq, "harmonics": harmonics, "variance_removed": round(1 - after / before, 6)}


def line_frequency(params: "LineNoise", stored: float | None, sfreq: float) -> float:
    """Line frequency, Hz: the one asked for, or that of the recording's sidecar.

    Raises
    ------
    ValueError
        If there is none, or no filter fits below the Nyquist frequency.
    """
    freq = params.freq or stored
    if not freq:
        raise ValueError(
            "the line frequency is not known; give `freq`, or PowerLineFrequency in eeg.json"
        )
    if freq > MARGIN * sfreq / 2:
        raise ValueError(
            f"the line frequency ({freq:g} Hz) must be below {MARGIN:g} times the Nyquist "
            f"frequency ({sfreq / 2:g} Hz); there is nothing to remove, leave the step out"
        )
    return float(freq)


def _zapline(raw: mne.io.BaseRaw, freq: float, n_remove: int) -> tuple[float, float]:
    """Clean in place; variance before and after."""
    from meegkit.dss import dss_line

    names = eeg_names(raw)
    if len(names) <= n_remove:
        raise ValueError(
            f"zapline cannot remove {n_remove} component(s) of {len(names)} good EEG channel(s); "
            "use method: notch"
        )
    picks = [raw.ch_names.index(name) for name in names]
    data = raw.get_data(picks=picks).T
    mean = data.mean(axis=0)
    before = float((data - mean).var())
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it removed
        clean, _ = dss_line(data, freq, raw.info["sfreq"], nremove=n_remove)
    raw[picks] = clean.reshape(len(data), -1).T + mean[:, np.newaxis]
    return before, float(clean.var())
