"""From results to figures, with captions and alternative texts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import mne
import numpy as np
import scipy.signal
from numpy.typing import NDArray

from neuro.io.manifest import Figure
from neuro.preprocess.contrasts import Result
from neuro.preprocess.epoching import trials
from neuro.preprocess.findings import ALPHA, Quality
from neuro.preprocess.foresee import has_positions
from neuro.preprocess.methods import conjoin, ms
from neuro.preprocess.welch import welch
from neuro.stats.intervals import Band
from neuro.viz.conditions import ConditionPicture
from neuro.viz.erp import ContrastPicture, Peak, Wave
from neuro.viz.quality import QualityPicture
from neuro.viz.style import shorten

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast

LOWEST_HZ = 1.0
"""Where spectra begin: an epoch holds no whole cycle below."""
BEYOND = 1.4
"""How far spectra go beyond the low-pass: its slope is seen, and no more."""
MOST_LETTERS = 24
"""Of a condition's name in a legend."""
MOST_CONDITIONS = 8
"""Rows of the figure of the conditions."""
MOST_MAPS = 3
"""Maps of a condition."""


def good_picks(info: mne.Info, exclude: str | tuple[()] = "bads") -> NDArray[np.int_]:
    """The channels that are analysed: EEG, or the current source density that came of it."""
    picks: NDArray[np.int_] = mne.pick_types(info, eeg=True, csd=True, exclude=exclude)
    return picks


def unit_of(info: mne.Info) -> str:
    """SI unit of the data: V, or V/m² for current source density."""
    return "V/m²" if len(mne.pick_types(info, csd=True, exclude=())) else "V"


