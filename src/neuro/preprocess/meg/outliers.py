"""Bad channels and segments as outliers of amplitude (generalized ESD test, Rosner, 1983)."""

from typing import TYPE_CHECKING

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.meg.channels import NAMES, Floats, by_kind, windows_within
from neuro.preprocess.names import listed
from neuro.preprocess.steps.bad_segments import LEAST_WINDOWS, merged
from neuro.preprocess.steps.common import Found
from neuro.preprocess.steps.gesd import gesd
from neuro.preprocess.windows import good_stretches

if TYPE_CHECKING:
    from neuro.config.meg_steps import MEGBadChannels, MEGBadSegments

CHANNEL_WINDOW = 1.0
"""Length of the windows over which a channel's amplitude is a median, s: drifts do not count."""


def meg_bad_channels(
    raw: mne.io.BaseRaw, params: "MEGBadChannels", rng: np.random.Generator
) -> Found:
    """Add flat and outlying MEG channels to `info["bads"]`.

    Raises
    ------
    ValueError
        If the whole recording is bad, or more than `max_share` of the channels are.
    """
    before = [raw.ch_names[i] for _, picks in by_kind(raw.info, bads=True) for i in picks]
    marked = [name for name in before if name in raw.info["bads"]]
    found: Found = {"marked": marked, "flat": [], "gesd": {}}
    windows = windows_within(raw, CHANNEL_WINDOW)
    if not windows:
        raise ValueError(
            f"the recording has no good stretch of {CHANNEL_WINDOW:g} s; nothing to judge by"
        )
    for kind, picks in by_kind(raw.info):
        names = np.array([raw.ch_names[i] for i in picks])
        level = _levels(raw, picks, windows)
        middle = float(np.median(level))
        flat = level <= params.flat * middle
        found["flat"] += names[flat].tolist()
        if middle > 0 and (~flat).sum() >= LEAST_WINDOWS:
            most = int(params.gesd_max_share * len(names))
            logs = np.log(level[~flat])
            out = gesd(logs, params.alpha, most, two_sided=True)
            shares = level[~flat][out] / middle
            found["gesd"] |= {
                str(name): round(float(share), 3)
                for name, share in zip(names[~flat][out], shares, strict=True)
            }
        elif not middle:
            raise ValueError(f"all {len(names)} {NAMES[kind]} are flat; nothing was recorded")
    bad = {*found["flat"], *found["gesd"]}
    raw.info["bads"] += [name for name in raw.ch_names if name in bad]
    n_bad = len(bad) + len(marked)
    if n_bad > params.max_share * len(before):
        raise ValueError(
            f"{n_bad} of {len(before)} MEG channels are bad, more than max_share "
            f"({params.max_share:g}): {listed(sorted(bad | {*marked}))}. Look at the recording; "
            "leave it out with `recordings.exclude`, or raise max_share"
        )
    return found


def meg_bad_segments(
    raw: mne.io.BaseRaw, params: "MEGBadSegments", rng: np.random.Generator
) -> Found:
    """Annotate windows of outlying amplitude, by type of channel.

    With too few windows for the test nothing is annotated, which `skipped` tells.

    Raises
    ------
    ValueError
        If no channel is good.
    """
    windows = windows_within(raw, params.length)
    total = raw.n_times
    found: Found = {"seconds": {}, "segments": {}, "skipped": "", "n_windows": len(windows)}
    if len(windows) < LEAST_WINDOWS:
        found["skipped"] = (
            f"{len(windows)} good windows of {params.length:g} s are too few for the test, which "
            f"needs {LEAST_WINDOWS}"
        )
        windows = []
    sfreq = float(raw.info["sfreq"])
    length = round(params.length * sfreq)
    bad_by: dict[str, NDArray[np.bool_]] = {}
    for kind, picks in by_kind(raw.info) if windows else ():
        for what, spread in _spreads(raw, picks, windows, params.difference).items():
            most = int(params.gesd_max_share * len(windows))
            bad_by[f"BAD_gesd_{kind}{what}"] = gesd(np.log(spread), params.alpha, most)
    starts = [window.start for window in windows]
    for name, bad in bad_by.items():
        spans = merged(starts, bad, length, sfreq)
        onsets = [raw.first_time + start for start, _ in spans]
        raw.annotations.append(onsets, [stop - start for start, stop in spans], name)
        found["seconds"][name] = round(sum(stop - start for start, stop in spans), 3)
        found["segments"][name] = len(spans)
    good = sum(part.stop - part.start for part in good_stretches(raw))
    found["good_share"] = round(float(good / total), 4)
    return found


def _levels(raw: mne.io.BaseRaw, picks: NDArray[np.int_], windows: list[slice]) -> Floats:
    """Median over windows of each channel's standard deviation."""
    spreads = np.array(
        [raw[picks, window.start : window.stop][0].std(axis=1) for window in windows]
    )
    level: Floats = np.median(spreads, axis=0)
    return level


def _spreads(
    raw: mne.io.BaseRaw, picks: NDArray[np.int_], windows: list[slice], difference: bool
) -> dict[str, Floats]:
    """Standard deviation of each window, averaged over channels, of signal and difference."""
    plain, steps = [], []
    for window in windows:
        data = raw[picks, window.start : window.stop][0]
        plain.append(data.std(axis=1).mean())
        if difference:
            steps.append(np.diff(data, axis=1).std(axis=1).mean())
    both = {"": np.array(plain)}
    return {**both, "_difference": np.array(steps)} if difference else both
