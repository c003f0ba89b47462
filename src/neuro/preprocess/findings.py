"""What a recording's manifest says: key numbers and warnings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neuro.io.manifest import KeyNumber
from neuro.preprocess.chain import History
from neuro.preprocess.contrasts import Estimate, Result
from neuro.preprocess.eeg import step_of
from neuro.preprocess.independence import overlap_warnings
from neuro.preprocess.methods import conjoin, ms
from neuro.preprocess.steps.common import Found

if TYPE_CHECKING:
    from neuro.config.eeg import Contrast, EEGPreprocess

ALPHA = 0.05
MOST_DROPPED = 0.3
"""A larger share of dropped epochs, or of a recording at rest, is a warning."""
MOST_EXCLUDED = 0.5
"""A larger share of removed components is a warning."""
ICLABEL_BAND = (1.0, 100.0)
"""What ICLabel was trained on, Hz."""


@dataclass(frozen=True)
class Quality:
    """What cleaning found.

    Parameters
    ----------
    kept, events : dict of str to int
        Epochs kept, and events there were, by condition; none at rest.
    dropped : dict of str to int
        Epochs dropped, by reason.
    bads : list of str
        Bad channels.
    interpolated : bool
        Whether they were interpolated.
    n_channels : int
        EEG channels.
    n_components, n_excluded : int
        Independent components, and those removed; 0 without ICA.
    seconds, seconds_good : float
        Duration of a recording at rest, and of its good part, s; 0 where there are events.
    left_out : dict of str to float
        Seconds of a recording at rest that were left out, by annotation.
    """

    kept: dict[str, int]
    events: dict[str, int]
    dropped: dict[str, int]
    bads: list[str]
    interpolated: bool
    n_channels: int
    n_components: int = 0
    n_excluded: int = 0
    seconds: float = 0.0
    seconds_good: float = 0.0
    left_out: dict[str, float] = field(default_factory=dict)

    @property
    def at_rest(self) -> bool:
        """Whether the recording has no events."""
        return not self.events

    @property
    def share_kept(self) -> float:
        """Share of events that became epochs; of a recording at rest, of its seconds."""
        if self.at_rest:
            return self.seconds_good / self.seconds
        return sum(self.kept.values()) / sum(self.events.values())


def quality_of(history: History, bads_left: list[str]) -> Quality:
    """Gather what the steps of a history found.

    Parameters
    ----------
    history : list of dict
        From :func:`neuro.preprocess.eeg.run`.
    bads_left : list of str
        Channels that are still marked as bad in the cleaned data.
    """
    counts, rest = step_of(history, "epochs"), step_of(history, "rest")
    read = step_of(history, "read")
    if read is None or (counts is None and rest is None):
        raise ValueError("A history needs the entries 'read', and 'epochs' or 'rest'")
    epochs = {"kept": {}, "events": {}, "dropped": {}} if counts is None else counts["found"]
    resting = {} if rest is None else rest["found"]
    mended = [
        name for e in history if e["method"] == "interpolate" for name in e["found"]["channels"]
    ]
    icas = [entry for entry in history if entry["method"] == "ica"]
    return Quality(
        kept=epochs["kept"],
        events=epochs["events"],
        dropped=epochs["dropped"],
        bads=[*mended, *bads_left],
        interpolated=bool(mended) and not bads_left,
        n_channels=read["found"]["n_eeg"],
        n_components=sum(entry["found"]["n_components"] for entry in icas),
        n_excluded=sum(len(entry["found"]["excluded"]) for entry in icas),
        seconds=resting.get("duration_s", 0.0),
        seconds_good=resting.get("good_s", 0.0),
        left_out=resting.get("left_out_s", {}),
    )


def key_numbers(
    results: Mapping[str, Result], params: "EEGPreprocess", quality: Quality
) -> list[KeyNumber]:
    """Numbers of all contrasts, then of the recording's quality."""
    numbers = []
    for name, result in results.items():
        numbers += _of_contrast(name, result, params)
    return [*numbers, *quality_numbers(quality)]


def quality_numbers(quality: Quality) -> list[KeyNumber]:
    """Numbers of a recording's quality."""
    if quality.at_rest:
        name = "recording kept"
        n = f"{quality.seconds_good:.0f} of {quality.seconds:.0f} s"
    else:
        name = "epochs kept"
        n = f"{sum(quality.kept.values())} of {sum(quality.events.values())} epochs"
    numbers = [
        KeyNumber(name=name, value=100 * quality.share_kept, unit="%", n=n),
        KeyNumber(name="bad channels", value=len(quality.bads), n=f"of {quality.n_channels}"),
    ]
    if quality.n_components:
        numbers.append(
            KeyNumber(
                name="components removed",
                value=quality.n_excluded,
                n=f"of {quality.n_components} independent components",
            )
        )
    return numbers


def warnings_of(
    results: Mapping[str, Result],
    params: "EEGPreprocess",
    history: History,
    quality: Quality,
    overlap: Found | None = None,
) -> list[str]:
    """What a reader must know before trusting the numbers.

    `overlap` is what :func:`epoching.examined_overlap` found. Wording does not depend on the
    recording where the matter does not, so that a report can tell once what concerns several.
    """
    texts = [*rest_warnings(history, quality), *overlap_warnings(overlap, params)]
    for name, result in results.items():
        texts += _of_result(name, params.contrasts[name], result, quality)
    return texts


