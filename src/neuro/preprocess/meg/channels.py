"""What MEG channels there are, and their samples outside of bad segments."""

from collections.abc import Iterator

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.windows import good_stretches

Floats = NDArray[np.float64]
KINDS = ("mag", "grad")
NAMES = {"mag": "magnetometers", "grad": "gradiometers"}
UNITS = {"mag": ("fT", 1e15), "grad": ("fT/cm", 1e13)}
"""Unit in which people think, and factor to it from SI."""


def meg_picks(info: mne.Info, kind: str | bool = True, *, bads: bool = False) -> NDArray[np.int_]:
    """Indices of the MEG channels, without reference sensors.

    Parameters
    ----------
    info : mne.Info
        The channels.
    kind : {'mag', 'grad'} | True
        Which; True for all.
    bads : bool
        Whether bad ones too.
    """
    picks: NDArray[np.int_] = mne.pick_types(
        info, meg=kind, ref_meg=False, exclude=[] if bads else "bads"
    )
    return picks


def by_kind(info: mne.Info, *, bads: bool = False) -> Iterator[tuple[str, NDArray[np.int_]]]:
    """Types of MEG channels that there are, with their indices."""
    for kind in KINDS:
        picks = meg_picks(info, kind, bads=bads)
        if len(picks):
            yield kind, picks


def good_mask(raw: mne.io.BaseRaw) -> NDArray[np.bool_]:
    """Which samples no bad segment covers, shape (n_times,)."""
    good = np.zeros(raw.n_times, dtype=bool)
    for part in good_stretches(raw):
        good[part] = True
    return good


def windows_within(raw: mne.io.BaseRaw, seconds: float) -> list[slice]:
    """Windows side by side that no bad segment and no discontinuity touches."""
    length = max(2, round(seconds * raw.info["sfreq"]))
    return [
        slice(start, start + length)
        for part in good_stretches(raw)
        for start in range(part.start, part.stop - length + 1, length)
    ]
