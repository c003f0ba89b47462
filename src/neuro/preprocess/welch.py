"""The spectrum of a recording's good part, as its figures show it."""

import mne
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from neuro.preprocess.steps.common import Floats
from neuro.preprocess.windows import cut, good_stretches

WINDOW = 2.0
"""Length of Welch's windows, s."""


def welch(raw: mne.io.BaseRaw, picks: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """Power spectral density outside of bad segments (Welch, Hann windows).

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The loaded recording.
    picks : ndarray of int
        Its channels.

    Returns
    -------
    freqs : ndarray, shape (n_freqs,)
        Hz.
    density : ndarray, shape (n_channels, n_freqs)
        V²/Hz, from windows of 2 s with half overlap; shorter ones where no good stretch is as
        long.

    Raises
    ------
    ValueError
        If the whole recording is annotated as bad.
    """
    sfreq, stretches = float(raw.info["sfreq"]), good_stretches(raw)
    longest = max((part.stop - part.start for part in stretches), default=0)
    length = min(round(WINDOW * sfreq), longest)
    if length < 2:
        raise ValueError("the whole recording is annotated as bad; there is no spectrum to show")
    # A window over a cut would show the jump there instead of the recording.
    windows = cut(raw.get_data(picks=picks), stretches, length, max(1, length // 2))
    density = np.zeros((len(picks), length // 2 + 1))
    for window in windows:
        freqs, part = scipy.signal.periodogram(window, sfreq, window="hann", detrend="constant")
        density += part / len(windows)
    return freqs, density
