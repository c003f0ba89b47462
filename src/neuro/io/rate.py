"""The sampling rate that a header tells."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mne


def rate_of(raw: "mne.io.BaseRaw") -> float:
    """Sampling rate, Hz.

    Raises
    ------
    ValueError
        If the header tells none that there can be.
    """
    sfreq = float(raw.info["sfreq"])
    if not (math.isfinite(sfreq) and sfreq > 0):
        raise ValueError(f"its sampling rate is {sfreq:g} Hz")
    return sfreq
