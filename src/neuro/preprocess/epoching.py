"""Cutting a recording into epochs by condition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mne
import numpy as np
from numpy.typing import NDArray

from neuro.preprocess.autoreject import autoreject
from neuro.preprocess.names import did_you_mean, listed

if TYPE_CHECKING:
    from neuro.config.eeg import EEGPreprocess, Epochs

_PLAIN = {
    "TOO_SHORT": "recording's edge",
    "NO_DATA": "recording's edge",
    "AUTOREJECT": "autoreject",
}
Events = NDArray[np.int_]
Found = dict[str, Any]


def select_events(
    raw: mne.io.BaseRaw,
    conditions: Mapping[str, Sequence[str]],
    where: str | Path,
    hint: str = "",
) -> tuple[Events, dict[str, int]]:
    """Find the events of each condition among the annotations.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The recording.
    conditions : mapping of str to sequence of str
        Values of `trial_type` by condition.
    where : str | Path
        The events file, for messages.
    hint : str
        What may be why an event does not occur, for that message.

    Returns
    -------
    events : ndarray, shape (n_events, 3)
        MNE events, coded by condition; none without conditions.
    event_id : dict of str to int
        Codes from 1, in the order of `conditions`.

    Raises
    ------
    ValueError
        If a trial_type does not occur, stands for two conditions, or two events share a sample.
    """
    present = Counter(str(d) for d in raw.annotations.description if not _is_mark(str(d)))
    event_id = {name: code for code, name in enumerate(conditions, start=1)}
    codes: dict[str, int] = {}
    for name, trial_types in conditions.items():
        if unknown := [value for value in trial_types if value not in present]:
            there = [f"{value} ({count})" for value, count in sorted(present.items())]
            raise ValueError(
                f"{where}: events.{name}: no event has trial_type {listed(unknown)}."
                f"{did_you_mean(unknown, present)} It has: {listed(there) or 'no events'}"
                f"{hint and f'. {hint}'}"
            )
        for value in trial_types:
            if codes.setdefault(value, event_id[name]) != event_id[name]:
                other = next(key for key, code in event_id.items() if code == codes[value])
                raise ValueError(
                    f"events: trial_type '{value}' stands for '{other}' and for '{name}'; "
                    "conditions must not share events"
                )
    if not codes:
        return np.empty((0, 3), dtype=int), event_id
    events, _ = mne.events_from_annotations(raw, event_id=codes, verbose="ERROR")
    samples, counts = np.unique(events[:, 0], return_counts=True)
    if (counts > 1).any():
        first = samples[counts > 1][0] / raw.info["sfreq"]
        raise ValueError(
            f"{where}: {(counts > 1).sum()} sample(s) with several events, first at {first:.3f} s"
            "; an epoch belongs to one condition. Correct the file or choose other events"
        )
    return events, event_id


def enough_events(
    events: Events, event_id: Mapping[str, int], params: "Epochs", where: str | Path
) -> None:
    """Raise before the long work if a condition has too few events to begin with."""
    counts = {name: int((events[:, 2] == code).sum()) for name, code in event_id.items()}
    if few := {name: n for name, n in counts.items() if n < params.min_trials}:
        raise ValueError(
            f"{where}: fewer than preprocess.epochs.min_trials ({params.min_trials}) events in "
            f"condition(s) {listed(f'{name} ({n})' for name, n in few.items())}. Lower min_trials, "
            "or leave the recording out with `recordings.exclude`"
        )


def overlap_of(samples: NDArray[np.int_], length: int, sfreq: float) -> Found:
    """How epochs overlap, which makes their trials depend on each other.

    Parameters
    ----------
    samples : ndarray, shape (n_epochs,)
        Samples of their events, in any order.
    length : int
        Samples of an epoch.
    sfreq : float
        Sampling rate, Hz.

    Returns
    -------
    found : dict
        `epochs`, the number of those that begin before the one before has ended, of `of` in all,
        and `longest_s`, the longest time that two share.
    """
    shared = length - np.diff(np.sort(samples))
    longest = float(shared.max(initial=0)) / sfreq
    return {"epochs": int((shared > 0).sum()), "of": len(samples), "longest_s": round(longest, 4)}


def examined_span(params: "EEGPreprocess") -> tuple[float, float] | None:
    """From the first to the last time that contrasts look at, baseline included, s."""
    windows = [w for c in params.contrasts.values() for w in (c.window, c.test_window)]
    if not windows:
        return None
    windows += [params.epochs.baseline] if params.epochs.baseline is not None else []
    return min(start for start, _ in windows), max(end for _, end in windows)


def examined_overlap(
    samples: NDArray[np.int_], params: "EEGPreprocess", sfreq: float
) -> Found | None:
    """How epochs overlap in what contrasts look at; None without contrasts.

    See :func:`overlap_of`.
    """
    if (span := examined_span(params)) is None:
        return None
    return overlap_of(samples, round((span[1] - span[0]) * sfreq) + 1, sfreq)


def cut_epochs(
    raw: mne.io.BaseRaw,
    events: Events,
    event_id: Mapping[str, int],
    params: "Epochs",
    where: str | Path,
    rng: np.random.Generator,
) -> tuple[mne.BaseEpochs, Found]:
    """Cut epochs of the EEG channels, subtract the baseline, drop bad ones.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        The cleaned recording.
    events, event_id : ndarray, dict
        From :func:`select_events`.
    params : Epochs
        Times, baseline, rejection.
    where : str | Path
        The recording, for messages.
    rng : numpy.random.Generator
        Random numbers, for autoreject.

    Returns
    -------
    epochs : mne.BaseEpochs
        The good epochs, loaded.
    found : dict
        Numbers of events and of epochs kept by condition, of epochs dropped by reason, and of
        those kept that overlap.

    Raises
    ------
    ValueError
        If a condition has fewer than `min_trials` epochs left.
    """
    epochs = mne.Epochs(
        raw,
        events,
        dict(event_id),
        params.tmin,
        params.tmax,
        baseline=params.baseline,
        picks=["csd"] if "csd" in raw.get_channel_types() else ["eeg"],
        reject_by_annotation=True,
        proj=False,
        preload=True,
        on_missing="ignore",
        verbose="ERROR",
    )
    learned: Found = {}
    if params.autoreject is not None and len(epochs):
        epochs, learned = autoreject(epochs, params, rng, where)
    if params.reject is not None and "eeg" in epochs:
        epochs.drop_bad({"eeg": params.reject * 1e-6}, verbose="ERROR")
    found: Found = {
        "events": {name: int((events[:, 2] == code).sum()) for name, code in event_id.items()},
        "kept": {name: int((epochs.events[:, 2] == c).sum()) for name, c in event_id.items()},
        "dropped": _reasons(epochs),
        "overlap": overlap_of(epochs.events[:, 0], len(epochs.times), epochs.info["sfreq"]),
    }
    if learned:
        found["autoreject"] = learned
    _enough_left(found, params, where)
    return epochs, found


def trials(epochs: mne.BaseEpochs, conditions: Sequence[str]) -> list[NDArray[np.float64]]:
    """Trials of each condition, V, shapes (n_trials, n_channels, n_times)."""
    data = epochs.get_data(copy=False)
    return [data[epochs.events[:, 2] == epochs.event_id[name]] for name in conditions]


def _is_mark(description: str) -> bool:
    return description.lower().startswith(("bad", "edge"))


def _reasons(epochs: mne.BaseEpochs) -> dict[str, int]:
    """Dropped epochs by reason, most frequent first; several channels count as one reason."""
    channels = set(epochs.ch_names)
    reasons: Counter[str] = Counter()
    for entry in epochs.drop_log:
        if entry:
            reason = "amplitude" if entry[0] in channels else entry[0]
            reasons[_PLAIN.get(reason, reason)] += 1
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _enough_left(found: Found, params: "Epochs", where: str | Path) -> None:
    few = {name: n for name, n in found["kept"].items() if n < params.min_trials}
    if not few:
        return
    counts = listed(f"{name} {n} of {found['events'][name]}" for name, n in few.items())
    reasons = listed(f"{reason} {n}" for reason, n in found["dropped"].items())
    raise ValueError(
        f"{where}: fewer than preprocess.epochs.min_trials ({params.min_trials}) epochs left in "
        f"condition(s) {counts}. Dropped for: {reasons}. Raise preprocess.epochs.reject (µV), "
        "clean bad channels first, lower min_trials, or leave the recording out with "
        "`recordings.exclude`"
    )
