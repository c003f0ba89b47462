"""The methods section, from what was really done."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from neuro.io.manifest import Citation
from neuro.preprocess import references
from neuro.preprocess.chain import History
from neuro.stats.clusters import CLUSTER_ALPHA

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast, EEGPreprocess, Statistics

Entry = dict[str, Any]


def paragraphs(history: History, params: "EEGPreprocess") -> list[str]:
    """Describe cleaning, epochs, contrasts and statistics.

    Parameters
    ----------
    history : list of dict
        From :func:`neuro.preprocess.eeg.run`.
    params : EEGPreprocess
        Contrasts and statistics.

    Returns
    -------
    paragraphs : list of str
        Plain text; the same for all recordings that were treated alike.
    """
    done = {entry["method"]: entry for entry in history}
    texts = [_recorded(done["read"]), _cleaned(history), _epoched(done["epochs"])]
    texts += [_contrasted(name, contrast) for name, contrast in params.contrasts.items()]
    if params.contrasts:
        texts.append(_tested(params.statistics))
    return texts


def citations(history: History, params: "EEGPreprocess") -> list[Citation]:
    """Works behind what was done."""
    cited = [references.MNE, references.MNE_BIDS, references.EEG_BIDS]
    for entry in history:
        cited += references.OF_STEP.get(entry["method"], ())
    if params.contrasts:
        cited += [references.CLUSTERS, references.BOOTSTRAP, references.WELCH]
    return list(dict.fromkeys(cited))


def ms(seconds: float) -> str:
    """Seconds as milliseconds, with a true minus sign: `−200`."""
    return f"{seconds * 1e3:.0f}".replace("-", "−")


def conjoin(words: Iterable[str]) -> str:
    """Join words as prose does: `a, b and c`."""
    words = list(words)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _recorded(entry: Entry) -> str:
    found = entry["found"]
    filters = [
        f"a {kind} at {found[key]:g} Hz"
        for key, kind in (("highpass", "high-pass"), ("lowpass", "low-pass"))
        if found[key]
    ]
    stored = f" after {conjoin(filters)}" if filters else ""
    return (
        f"EEG of {found['n_eeg']} channels, stored at {found['sfreq']:g} Hz{stored}, was read from "
        "BIDS with MNE-BIDS and processed with MNE-Python."
    )


def _cleaned(history: History) -> str:
    steps = [_STEPS[e["method"]](e) for e in history if e["method"] in _STEPS]
    return f"Cleaning, in this order: {'; '.join(steps)}."


def _montage(entry: Entry) -> str:
    return f"electrodes were given the positions of the montage {entry['params']['name']}"


def _filter(entry: Entry) -> str:
    low, high = (entry["params"][key] for key in ("l_freq", "h_freq"))
    if low and high:
        band = f"band-pass filtered from {low:g} to {high:g} Hz"
    else:
        band = f"low-pass filtered at {high:g} Hz" if high else f"high-pass filtered at {low:g} Hz"
    return (
        f"the data were {band} (zero-phase FIR, Hamming window, {entry['found']['length_s']:.3g} s "
        "long), never across discontinuities"
    )


def _resample(entry: Entry) -> str:
    return f"they were resampled to {entry['params']['sfreq']:g} Hz (polyphase)"


def _bad_channels(entry: Entry) -> str:
    params, n_neighbors = entry["params"], entry["found"]["n_neighbors"]
    outliers = (
        f" or a local outlier factor of {params['lof_threshold']:g} or more among {n_neighbors} "
        "neighbors"
    )
    return (
        "channels marked bad in channels.tsv, and channels with a standard deviation below "
        f"{params['flat']:g} µV{outliers if n_neighbors >= 2 else ''}, were declared bad, "
        "judged outside of segments annotated as bad"
    )


def _interpolate(entry: Entry) -> str:
    return "bad channels were replaced by spherical-spline interpolation"


def _reference(entry: Entry) -> str:
    channels = entry["params"]["channels"]
    target = "the average of all good channels" if channels == "average" else conjoin(channels)
    return f"the data were re-referenced to {target}"


_STEPS: dict[str, Callable[[Entry], str]] = {
    "montage": _montage,
    "filter": _filter,
    "resample": _resample,
    "bad_channels": _bad_channels,
    "interpolate": _interpolate,
    "reference": _reference,
}


def _epoched(entry: Entry) -> str:
    params = entry["params"]
    text = f"Epochs ran from {ms(params['tmin'])} to {ms(params['tmax'])} ms around each event. "
    if params["baseline"] is not None:
        start, end = params["baseline"]
        text += f"The mean from {ms(start)} to {ms(end)} ms was subtracted from each channel. "
    text += "Epochs that touched a segment annotated as bad, or a discontinuity, were dropped"
    if params["reject"] is not None:
        text += (
            f", and so were those with a peak-to-peak amplitude above {params['reject']:g} µV on "
            "any channel that was not bad"
        )
    return f"{text}."


def _contrasted(name: str, contrast: "Contrast") -> str:
    first, second = (conjoin(side) for side in (contrast.first, contrast.second))
    lowest = "minimum" if contrast.polarity == "negative" else "maximum"
    return (
        f"Contrast {name}: all trials of {first} minus all trials of {second}. Its component "
        f"{contrast.component} is the {lowest} of the difference wave, averaged over "
        f"{conjoin(contrast.roi)}, between {ms(contrast.window[0])} and {ms(contrast.window[1])} "
        "ms; region and window are those of the configuration. The cluster test looked at "
        f"{ms(contrast.test_window[0])} to {ms(contrast.test_window[1])} ms."
    )


def _tested(statistics: "Statistics") -> str:
    percent = f"{100 * statistics.confidence:g}%"
    return (
        f"Bands around waves are pointwise {percent} confidence intervals across trials, from "
        "Student's t for conditions and Welch's t for differences. Intervals of peak and mean "
        f"amplitude and of latency come from {statistics.n_bootstraps} bootstrap samples of the "
        "trials of each condition (percentile; for the peak amplitude, which noise biases away "
        "from zero, the basic bootstrap). The p value is that of a cluster-based permutation test "
        f"over time ({statistics.n_permutations} permutations of the trials' labels, "
        f"independent-samples t, two-sided, cluster-forming p < {CLUSTER_ALPHA:g}): the cluster of "
        "the expected sign that overlaps the window, or 1 where there is none. It tells whether "
        "the conditions differ, not when the difference begins or ends."
    )
