"""Microstates: few scalp maps, one of which dominates at any time; through pycrostates.

Modified k-means on the maps at peaks of the global field power (Pascual-Marqui, Michel & Lehmann,
1995, IEEE Transactions on Biomedical Engineering 42:658-665; Férat et al., 2022, Journal of Open
Source Software 7:4564). Polarity does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.windows import filtered

if TYPE_CHECKING:
    from pycrostates.cluster import ModKMeans

    from neuro.config.spectra import Microstates

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]

MIN_PEAKS_PER_STATE = 50
"""Fewer peaks of the global field power make no stable maps."""


@dataclass(frozen=True)
class States:
    """Maps and what their sequence is like; states are in order of explained variance.

    Parameters
    ----------
    maps : ndarray, shape (n_states, n_channels)
        Unit norm, average reference; the largest absolute value is positive.
    gev : ndarray, shape (n_states,)
        Share of the variance of all samples that the map explains where it dominates.
    coverage : ndarray, shape (n_states,)
        Share of the samples.
    duration : ndarray, shape (n_states,)
        Mean time from entering to leaving, s; NaN if there is no complete visit.
    occurrence : ndarray, shape (n_states,)
        Complete visits per second.
    transition : ndarray, shape (n_states, n_states)
        Probability of the next state (column) on leaving one (row).
    expected : ndarray, shape (n_states, n_states)
        The same if the next state were drawn by coverage alone.
    n_peaks : int
        Peaks of the global field power that were clustered.
    seconds : float
        Duration labelled, s.
    """

    maps: Floats
    gev: Floats
    coverage: Floats
    duration: Floats
    occurrence: Floats
    transition: Floats
    expected: Floats
    n_peaks: int
    seconds: float


def microstates(
    data: Floats,
    stretches: Sequence[slice],
    info: mne.Info,
    params: "Microstates",
    rng: np.random.Generator,
) -> States:
    """Find the maps, label every good sample, describe the sequence.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        EEG, V; it is re-referenced to the average of these channels.
    stretches : sequence of slice
        Its good parts.
    info : mne.Info
        The channels, in that order.
    params : Microstates
        Number of maps, band, smoothing.
    rng : numpy.random.Generator
        Random numbers, for the starts of k-means.

    Returns
    -------
    states : States
        Maps, explained variance, durations, transitions.

    Raises
    ------
    ValueError
        If there are too few channels or peaks, or k-means does not converge.
    """
    if len(data) <= params.n_states:
        raise ValueError(
            f"preprocess.spectra.microstates.n_states ({params.n_states}) must be below the "
            f"number of good channels ({len(data)})"
        )
    parts = [
        mne.io.RawArray(part - part.mean(axis=0), info.copy(), verbose="ERROR")
        for part in filtered(data, stretches, info["sfreq"], params.band)
    ]
    model, n_peaks = _cluster(parts, params, rng)
    half = max(1, round(params.half_window * info["sfreq"]))
    labels = [
        model.predict(
            part,
            factor=params.smoothing,
            half_window_size=half,
            reject_edges=False,
            verbose="ERROR",
        ).labels
        for part in parts
        if part.n_times > 2 * half
    ]
    kept = [part.get_data() for part in parts if part.n_times > 2 * half]
    return describe(model.cluster_centers_, kept, labels, info["sfreq"], n_peaks)


def describe(
    maps: Floats,
    parts: Sequence[Floats],
    labels: Sequence[Labels],
    sfreq: float,
    n_peaks: int,
) -> States:
    """Put states in order of explained variance and describe their sequence.

    Parameters
    ----------
    maps : ndarray, shape (n_states, n_channels)
        Average reference.
    parts : sequence of ndarray, shapes (n_channels, n_samples)
        Stretches, average reference.
    labels : sequence of ndarray, shapes (n_samples,)
        State of each sample.
    sfreq : float
        Sampling rate, Hz.
    n_peaks : int
        For the record.

    Returns
    -------
    states : States
        Visits that a stretch's beginning or end cuts count for coverage, not for durations.
    """
    n = len(maps)
    unit = maps / np.linalg.norm(maps, axis=1, keepdims=True)
    together, sample = np.concatenate(labels), np.concatenate(parts, axis=1)
    explained = (unit[together] * sample.T).sum(axis=1) ** 2
    gev = np.bincount(together, explained, minlength=n) / (sample**2).sum()
    order = np.argsort(-gev, kind="stable")
    visits = [_visits(np.argsort(order)[part]) for part in labels]
    coverage = np.bincount(together, minlength=n)[order] / len(together)
    inner = np.concatenate([part[1:-1] for part in visits])
    counts = np.bincount(inner[:, 0], minlength=n)
    samples = np.bincount(inner[:, 0], inner[:, 1], minlength=n)
    signs = np.sign(np.take_along_axis(unit, np.abs(unit).argmax(axis=1)[:, None], axis=1))
    others = np.tile(coverage, (n, 1)) * (1 - np.eye(n))
    return States(
        maps=(unit * signs)[order],
        gev=gev[order],
        coverage=coverage,
        duration=np.divide(samples, counts * sfreq, out=np.full(n, np.nan), where=counts > 0),
        occurrence=counts * sfreq / len(together),
        transition=_rows(_transitions(visits, n)),
        expected=_rows(others),
        n_peaks=n_peaks,
        seconds=len(together) / sfreq,
    )


def _cluster(
    parts: Sequence[mne.io.BaseRaw], params: "Microstates", rng: np.random.Generator
) -> "tuple[ModKMeans, int]":
    from pycrostates.cluster import ModKMeans
    from pycrostates.io import ChData
    from pycrostates.preprocessing import extract_gfp_peaks

    peaks = [extract_gfp_peaks(part, picks="all", verbose="ERROR") for part in parts]
    n_peaks = sum(one.get_data().shape[1] for one in peaks)
    least = MIN_PEAKS_PER_STATE * params.n_states
    if n_peaks < least:
        raise ValueError(
            f"preprocess.spectra.microstates: {params.n_states} maps need at least {least} peaks "
            f"of the global field power, got {n_peaks}. Ask for fewer maps, annotate less as bad, "
            "or leave the recording out with `recordings.exclude`"
        )
    maps = ChData(np.concatenate([one.get_data() for one in peaks], axis=1), parts[0].info)
    model = ModKMeans(params.n_states, params.n_init, random_state=int(rng.integers(2**31)))
    model.fit(maps, picks="all", n_jobs=1, verbose="CRITICAL")
    if not model.fitted:
        raise ValueError(
            f"preprocess.spectra.microstates: none of {params.n_init} runs of k-means converged; "
            "raise n_init or ask for fewer maps"
        )
    return model, n_peaks


def _visits(labels: Labels) -> Labels:
    """State and number of samples of each visit, shape (n_visits, 2)."""
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    return np.column_stack([labels[starts], np.diff(np.r_[starts, len(labels)])])


def _transitions(visits: Sequence[Labels], n: int) -> Floats:
    counts = np.zeros((n, n))
    for part in visits:
        for before, after in pairwise(part[:, 0]):
            counts[before, after] += 1
    return counts


def _rows(counts: Floats) -> Floats:
    """Rows that sum to one; a row without counts stays zero."""
    totals = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    return shares
