"""Power-line noise: notch filters, or ZapLine (de Cheveigné, 2020) as meegkit implements it."""

import contextlib
import io
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.steps.common import Found

if TYPE_CHECKING:
    from neuro.config.steps import LineNoise

KINDS: tuple[dict[str, Any], ...] = ({"eeg": True}, {"meg": "mag"}, {"meg": "grad"})
"""Types of channels that ZapLine cleans, each by itself."""
MARGIN = 0.95
"""Harmonics closer to the Nyquist frequency leave no room for a filter's edge."""


def line_noise(raw: mne.io.BaseRaw, params: "LineNoise", rng: np.random.Generator) -> Found:
    """Remove power-line noise.

    Notch filters do not run across discontinuities. ZapLine looks at the good channels of a
    type in the whole recording at once: what it does at a discontinuity reaches one period of the
    line.

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
            "the line frequency is not known; give `freq`, or PowerLineFrequency in the "
            "recording's sidecar (eeg.json, meg.json)"
        )
    if freq > MARGIN * sfreq / 2:
        raise ValueError(
            f"the line frequency ({freq:g} Hz) must be below {MARGIN:g} times the Nyquist "
            f"frequency ({sfreq / 2:g} Hz); there is nothing to remove, leave the step out"
        )
    return float(freq)


def _zapline(raw: mne.io.BaseRaw, freq: float, n_remove: int) -> tuple[float, float]:
    """Clean each type of channel by itself, in place; variance before and after, as shares.

    A type with too few channels is left as it is, as long as there is another.
    """
    by_kind = [mne.pick_types(raw.info, **kind, exclude="bads") for kind in KINDS]
    enough = [picks for picks in by_kind if len(picks) > n_remove]
    if not enough:
        n = max(len(picks) for picks in by_kind)
        raise ValueError(
            f"zapline cannot remove {n_remove} component(s) of {n} good channel(s); use method: "
            "notch"
        )
    # Types have different units; the share that stays has none.
    return 1.0, float(np.mean([_zapline_of(raw, picks, freq, n_remove) for picks in enough]))


def _zapline_of(raw: mne.io.BaseRaw, picks: NDArray[np.int_], freq: float, n_remove: int) -> float:
    """Clean channels of one type in place; share of the variance that stays."""
    from meegkit.dss import dss_line

    data = raw.get_data(picks=picks).T
    mean = data.mean(axis=0)
    # Tesla would drown in the library's absolute tolerances.
    scale = float((data - mean).std()) or 1.0
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it removed
        clean, _ = dss_line((data - mean) / scale, freq, raw.info["sfreq"], nremove=n_remove)
    clean = clean.reshape(len(data), -1)
    raw[picks] = clean.T * scale + mean[:, np.newaxis]
    return float(clean.var())
