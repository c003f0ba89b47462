"""What several steps share."""

from collections.abc import Iterable
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

Found = dict[str, Any]
Floats = NDArray[np.float64]


def eeg_names(raw: mne.io.BaseRaw, exclude: str | list[str] = "bads") -> list[str]:
    """Names of the EEG channels."""
    picks = mne.pick_types(raw.info, eeg=True, exclude=exclude)
    return [raw.ch_names[i] for i in picks]


def good_part(raw: mne.io.BaseRaw, kinds: Iterable[str] = ("eeg",)) -> mne.io.BaseRaw:
    """Good channels outside of segments annotated as bad, as one recording.

    Raises
    ------
    ValueError
        If every EEG channel, or the whole recording, is bad.
    """
    if not eeg_names(raw):
        raise ValueError("every EEG channel is marked as bad")
    picks = mne.pick_types(raw.info, **dict.fromkeys(kinds, True))
    data = raw.get_data(picks=picks, reject_by_annotation="omit")
    if data.shape[1] < 2:
        raise ValueError("the whole recording is annotated as bad")
    return mne.io.RawArray(data, mne.pick_info(raw.info, picks), verbose="ERROR")


def draw_seed(rng: np.random.Generator) -> int:
    """A seed for libraries that want one."""
    return int(rng.integers(2**31 - 1))


def rounded(values: Floats, digits: int = 4) -> Any:
    """Nested lists of numbers with few significant digits, ready for JSON."""
    if values.ndim:
        return [rounded(row, digits) for row in values]
    return float(f"{values:.{digits}g}")
