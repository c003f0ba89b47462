"""The methods section, from what was really done."""

from typing import TYPE_CHECKING, Any

from neuro.io.manifest import Citation
from neuro.preprocess import references
from neuro.preprocess.chain import History
from neuro.preprocess.steps.sentences import SENTENCES, conjoin
from neuro.stats.clusters import CLUSTER_ALPHA

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast, EEGPreprocess, Statistics

__all__ = ["citations", "conjoin", "ms", "paragraphs"]

Entry = dict[str, Any]
_RESTED = (
    "The recording was left whole: no epochs were cut. Segments annotated as bad are marked in it "
    "and do not count."
)


def paragraphs(history: History, params: "EEGPreprocess | None" = None) -> list[str]:
    """Describe cleaning, epochs, contrasts and statistics.

    Parameters
    ----------
    history : list of dict
        From :func:`neuro.preprocess.eeg.run`.
    params : EEGPreprocess | None
        Contrasts and statistics; None for a recording at rest.

    Returns
    -------
    paragraphs : list of str
        Plain text; the same for all recordings that were treated alike.
    """
    done = {entry["method"]: entry for entry in history}
    texts = [_recorded(done["read"]), _cleaned(history)]
    if params is None:
        return [*texts, _RESTED]
    texts.append(_epoched(done["epochs"]))
    texts += [_contrasted(name, contrast) for name, contrast in params.contrasts.items()]
    if params.contrasts:
        texts.append(_tested(params.statistics))
    return texts


def citations(history: History, params: "EEGPreprocess | None" = None) -> list[Citation]:
    """Works behind what was done."""
    cited = [references.MNE, references.MNE_BIDS, references.EEG_BIDS]
    for entry in history:
        cited += references.of_entry(entry)
    if params is not None and params.contrasts:
        cited += [references.CLUSTERS, references.BOOTSTRAP, references.WELCH]
    return list(dict.fromkeys(cited))


def ms(seconds: float) -> str:
    """Seconds as milliseconds, with a true minus sign: `−200`."""
    return f"{seconds * 1e3:.0f}".replace("-", "−")


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
    steps = [SENTENCES[e["method"]](e) for e in history if e["method"] in SENTENCES]
    return f"Cleaning, in this order: {'; '.join(steps)}."


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
    text = f"{text}."
    if (overlap := entry["found"]["overlap"])["epochs"]:
        text += (
            f" {overlap['epochs']} of {overlap['of']} epochs began before the one before had "
            f"ended, by up to {ms(overlap['longest_s'])} ms."
        )
    if params.get("autoreject") is not None:
        text += _autorejected(params, entry["found"]["autoreject"])
    return text


def _autorejected(params: dict[str, Any], found: dict[str, Any]) -> str:
    folds = f"autoreject ({params['autoreject_cv']}-fold cross-validation)"
    if params["autoreject"] == "global":
        return (
            f" Before that, epochs were dropped whose peak-to-peak amplitude exceeded a limit "
            f"learned by {folds}."
        )
    return (
        f" Before that, {folds} learned a limit for each channel, replaced channels beyond it "
        "within an epoch by spherical splines, and dropped epochs with too many of them."
    )


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
