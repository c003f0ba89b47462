"""Positions, filter, sampling rate, interpolation."""

from typing import TYPE_CHECKING

import mne
import numpy as np

from neuro.preprocess.steps.common import Found, eeg_names

if TYPE_CHECKING:
    from neuro.config.steps import Filter, Interpolate, Montage, Resample


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


def interpolate(raw: mne.io.BaseRaw, params: "Interpolate", rng: np.random.Generator) -> Found:
    """Replace bad EEG channels by spherical splines (Perrin et al., 1989)."""
    bads = [name for name in raw.info["bads"] if name in eeg_names(raw, exclude=[])]
    if bads:
        raw.interpolate_bads(reset_bads=True)
    return {"channels": bads}


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
