"""Ninety-one measures of each channel of a trial: a pyramid of windows, peaks, spectrum, Hjorth.

The set of Wang et al., 2026, arXiv 2601.00573 ("ERPFeatures"). Hjorth, 1970,
Electroencephalography and Clinical Neurophysiology 29:306-310.
"""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.eegbench.classical.shape import Shape
from neuro.analyses.eegbench.classical.spectrum import welch
from neuro.analyses.eegbench.classical.statistics import powers
from neuro.analyses.eegbench.classical.steps import PerTrial, check_rate
from neuro.analyses.eegbench.method import NotApplicableError

Floats = NDArray[np.float64]

LEVELS = (1, 2, 4, 8)
"""Windows of each level."""
WINDOW = ("mean", "sd", "root mean square", "line length", "peak-to-peak")
PEAKS = ("positive peak", "its latency", "negative peak", "its latency")
N_FEATURES = 91


class PyramidFeatures(PerTrial):
    """The ninety-one measures of every channel.

    Parameters
    ----------
    sfreq : float or None
        Sampling rate, Hz.
    """

    def __init__(self, sfreq: float | None = None) -> None:
        self.sfreq = sfreq

    def transform(self, X: Floats) -> Floats:
        """Measure, shape (n_trials, n_channels x 91), a channel's measures side by side.

        Raises
        ------
        NotApplicableError
            If a trial has fewer than 16 samples.
        """
        data = np.asarray(X, dtype=np.float64)
        if data.shape[-1] < 2 * LEVELS[-1]:
            raise NotApplicableError(
                f"PyramidFeatures needs trials of at least {2 * LEVELS[-1]} samples, "
                f"got {data.shape[-1]}"
            )
        freqs, density = welch(data, check_rate(self, self.sfreq))
        shape = Shape(freqs, density)
        power = powers(freqs, density)
        spectrum = [*power[-4:], power[4], shape.centroid(), shape.flatness(), shape.below(0.5)]
        evenness = shape.entropy() / np.log2(len(shape.freqs))
        measures = [*windows(data), *peaks(data), *spectrum, evenness, *hjorth(data)]
        return np.stack(measures, axis=-1).reshape(len(X), -1)


def windows(data: Floats) -> list[Floats]:
    """Five measures of each of the 15 windows, from the whole to the eighths.

    Sums are taken once, over the eighths; the others' are sums of theirs.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    """
    n_times, finest = data.shape[-1], LEVELS[-1]
    edges = np.round(np.linspace(0, n_times, finest + 1)).astype(np.intp)
    starts = edges[:-1]
    # Squares are summed about the trial's mean: of small deviations on a large one they would
    # lose all digits.
    offset = data.mean(axis=-1, keepdims=True)
    centered = data - offset
    sums = np.add.reduceat(centered, starts, axis=-1)
    squares = np.add.reduceat(centered * centered, starts, axis=-1)
    high = np.maximum.reduceat(centered, starts, axis=-1)
    low = np.minimum.reduceat(centered, starts, axis=-1)
    moves = np.abs(np.diff(centered, axis=-1))
    lengths = np.concatenate((np.zeros((*data.shape[:-1], 1)), np.cumsum(moves, axis=-1)), axis=-1)
    found = []
    for level in LEVELS:
        every = finest // level
        outer = edges[::every]
        sizes = np.diff(outer)
        mean = _joined(sums, every).sum(axis=-1) / sizes
        square = _joined(squares, every).sum(axis=-1) / sizes
        absolute = mean + offset
        sd = np.sqrt(np.maximum(square - mean * mean, 0.0))
        root = np.sqrt(sd * sd + absolute * absolute)
        line = lengths[..., outer[1:] - 1] - lengths[..., outer[:-1]]
        spread = _joined(high, every).max(axis=-1) - _joined(low, every).min(axis=-1)
        measures = np.stack((absolute, sd, root, line, spread), axis=-1)
        found += list(np.moveaxis(measures.reshape(*data.shape[:-1], -1), -1, 0))
    return found


def _joined(values: Floats, every: int) -> Floats:
    return values.reshape(*values.shape[:-1], -1, every)


def peaks(data: Floats) -> list[Floats]:
    """Highest and lowest value and their times, as shares of the trial.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    """
    last = data.shape[-1] - 1
    found: list[Floats] = []
    for values, where in ((data.max(-1), data.argmax(-1)), (data.min(-1), data.argmin(-1))):
        found += [values, where / last]
    return found


def hjorth(data: Floats) -> list[Floats]:
    """Activity, mobility and complexity, of differences between samples; 0 for a flat channel.

    Parameters
    ----------
    data : ndarray, shape (..., n_times)
        Signals.
    """
    first = np.diff(data, axis=-1)
    second = np.diff(first, axis=-1)
    activity, moving, bending = (part.var(axis=-1) for part in (data, first, second))
    mobility = np.sqrt(_ratio(moving, activity))
    return [activity, mobility, _ratio(np.sqrt(_ratio(bending, moving)), mobility)]


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
