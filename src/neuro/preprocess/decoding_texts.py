"""What the manifest of a recording's decoding says: numbers, methods, citations, warnings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neuro.io.manifest import Citation, KeyNumber
from neuro.preprocess.decoded import ALPHA, Decoded, Score
from neuro.preprocess.methods import conjoin, ms
from neuro.preprocess.references import MNE
from neuro.stats.auc import CHANCE

if TYPE_CHECKING:
    from neuro.config.eeg import EEGDecoding

GENERALIZATION = Citation(
    text="King JR, Dehaene S (2014). Characterizing the dynamics of mental representations: the "
    "temporal generalization method. Trends in Cognitive Sciences, 18(4), 203-210.",
    url="https://doi.org/10.1016/j.tics.2014.01.002",
)
BLOCKS = Citation(
    text="Varoquaux G, Raamana PR, Engemann DA, et al. (2017). Assessing and tuning brain "
    "decoders: cross-validation, caveats, and guidelines. NeuroImage, 145, 166-179.",
    url="https://doi.org/10.1016/j.neuroimage.2016.10.038",
)
SHRINKAGE = Citation(
    text="Ledoit O, Wolf M (2004). A well-conditioned estimator for large-dimensional covariance "
    "matrices. Journal of Multivariate Analysis, 88(2), 365-411.",
    url="https://doi.org/10.1016/S0047-259X(03)00096-4",
)
ROC = Citation(
    text="Hanley JA, McNeil BJ (1982). The meaning and use of the area under a receiver operating "
    "characteristic (ROC) curve. Radiology, 143(1), 29-36.",
    url="https://doi.org/10.1148/radiology.143.1.7063747",
)
MAXIMUM = Citation(
    text="Nichols TE, Holmes AP (2002). Nonparametric permutation tests for functional "
    "neuroimaging: a primer with examples. Human Brain Mapping, 15(1), 1-25.",
    url="https://doi.org/10.1002/hbm.1058",
)


def key_numbers(decoded: Mapping[str, Decoded], params: "EEGDecoding") -> list[KeyNumber]:
    """Decoding within the window, of all channels and of the region; the highest over time."""
    numbers = []
    for name, one in decoded.items():
        start, stop = (ms(edge) for edge in params.contrasts[name].window)
        at = f"{start} to {stop} ms"
        best = int(np.argmax(one.course.mean))
        numbers += [
            _number(f"decoding of {name}, {at}", one, one.window, params),
            _number(f"region's amplitude alone, {name}, {at}", one, one.baseline, params),
            KeyNumber(
                name=f"gain of all channels over the region ({name})",
                value=one.gain[0],
                unit="AUC",
                interval=one.gain[1:],
                confidence=params.statistics.confidence,
                n=_counts(one),
            ),
            KeyNumber(
                name=f"highest decoding over time ({name})",
                value=float(one.course.mean[best]),
                unit="AUC",
                chance=CHANCE,
                p=float(one.p[best]),
                n=_counts(one),
                note=f"at {ms(float(one.times[best]))} ms; the largest of {len(one.times)} times "
                "is too large by its choice, p is corrected for it",
            ),
        ]
    return numbers


def paragraphs(params: "EEGDecoding") -> list[str]:
    """Describe what was done; the same for all recordings that were treated alike."""
    return [_decoded(params), _tested(params)]


def citations(params: "EEGDecoding") -> list[Citation]:
    """Works behind what was done."""
    shrunk = [SHRINKAGE] if params.decoding.shrinkage is None else []
    return [MNE, GENERALIZATION, *shrunk, BLOCKS, ROC, MAXIMUM]


def warnings_of(decoded: Mapping[str, Decoded]) -> list[str]:
    """What a reader must know before trusting the numbers."""
    texts = []
    for name, one in decoded.items():
        before = one.times + one.width / 2 <= 0
        early = one.times[before & (one.p <= ALPHA)]
        if len(early):
            when = conjoin(ms(float(time)) for time in early)
            texts.append(
                f"{name}: the sides can be told apart before the event (around {when} ms, p ≤ "
                f"{ALPHA:g}). Responses to earlier events, the order of the conditions, or a "
                "filter that smears in time may do that; look before trusting what follows."
            )
        if one.window.p > ALPHA:
            texts.append(
                f"{name}: decoding within the window is not above chance (p = {one.window.p:.3g})."
            )
        most = max(left / len(one.labels) for left in one.left_out)
        if most > 0.1:
            texts.append(
                f"{name}: up to {100 * most:.0f}% of the trials were left out of training, since "
                "their epochs overlap the predicted block or are closer than gap."
            )
    return texts


def _number(name: str, one: Decoded, score: Score, params: "EEGDecoding") -> KeyNumber:
    return KeyNumber(
        name=name,
        value=score.value,
        unit="AUC",
        interval=(score.low, score.high),
        confidence=params.statistics.confidence,
        chance=CHANCE,
        p=score.p,
        n=_counts(one),
    )


def _counts(one: Decoded) -> str:
    n_first = int(one.labels.sum())
    return f"{n_first} and {len(one.labels) - n_first} trials in {len(one.splits)} blocks"


def _decoded(params: "EEGDecoding") -> str:
    how = params.decoding
    share = "Ledoit and Wolf's estimate" if how.shrinkage is None else f"{how.shrinkage:g}"
    bins = "at each sample" if how.bin_width is None else f"in bins of {1e3 * how.bin_width:g} ms"
    gap = f", or came closer than {how.gap:g} s to it," if how.gap else ""
    return (
        f"Decoding: linear discriminant analysis of all good channels (covariance of the training "
        f"trials, shrinkage {share}) told single trials of the two sides of each contrast apart, "
        f"{bins}. Trials were cut into {how.n_folds} blocks "
        "that are contiguous in the recording and hold near equal numbers of both sides; each "
        "block was predicted by classifiers trained on the others, channels standardized on the "
        f"training trials. Trials whose epochs overlapped the predicted block{gap} were not "
        "trained on. Classifiers of each time were also tested at all other times. A classifier "
        "of the channels' mean over the contrast's window is compared with the mean amplitude of "
        "the contrast's region in that window, with its expected sign, which needs no training. "
        "Cleaning saw all trials but no conditions."
    )


def _tested(params: "EEGDecoding") -> str:
    statistics = params.statistics
    return (
        "Decoding is scored by the area under the ROC curve: the share of pairs of trials, one of "
        "each side and both of one block, that the scores put in order; chance is 0.5. "
        f"{100 * statistics.confidence:g}% intervals come from {statistics.n_bootstraps} bootstrap "
        "samples of the predicted trials within blocks and sides, with the classifiers' scores as "
        "they are: they tell how the score varies with the trials tested, not with those trained "
        "on, and are too narrow near chance. One-sided p values come from "
        f"{params.decoding.n_permutations} permutations of the labels within blocks, each trained "
        "and tested anew; over time, and over all pairs of times, they are corrected by the "
        "largest area of each permutation. They tell whether the sides can be "
        "told apart, not when that begins: filters smear in time."
    )
