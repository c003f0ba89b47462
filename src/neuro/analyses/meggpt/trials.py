"""Trials of a task as windows of continuous sessions, or of trials laid end to end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.meggpt.folds import Recording as Windows
from neuro.analyses.meggpt.inputs import Recorded, load_all
from neuro.io.bids import Recording
from neuro.io.trials import read_trials

Ints = NDArray[np.intp]
Classes = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Task:
    """A task's trials.

    Parameters
    ----------
    recordings : list of folds.Recording
        Sessions with the first samples of windows, and classes.
    classes : tuple of str
        Names of the classes.
    sfreq : float
        Sampling rate, Hz.
    length : int
        Samples of a window.
    """

    recordings: list[Windows]
    classes: tuple[str, ...]
    sfreq: float
    length: int


def from_events(
    paths: Sequence[str | Path],
    epochs: Sequence[str | Path],
    raws: Sequence[str | Path],
    recordings: Sequence[Recording],
    classes: Classes,
    span: tuple[float, float],
) -> Task:
    """Windows after the events whose epochs were kept.

    Parameters
    ----------
    paths : sequence of str | Path
        Parcels or sensors of each recording.
    epochs, raws : sequence of str | Path
        Its epochs, and its continuous sensors, which tell where its samples begin to count.
    recordings : sequence of Recording
        Whose they are.
    classes : mapping of str to sequence of str
        Conditions of each class.
    span : tuple of float
        Begin and end of a window after the event, s.

    Returns
    -------
    task : Task
        Windows that bad segments do not touch.

    Raises
    ------
    ValueError
        If a recording lacks a condition, or has no window left.
    """
    import mne  # not needed for files of trials

    sessions = load_all(paths, recordings)
    sfreq = sessions[0].sfreq
    length = round((span[1] - span[0]) * sfreq)
    found = []
    for session, path, raw in zip(sessions, epochs, raws, strict=True):
        kept = mne.read_epochs(path, preload=False, verbose="ERROR")
        wanted = [label for labels in classes.values() for label in labels]
        if lacking := sorted(set(wanted) - set(kept.event_id)):
            raise ValueError(f"{path}: no epochs of {lacking}; it has {sorted(kept.event_id)}")
        first = mne.io.read_raw_fif(raw, preload=False, verbose="ERROR").first_samp
        class_of = {kept.event_id[x]: k for k, xs in enumerate(classes.values()) for x in xs}
        events = kept.events[np.isin(kept.events[:, 2], list(class_of))]
        events = events[np.argsort(events[:, 0], kind="stable")]
        begins = events[:, 0] - first + round(span[0] * sfreq)
        y = np.array([class_of[code] for code in events[:, 2]], dtype=np.intp)
        found.append(_windows(session, begins, y, length))
        if not len(found[-1].y):
            raise ValueError(f"{path}: bad segments leave no window of {length} samples")
    return Task(found, tuple(classes), sfreq, length)


def _windows(session: Recorded, begins: Ints, y: Ints, length: int) -> Windows:
    """Windows within what is good, and where that was recorded in one go."""
    places = session.places
    at = np.searchsorted(places, begins)
    inside = at + length <= len(places)
    inside[inside] = (places[at[inside]] == begins[inside]) & (
        places[at[inside] + length - 1] == begins[inside] + length - 1
    )
    cuts = np.flatnonzero(np.diff(places) > 1) + 1
    edges = np.concatenate([[0], cuts, [len(places)]])
    return Windows(
        subject=session.subject,
        data=session.data,
        onsets=at[inside].astype(np.intp),
        y=y[inside],
        stretches=np.column_stack([edges[:-1], edges[1:]]),
    )


def from_trials(
    paths: Sequence[str | Path],
    recordings: Sequence[Recording],
    classes: Classes,
    span: tuple[float, float],
) -> Task:
    """Windows of trials that others have cut; nothing lies between two of them.

    Parameters
    ----------
    paths : sequence of str | Path
        Files of trials.
    recordings : sequence of Recording
        Whose they are.
    classes : mapping of str to sequence of str
        Labels of each class; empty for each label by itself.
    span : tuple of float
        Begin and end of a window after the event, s; what a trial lacks of it is left out.

    Returns
    -------
    task : Task
        A recording for each subject, session and run.

    Raises
    ------
    ValueError
        If a label does not occur, or no sample of a trial is in the span.
    """
    files = [read_trials(path) for path in paths]
    labels = sorted({str(label) for file in files for label in file.labels})
    classes = classes or {label: [label] for label in labels}
    if lacking := sorted({x for xs in classes.values() for x in xs} - set(labels)):
        raise ValueError(f"{paths[0]}: no trial has the label {lacking}; there are {labels}")
    class_of = {label: k for k, xs in enumerate(classes.values()) for label in xs}
    sfreq, n_times = files[0].sfreq, files[0].data.shape[2]
    start = max(round((span[0] - files[0].tmin) * sfreq), 0)
    stop = min(round((span[1] - files[0].tmin) * sfreq), n_times)
    if stop - start < 2:
        raise ValueError(
            f"{paths[0]}: trials are from {files[0].tmin:g} s on, {n_times / sfreq:g} s long; "
            f"nothing of them lies in meggpt.tmin to tmax, {span[0]:g} to {span[1]:g} s"
        )
    found = []
    for file, recording in zip(files, recordings, strict=True):
        whose = np.array(["/".join(x) for x in zip(file.subject, file.session, file.run,
                                                   strict=True)])  # fmt: skip
        for one in dict.fromkeys(whose):
            own = np.flatnonzero((whose == one) & np.isin(file.labels, list(class_of)))
            own = own[np.argsort(file.onset[own], kind="stable")]
            edges = np.arange(len(own) + 1) * n_times
            part = file.part[own]
            found.append(
                Windows(
                    subject=str(file.subject[own[0]]) or recording.subject,
                    data=file.data[own].transpose(1, 0, 2).reshape(file.data.shape[1], -1),
                    onsets=edges[:-1] + start,
                    y=np.array([class_of[str(x)] for x in file.labels[own]], dtype=np.intp),
                    part=part if (part != "").all() else None,
                    stretches=np.column_stack([edges[:-1], edges[1:]]),
                )
            )
    return Task(found, tuple(classes), sfreq, stop - start)
