"""Decoding the two sides of a contrast from single trials, over time.

A classifier of all channels is trained at each time and tested at all times, on blocks of trials
that it has not seen (King & Dehaene, 2014, Trends in Cognitive Sciences 18:203-210).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.contrasts import check_contrast, region
from neuro.preprocess.decoded import Decoded, Score
from neuro.stats import auc
from neuro.stats.generalization import generalize
from neuro.stats.intervals import Band
from neuro.stats.peaks import in_window
from neuro.stats.splits import Split, blocked_splits, contiguous_blocks

if TYPE_CHECKING:
    from neuro.config.decoding import Decoding
    from neuro.config.eeg import Contrast, EEGDecoding, Statistics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
KEY = "preprocess.decoding"


@dataclass(frozen=True)
class Trials:
    """Trials of both sides, in order of time.

    Parameters
    ----------
    data : ndarray, shape (n_trials, n_channels, n_times)
        Good channels, V.
    region : ndarray, shape (n_trials, n_times)
        Mean over the region, with the expected sign.
    times : ndarray, shape (n_times,)
        Relative to the event, s.
    labels : ndarray of bool, shape (n_trials,)
        Whether a trial is of the first side.
    starts, stops : ndarray, shape (n_trials,)
        When the epoch begins and ends in the recording, s.
    """

    data: Floats
    region: Floats
    times: Floats
    labels: Bools
    starts: Floats
    stops: Floats


def evaluate(
    epochs: mne.BaseEpochs, name: str, params: "EEGDecoding", rng: np.random.Generator
) -> Decoded:
    """Decode a contrast.

    Parameters
    ----------
    epochs : mne.BaseEpochs
        Clean epochs.
    name : str
        Name of the contrast.
    params : EEGDecoding
        Contrasts, folds, shrinkage, resampling.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    decoded : Decoded
        Areas, intervals, tests.

    Raises
    ------
    ValueError
        If the epochs lack a condition or channel, or a block lacks trials of a side.
    """
    contrast, how = params.contrasts[name], params.decoding
    trials = select(epochs, name, contrast)
    splits, folds = split(trials, name, how)
    n_averaged = _samples(trials.times, how.bin_width)
    data, times = binned(trials.data, trials.times, n_averaged)
    roi, _ = binned(trials.region, trials.times, n_averaged)
    permuted = auc.permuted_labels(trials.labels, folds, how.n_permutations, rng)
    course = generalize(data, trials.labels, splits, folds, permuted, how.shrinkage)
    band, _ = _band(course.scores, trials.labels, folds, params.statistics, rng)
    within = in_window(trials.times, contrast.window)
    window, baseline, gain = _at_window(trials, within, splits, folds, permuted, params, rng)
    return Decoded(
        name=name,
        times=times,
        width=n_averaged * float(trials.times[1] - trials.times[0]),
        labels=trials.labels,
        folds=folds,
        splits=splits,
        scores=course.scores,
        course=band,
        null=course.null,
        p=auc.p_above(band.mean, course.null),
        roi_course=auc.areas(auc.ranks_within(roi, folds), trials.labels, folds),
        matrix=course.matrix,
        matrix_null=course.matrix_null,
        window=window,
        baseline=baseline,
        gain=gain,
    )


def select(epochs: mne.BaseEpochs, name: str, contrast: "Contrast") -> Trials:
    """Trials of a contrast's two sides.

    Raises
    ------
    ValueError
        If the epochs lack a condition or channel, or a window holds too few samples.
    """
    check_contrast(epochs, name, contrast)
    roi = region(epochs, name, contrast)
    codes = [[epochs.event_id[c] for c in side] for side in (contrast.first, contrast.second)]
    samples, kinds = epochs.events[:, 0], epochs.events[:, 2]
    order = np.argsort(samples, kind="stable")
    order = order[np.isin(kinds[order], np.concatenate(codes))]
    data = epochs.get_data(copy=False)[order]
    sign = -1 if contrast.polarity == "negative" else 1
    onsets = samples[order] / epochs.info["sfreq"]
    return Trials(
        data=data[:, mne.pick_types(epochs.info, eeg=True)],
        region=sign * data[:, [epochs.ch_names.index(channel) for channel in roi]].mean(axis=1),
        times=epochs.times,
        labels=np.isin(kinds[order], codes[0]),
        starts=onsets + epochs.times[0],
        stops=onsets + epochs.times[-1] + 1 / epochs.info["sfreq"],
    )


def split(trials: Trials, name: str, how: "Decoding") -> tuple[list[Split], Ints]:
    """Blocks of trials, and the number of each trial's block.

    Raises
    ------
    ValueError
        If a block lacks trials of a side, or too few are left to train on.
    """
    where = f"{KEY}.n_folds: contrast {name}: {how.n_folds} blocks of {len(trials.labels)} trials"
    hint = "Lower n_folds or gap, or decode a contrast whose sides alternate"
    try:
        folds = contiguous_blocks(trials.labels, how.n_folds)
        splits = blocked_splits(folds, trials.starts, trials.stops, how.gap)
    except ValueError as error:
        raise ValueError(f"{where}: {error}. {hint}") from error
    for part in splits:
        tested, trained = (
            [int((trials.labels[chosen] == side).sum()) for side in (True, False)]
            for chosen in (part.test, part.train)
        )
        if min(tested) < 1 or min(trained) < 2:
            raise ValueError(
                f"{where}: {part.name} holds {tested[0]} trials of the first side and {tested[1]} "
                f"of the second, with {trained[0]} and {trained[1]} to train on; at least 1 and 2 "
                f"of each are needed. {hint}"
            )
    return splits, folds


def binned(data: Floats, times: Floats, n_averaged: int) -> tuple[Floats, Floats]:
    """Means over bins of time that begin or end at time zero.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Trials.
    times : ndarray, shape (n_times,)
        Sample times, s.
    n_averaged : int
        Samples of a bin; what does not fill a bin at either end is left out.

    Returns
    -------
    data : ndarray, shape (..., n_bins)
        Means.
    times : ndarray, shape (n_bins,)
        Mean time of each bin, s.
    """
    first = int(np.argmin(np.abs(times))) % n_averaged
    n_bins = (len(times) - first) // n_averaged
    inside = slice(first, first + n_bins * n_averaged)
    shape = (*data.shape[:-1], n_bins, n_averaged)
    return data[..., inside].reshape(shape).mean(-1), times[inside].reshape(n_bins, -1).mean(-1)


def _samples(times: Floats, width: float | None) -> int:
    return 1 if width is None else max(1, round(width / float(times[1] - times[0])))


def _band(
    scores: Floats, labels: Bools, folds: Ints, statistics: "Statistics", rng: np.random.Generator
) -> tuple[Band, Floats]:
    """Areas of scores with their bootstrap intervals, and those of the bootstrap samples."""
    value = auc.areas(auc.ranks_within(scores, folds), labels, folds)
    drawn = auc.bootstrap_areas(scores, labels, folds, statistics.n_bootstraps, rng)
    low, high = np.quantile(drawn, _tails(statistics), axis=0)
    return Band(value, low, high), drawn


def _at_window(
    trials: Trials,
    within: Bools,
    splits: list[Split],
    folds: Ints,
    permuted: Bools,
    params: "EEGDecoding",
    rng: np.random.Generator,
) -> tuple[Score, Score, tuple[float, float, float]]:
    """Decoding of the mean over the window, the region's amplitude, and what lies between."""
    labels, statistics = trials.labels, params.statistics
    mean = trials.data[:, :, within].mean(axis=2, keepdims=True)
    found = generalize(mean, labels, splits, folds, permuted, params.decoding.shrinkage)
    amplitude = trials.region[:, within].mean(axis=1, keepdims=True)
    # Amplitudes need no training: their ranks stay, whatever the labels.
    simple = auc.areas(auc.ranks_within(amplitude, folds), permuted, folds)[:, 0]
    scores = np.hstack([found.scores, amplitude])
    band, drawn = _band(scores, labels, folds, statistics, rng)
    window, baseline = (
        Score(
            value=float(band.mean[i]),
            low=float(band.low[i]),
            high=float(band.high[i]),
            p=float(auc.p_above(band.mean[i], null)),
            by_fold=_by_fold(scores[:, [i]], labels, folds),
        )
        for i, null in enumerate((found.null, simple))
    )
    low, high = np.quantile(drawn[:, 0] - drawn[:, 1], _tails(statistics))
    return window, baseline, (window.value - baseline.value, float(low), float(high))


def _tails(statistics: "Statistics") -> list[float]:
    return [(1 - statistics.confidence) / 2, (1 + statistics.confidence) / 2]


def _by_fold(scores: Floats, labels: Bools, folds: Ints) -> Floats:
    """Area in each fold, shape (n_folds,)."""
    ranks = auc.ranks_within(scores, folds)
    parts = [folds == fold for fold in np.unique(folds)]
    return np.array([auc.areas(ranks[part], labels[part], folds[part])[0] for part in parts])