def field_power(epochs: mne.BaseEpochs, waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Global field power, V: standard deviation over the good channels (Lehmann & Skrandies 1980).

    Parameters
    ----------
    epochs : mne.BaseEpochs
        Says which channels are good.
    waves : ndarray, shape (n_channels, n_times)
        Means of a condition, V.
    """
    power: NDArray[np.float64] = waves[good_picks(epochs.info)].std(axis=0)
    return power


def condition_pictures(epochs: mne.BaseEpochs) -> list[ConditionPicture]:
    """What the figure of the conditions shows: the first conditions, their highest peaks."""
    good = good_picks(epochs.info)
    pictures = []
    for name in list(epochs.event_id)[:MOST_CONDITIONS]:
        (data,) = trials(epochs, [name])
        waves = data.mean(axis=0)
        power = field_power(epochs, waves)
        label = f"{shorten(name, MOST_LETTERS)} ({len(data)} trials)"
        peaks = _highest(power, epochs.times)
        pictures.append(ConditionPicture(label, waves[good], power, peaks))
    return pictures


def condition_texts(pictures: Sequence[ConditionPicture], path: str) -> Figure:
    """Title, caption and alternative text of the figure of the conditions."""
    peaks = "; ".join(
        f"{p.label}: {', '.join(ms(t) for t in p.peaks) or 'none'} ms" for p in pictures
    )
    return Figure(
        path=path,
        title="Evoked responses of all conditions",
        caption=(
            "Grey: mean of each good channel; blue: global field power, the standard deviation "
            "over the channels; maps: the mean at the highest peaks of the field power after the "
            f"event (dots). Rows share their scales; maps share theirs. {peaks}."
        ),
        alt=f"Waves of all channels and scalp maps of {len(pictures)} conditions. Peaks: {peaks}.",
    )


def mapped_info(epochs: mne.BaseEpochs) -> mne.Info | None:
    """The good channels when they have positions, else None."""
    if not has_positions(epochs.info):
        return None
    return mne.pick_info(epochs.info, good_picks(epochs.info))


def _highest(power: NDArray[np.float64], times: NDArray[np.float64]) -> list[float]:
    """Times of the most prominent peaks after the event, in order of time."""
    after = np.flatnonzero(times > 0)
    found, about = scipy.signal.find_peaks(power[after], prominence=0)
    chosen = found[np.argsort(-about["prominences"], kind="stable")[:MOST_MAPS]]
    return [float(times[after[i]]) for i in sorted(chosen)]


def contrast_picture(
    epochs: mne.BaseEpochs, contrast: "Contrast", result: Result
) -> ContrastPicture:
    """What the figure of a contrast shows."""
    found, clusters = result.component, result.clusters
    first, second = (shorten(side, MOST_LETTERS) for side in sides(contrast))
    at_peak = int(np.argmin(np.abs(epochs.times - found.latency.value)))
    good = mne.pick_types(epochs.info, eeg=True)
    return ContrastPicture(
        times=epochs.times,
        first=_wave(f"{first} ({result.n_first} trials)", result.first),
        second=_wave(f"{second} ({result.n_second} trials)", result.second),
        difference=_wave(f"{first} − {second}", result.difference),
        window=contrast.window,
        clusters=[
            (float(start), float(stop))
            for start, stop, p in zip(clusters.start, clusters.stop, clusters.p, strict=True)
            if p <= ALPHA
        ],
        peak=Peak(
            latency=found.latency.value,
            latency_interval=(found.latency.low, found.latency.high),
            amplitude=found.amplitude.value,
            label=f"{contrast.component}, {peak_text(result)}",
        ),
        map_values=result.channels.mean[good, at_peak],
        info=mapped_info(epochs),
        roi=result.roi,
    )


def contrast_texts(contrast: "Contrast", result: Result, confidence: float, path: str) -> Figure:
    """Title, caption and alternative text of the figure of a contrast."""
    first, second = sides(contrast)
    window = f"{ms(contrast.window[0])} to {ms(contrast.window[1])} ms"
    p = "p < .001" if result.p < 0.001 else f"p = {result.p:.3f}"
    roi = conjoin(result.roi)
    return Figure(
        path=path,
        title=f"{contrast.component}: {first} minus {second}",
        caption=(
            f"Above: mean over {roi} for {first} (n = {result.n_first} trials) and {second} "
            f"(n = {result.n_second}). Below: their difference; dot: its peak within the window "
            f"{window} (shaded), line: bootstrap interval of the latency; bars: clusters with "
            f"p ≤ {ALPHA:g}. Bands: pointwise {100 * confidence:g}% confidence intervals across "
            "trials. Map: difference at the peak. "
            f"{contrast.component}: {peak_text(result)}, cluster permutation test {p}."
        ),
        alt=(
            f"Two event-related potentials, their difference with a peak of {peak_text(result)}, "
            f"and the scalp map of the difference at that time; {p}."
        ),
    )


def quality_picture(made: mne.BaseEpochs | mne.io.BaseRaw, quality: Quality) -> QualityPicture:
    """What the figure of a recording's quality shows, of its epochs or of a recording at rest."""
    if isinstance(made, mne.io.BaseRaw):
        picks = good_picks(made.info, exclude=())
        freqs, psd = welch(made, picks)
        info = mne.pick_info(made.info, picks)
    else:
        # One Hann window per epoch; MNE's own, row by row, takes twenty times as long.
        freqs, each = scipy.signal.periodogram(
            made.get_data(copy=False), made.info["sfreq"], window="hann", detrend="constant"
        )
        psd, info = each.mean(axis=0), made.info
    shown = (freqs >= LOWEST_HZ) & (freqs <= BEYOND * info["lowpass"])
    rest = quality.at_rest
    return QualityPicture(
        freqs=freqs[shown],
        psd=psd[:, shown],
        info=info,
        has_positions=has_positions(info),
        bads=quality.bads,
        bads_label="interpolated" if quality.interpolated else "bad",
        kept={"good": quality.seconds_good} if rest else quality.kept,
        events={"good": quality.seconds} if rest else quality.events,
        dropped=quality.left_out if rest else quality.dropped,
        at_rest=rest,
        unit=f"µ{unit_of(info)}",
    )


def quality_texts(quality: Quality, path: str) -> Figure:
    """Title, caption and alternative text of the figure of a recording's quality."""
    fate = "interpolated" if quality.interpolated else "bad"
    bads = f"{len(quality.bads)} of {quality.n_channels} channels {fate}"
    if quality.at_rest:
        kept = f"{quality.seconds_good:.0f} of {quality.seconds:.0f} s"
        told = f"seconds kept ({kept}) and left out; a second counts for every annotation it has"
    else:
        kept = f"{sum(quality.kept.values())} of {sum(quality.events.values())} epochs"
        told = f"epochs kept ({kept.removesuffix(' epochs')}) and dropped; an epoch counts for the "
        told += "first reason found"
    return Figure(
        path=path,
        title=f"Quality of the clean {'recording' if quality.at_rest else 'epochs'}",
        caption=(
            "Left: power spectral density of each channel and their median. Middle: channels that "
            f"were found bad ({', '.join(quality.bads) or 'none'}), where electrode positions are "
            f"known. Right: {told}."
        ),
        alt=f"Spectra of all channels; {bads}; {kept} kept.",
    )


def sides(contrast: "Contrast") -> tuple[str, str]:
    """Names of the two sides of a contrast."""
    return " + ".join(contrast.first), " + ".join(contrast.second)


def peak_text(result: Result) -> str:
    """Amplitude and latency of the peak: `−2.7 µV at 148 ms`."""
    found = result.component
    amplitude = f"{found.amplitude.value * 1e6:.1f}".replace("-", "−")
    return f"{amplitude} µV at {ms(found.latency.value)} ms"


def _wave(label: str, band: Band) -> Wave:
    return Wave(label, band.mean, band.low, band.high)
