"""A contrast of two sets of conditions: difference wave, component, intervals, cluster test."""

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.epoching import trials
from neuro.preprocess.foresee import check_names
from neuro.preprocess.names import did_you_mean, listed
from neuro.stats.bootstrap import Kind, interval, resampled_means
from neuro.stats.clusters import Clusters, cluster_test
from neuro.stats.intervals import Band, difference_band, mean_band
from neuro.stats.peaks import deflection, in_window
from neuro.stats.sme import standardized_measurement_error

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast, Statistics

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number and its bootstrap interval, in SI units."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Component:
    """The deflection looked for in the region's difference wave.

    Parameters
    ----------
    amplitude, latency, mean, area_latency : Estimate
        Peak amplitude, V, and latency, s, within the window, the mean over it, V, and the time
        that halves its area of the expected sign, s.
    at_edge : bool
        Whether the extreme lies on the window's edge, so that there is no peak inside.
    """

    amplitude: Estimate
    latency: Estimate
    mean: Estimate
    area_latency: Estimate
    at_edge: bool


@dataclass(frozen=True)
class Result:
    """What a contrast says.

    Parameters
    ----------
    name : str
        Its name.
    n_first, n_second : int
        Trials on each side.
    roi : list of str
        Channels that were averaged: those of the region that are not bad.
    channels : Band
        Difference wave of each channel, V, shape (n_channels, n_times).
    first, second, difference : Band
        Waves of the region, V, shape (n_times,).
    clusters : Clusters
        Cluster test on the region's wave.
    component : Component
        The deflection within the window.
    p : float
        Of the cluster with the expected sign that overlaps the window; 1 if there is none.
    sme_first, sme_second : float
        Standardized measurement error of each side's mean amplitude over the window, V.
    """

    name: str
    n_first: int
    n_second: int
    roi: list[str]
    channels: Band
    first: Band
    second: Band
    difference: Band
    clusters: Clusters
    component: Component
    p: float
    sme_first: float
    sme_second: float


def generator_for(name: str, entropy: int) -> np.random.Generator:
    """Random numbers of one contrast, whatever other contrasts there are."""
    return np.random.default_rng([entropy, zlib.crc32(name.encode())])


def evaluate(
    epochs: mne.BaseEpochs,
    name: str,
    contrast: "Contrast",
    statistics: "Statistics",
    rng: np.random.Generator,
) -> Result:
    """Evaluate a contrast.

    Parameters
    ----------
    epochs : mne.BaseEpochs
        Clean epochs.
    name : str
        Name of the contrast.
    contrast : Contrast
        Sides, region, window.
    statistics : Statistics
        Confidence, numbers of resamples.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    result : Result
        Waves, intervals, test.

    Raises
    ------
    ValueError
        If the epochs lack a condition or channel, or the window holds too few samples.
    """
    check_contrast(epochs, name, contrast)
    strata = [trials(epochs, side) for side in (contrast.first, contrast.second)]
    first, second = (np.concatenate(side) for side in strata)
    roi = region(epochs, name, contrast)
    picks = [epochs.ch_names.index(channel) for channel in roi]
    waves = [[part[:, picks].mean(axis=1) for part in side] for side in strata]
    wave_1, wave_2 = (np.concatenate(side) for side in waves)
    tested = in_window(epochs.times, contrast.test_window)
    clusters = cluster_test(
        wave_1[:, tested],
        wave_2[:, tested],
        epochs.times[tested],
        statistics.n_permutations,
        rng,
    )
    resampled = np.subtract(
        *(resampled_means(side, statistics.n_bootstraps, rng) for side in waves)
    )
    difference = difference_band(wave_1, wave_2, statistics.confidence)
    sign = -1 if contrast.polarity == "negative" else 1
    within = in_window(epochs.times, contrast.window)
    return Result(
        name=name,
        n_first=len(first),
        n_second=len(second),
        roi=roi,
        channels=difference_band(first, second, statistics.confidence),
        first=mean_band(wave_1, statistics.confidence),
        second=mean_band(wave_2, statistics.confidence),
        difference=difference,
        clusters=clusters,
        component=_component(
            difference.mean, resampled, epochs.times, contrast, statistics.confidence
        ),
        p=clusters.p_within(contrast.window, sign),
        sme_first=standardized_measurement_error(wave_1[:, within].mean(axis=1)),
        sme_second=standardized_measurement_error(wave_2[:, within].mean(axis=1)),
    )


def check_contrast(epochs: mne.BaseEpochs, name: str, contrast: "Contrast") -> None:
    """Check that epochs have what a contrast asks for.

    Raises
    ------
    ValueError
        If they lack a condition, or a window holds too few samples.
    """
    for key in ("first", "second"):
        if unknown := [c for c in getattr(contrast, key) if c not in epochs.event_id]:
            raise ValueError(
                f"preprocess.contrasts.{name}.{key}: the epochs have no condition "
                f"{listed(unknown)}.{did_you_mean(unknown, epochs.event_id)} They have: "
                f"{listed(epochs.event_id)}"
            )
    for key in ("window", "test_window"):
        try:
            in_window(epochs.times, getattr(contrast, key))
        except ValueError as error:
            raise ValueError(f"preprocess.contrasts.{name}.{key}: {error}") from error


def region(epochs: mne.BaseEpochs, name: str, contrast: "Contrast") -> list[str]:
    """Channels of the region that are not bad.

    Raises
    ------
    ValueError
        If a channel does not exist or all are bad.
    """
    key = f"preprocess.contrasts.{name}.roi"
    check_names(contrast.roi, epochs.ch_names, key)
    good = [channel for channel in contrast.roi if channel not in epochs.info["bads"]]
    if not good:
        raise ValueError(
            f"{key}: all its channels are bad in this recording: {listed(contrast.roi)}. "
            "Add `interpolate` to the chain, or leave the recording out with `recordings.exclude`"
        )
    return good


def _component(
    wave: Floats,
    resampled: Floats,
    times: Floats,
    contrast: "Contrast",
    confidence: float,
) -> Component:
    """Peak and mean of the difference wave with their bootstrap intervals."""
    found = deflection(wave, times, contrast.window, contrast.polarity)
    drawn = deflection(resampled, times, contrast.window, contrast.polarity)

    def estimate(key: str, kind: Kind) -> Estimate:
        value = float(getattr(found, key))
        bounds = interval(getattr(drawn, key), confidence, estimate=value, kind=kind)
        return Estimate(value, *bounds)

    return Component(
        # Noise makes an extreme more extreme, in a resample once more than in the data.
        amplitude=estimate("amplitude", "basic"),
        latency=estimate("latency", "percentile"),
        mean=estimate("mean", "percentile"),
        area_latency=estimate("area_latency", "percentile"),
        at_edge=bool(found.at_edge),
    )
