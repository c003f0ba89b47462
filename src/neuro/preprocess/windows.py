"""Windows of a continuous recording that no bad segment and no discontinuity touches."""

from collections.abc import Sequence
from itertools import pairwise

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.names import listed

Floats = NDArray[np.float64]


def good_stretches(raw: mne.io.BaseRaw) -> list[slice]:
    """Stretches of samples between bad segments and discontinuities.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        Annotations that begin with `bad` or `edge`, in any case, end a stretch; the samples of
        those that begin with `bad` belong to none.

    Returns
    -------
    stretches : list of slice
        In order of time; together they are all good samples.
    """
    bad = np.zeros(raw.n_times + 1, dtype=bool)
    bad[-1] = True
    cuts = {0}
    for annotation in raw.annotations:
        kind = str(annotation["description"]).lower()
        if not kind.startswith(("bad", "edge")):
            continue
        onset = annotation["onset"] - raw.first_time
        start, stop = (
            int(np.clip(round(second * raw.info["sfreq"]), 0, raw.n_times))
            for second in (onset, onset + annotation["duration"])
        )
        cuts |= {start, stop}
        if kind.startswith("bad"):
            bad[start:stop] = True
    changes = np.flatnonzero(np.diff(bad)) + 1
    edges = sorted(cuts | {int(change) for change in changes})
    return [
        slice(start, stop) for start, stop in pairwise(edges) if not bad[start] and stop > start
    ]


def cut(data: Floats, stretches: Sequence[slice], length: int, step: int) -> Floats:
    """Windows of one length, laid from the beginning of each stretch.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        The recording.
    stretches : sequence of slice
        Where windows may lie.
    length, step : int
        Samples of a window, and from one window's beginning to the next one's.

    Returns
    -------
    windows : ndarray, shape (n_windows, n_channels, length)
        In order of time; none where no stretch is long enough.
    """
    starts = [s for part in stretches for s in range(part.start, part.stop - length + 1, step)]
    windows = np.empty((len(starts), len(data), length), dtype=data.dtype)
    for window, start in zip(windows, starts, strict=True):
        window[:] = data[:, start : start + length]
    return windows


def filtered(
    data: Floats, stretches: Sequence[slice], sfreq: float, band: tuple[float, float]
) -> list[Floats]:
    """Band-pass each stretch alone (zero-phase FIR), without the ends that padding reaches.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        The recording.
    stretches : sequence of slice
        Its good parts.
    sfreq : float
        Sampling rate, Hz.
    band : tuple of float
        Pass-band, Hz.

    Returns
    -------
    parts : list of ndarray, shapes (n_channels, n_samples)
        Of the stretches that are longer than the filter, the samples that it reaches whole.
    """
    taps = len(mne.filter.create_filter(None, sfreq, *band, verbose="ERROR"))
    half = taps // 2
    return [
        mne.filter.filter_data(data[:, part], sfreq, *band, verbose="ERROR")[:, half:-half]
        for part in stretches
        if part.stop - part.start > taps
    ]


def enough(n: int, least: int, seconds: float, raw: mne.io.BaseRaw, what: str, key: str) -> None:
    """Raise if too few windows fit.

    Raises
    ------
    ValueError
        If `n` is below `least`; tells how much of the recording is good.
    """
    if n >= least:
        return
    lengths = [(part.stop - part.start) / raw.info["sfreq"] for part in good_stretches(raw)]
    total = raw.n_times / raw.info["sfreq"]
    raise ValueError(
        f"{what} need at least {least} windows of {seconds:g} s, got {n}: of {total:.1f} s, "
        f"{sum(lengths):.1f} s are good, the longest stretch without a break "
        f"{max(lengths, default=0):.1f} s. Lower {key}, annotate less as bad, or leave the "
        "recording out with `recordings.exclude`"
    )


def check_data(data: Floats, names: Sequence[str], stretches: Sequence[slice]) -> None:
    """Raise if there is nothing to look at or a channel has no spectrum.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        The recording, V.
    names : sequence of str
        The channels.
    stretches : sequence of slice
        Its good parts.

    Raises
    ------
    ValueError
        If there is no good sample, or a channel is constant or not finite.
    """
    if not stretches:
        raise ValueError("the whole recording is annotated as bad; nothing is left for spectra")
    low = np.min([data[:, part].min(axis=1) for part in stretches], axis=0)
    high = np.max([data[:, part].max(axis=1) for part in stretches], axis=0)
    finite = np.isfinite(low) & np.isfinite(high)
    for wrong, what in ((~finite, "not finite"), (low == high, "constant")):
        if wrong.any():
            which = listed(name for name, is_wrong in zip(names, wrong, strict=True) if is_wrong)
            raise ValueError(
                f"channel(s) {which}: samples are {what}, so there is no spectrum. Add "
                "`bad_channels` and `interpolate` to the chain, or mark them in channels.tsv"
            )


def check_rate(sfreq: float, fmax: float, key: str) -> None:
    """Raise if a frequency lies above what the sampling rate can hold.

    Raises
    ------
    ValueError
        If `fmax` is not below the Nyquist frequency.
    """
    if fmax >= sfreq / 2:
        raise ValueError(
            f"{key} ({fmax:g} Hz) must be below the Nyquist frequency "
            f"({sfreq / 2:g} Hz at a sampling rate of {sfreq:g} Hz)"
        )