def rest_warnings(history: History, quality: Quality) -> list[str]:
    """What a reader must know of a recording at rest before trusting what follows from it."""
    return [*_of_recording(history), *_of_quality(quality)]


def _of_contrast(name: str, result: Result, params: "EEGPreprocess") -> list[KeyNumber]:
    contrast, confidence = params.contrasts[name], params.statistics.confidence
    found = result.component
    n = f"{result.n_first} and {result.n_second} trials"

    def number(
        what: str, estimate: Estimate, scale: float, unit: str, p: float | None
    ) -> KeyNumber:
        return KeyNumber(
            name=f"{contrast.component} {what} ({name})",
            value=estimate.value * scale,
            unit=unit,
            interval=(estimate.low * scale, estimate.high * scale),
            confidence=confidence,
            p=p,
            n=n,
            note="" if p is None else "p of the cluster permutation test",
        )

    return [
        number("peak amplitude", found.amplitude, 1e6, "µV", result.p),
        number("peak latency", found.latency, 1e3, "ms", None),
        number("mean amplitude", found.mean, 1e6, "µV", None),
    ]


def _of_recording(history: History) -> list[str]:
    read = step_of(history, "read")
    texts: list[str] = list(read["found"]["notes"]) if read else []
    texts += _flat(history)
    for entry in history:
        if entry["method"] != "filter" or read is None:
            continue
        low, high = entry["params"]["l_freq"], entry["params"]["h_freq"]
        stored_low, stored_high = read["found"]["highpass"], read["found"]["lowpass"]
        if stored_low > (low or 0):
            texts.append(
                f"The recording is stored high-passed at {stored_low:g} Hz, where the chain asks "
                f"for {f'{low:g} Hz' if low else 'no high-pass'}: slow components are attenuated "
                "and may show opposite deflections before and after them."
            )
        if high and stored_high and stored_high < high:
            texts.append(
                f"The recording is stored low-passed at {stored_high:g} Hz, where the chain asks "
                f"for {high:g} Hz: fast components are attenuated."
            )
        if short := entry["found"]["shorter_stretches_s"]:
            texts.append(
                f"{len(short)} stretch(es) between discontinuities ({sum(short):.0f} s in all) are "
                f"shorter than the filter ({entry['found']['length_s']:g} s) and may be distorted."
            )
    return [*texts, *_of_ica(history)]


def _flat(history: History) -> list[str]:
    """Flat channels that no step has found, which are then taken for good ones."""
    flat = [name for e in history if e["method"] == "read" for name in e["found"]["flat"]]
    found = {
        name
        for entry in history
        if entry["method"] == "bad_channels"
        for names in entry["found"].values()
        if isinstance(names, list | dict)
        for name in names
    }
    if not (missed := [name for name in flat if name not in found]):
        return []
    return [
        f"Flat channels count as good, since no step of the chain looks for them: "
        f"{conjoin(missed)}. Put `bad_channels` into the chain."
    ]


def _of_ica(history: History) -> list[str]:
    texts = []
    for entry in history:
        if entry["method"] != "ica":
            continue
        params, found = entry["params"], entry["found"]
        low, high = found["band"]
        if params["iclabel"] is not None and (low > ICLABEL_BAND[0] or high < ICLABEL_BAND[1]):
            texts.append(
                "ICLabel was made for EEG from 1 to 100 Hz; here it saw "
                f"{low:g} to {high:g} Hz, so muscles and line noise are hard for it to tell."
            )
        if found["n_iter"] >= params["max_iter"]:
            texts.append(
                f"The independent components did not converge within {params['max_iter']} "
                "iterations; raise max_iter."
            )
        if len(found["excluded"]) > MOST_EXCLUDED * found["n_components"]:
            texts.append(
                f"{len(found['excluded'])} of {found['n_components']} independent components were "
                "removed; look at the recording."
            )
    return texts


def _of_quality(quality: Quality) -> list[str]:
    dropped = 1 - quality.share_kept
    if dropped <= MOST_DROPPED:
        return []
    if quality.at_rest:
        reasons = conjoin(f"{reason} ({round(s, 1):g} s)" for reason, s in quality.left_out.items())
        return [f"{100 * dropped:.0f}% of the recording were left out, for: {reasons}."]
    reasons = conjoin(f"{reason} ({n})" for reason, n in quality.dropped.items())
    return [f"{100 * dropped:.0f}% of the epochs were dropped, for: {reasons}."]


def _of_result(name: str, contrast: "Contrast", result: Result, quality: Quality) -> list[str]:
    what = f"{contrast.component} ({name})"
    found = result.component
    expected = -1 if contrast.polarity == "negative" else 1
    start, end = (ms(edge) for edge in contrast.window)
    texts = []
    if found.amplitude.value * expected < 0:
        texts.append(
            f"{what}: the difference is never {contrast.polarity} between {start} and {end} ms; "
            "the amplitude has the opposite sign."
        )
    if found.at_edge:
        texts.append(
            f"{what}: the extreme lies at the edge of the window {start} to {end} ms, so it is no "
            "peak; its latency means little."
        )
    if result.p > ALPHA:
        texts.append(f"{what}: no significant cluster (p = {result.p:.3g}).")
    if left_out := [channel for channel in contrast.roi if channel not in result.roi]:
        texts.append(f"{what}: bad channels left out of the region: {conjoin(left_out)}.")
    if mended := [channel for channel in result.roi if channel in quality.bads]:
        texts.append(f"{what}: interpolated channels in the region: {conjoin(mended)}.")
    return texts
