"""Trials of a task: from clean epochs of EEG or MEG, or from files of trials."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neuro.analyses.eegbench.trials import PER_TRIAL, Sensors, Trials
from neuro.io.bids import Recording
from neuro.io.trials import TrialsFile, read_trials

Classes = Mapping[str, Sequence[str]]
UNITS = {"eeg": "V", "mag": "T", "grad": "T/m"}


def from_epochs(
    paths: Sequence[str | Path],
    recordings: Sequence[Recording],
    classes: Classes,
    tmin: float | None = None,
    tmax: float | None = None,
) -> Trials:
    """Read the trials of a task from epochs of several recordings.

    Parameters
    ----------
    paths : sequence of str | Path
        Epochs, `_epo.fif`, of each recording.
    recordings : sequence of Recording
        Whose they are.
    classes : mapping of str to sequence of str
        Conditions of each class.
    tmin, tmax : float | None
        First and last sample that is taken, s; None for all.

    Returns
    -------
    trials : Trials
        Good EEG channels (or MEG channels) that all recordings have, in order of time.

    Raises
    ------
    ValueError
        If recordings lack a condition, or differ in sampling rate or times.
    """
    read = [_epochs(path, classes, tmin, tmax) for path in paths]
    common = [name for name in read[0].ch_names if all(name in one.ch_names for one in read)]
    if not common:
        raise ValueError(f"{paths[0]}: no channel that all {len(paths)} recordings have")
    for path, one in zip(paths, read, strict=True):
        if one.info["sfreq"] != read[0].info["sfreq"] or len(one.times) != len(read[0].times):
            raise ValueError(
                f"{path}: {len(one.times)} samples at {one.info['sfreq']:g} Hz; {paths[0]} has "
                f"{len(read[0].times)} at {read[0].info['sfreq']:g} Hz: resample them alike"
            )
    parts = [
        trials_of(one.pick(common), recording, classes)
        for one, recording in zip(read, recordings, strict=True)
    ]
    return join(parts)


def _epochs(path: str | Path, classes: Classes, tmin: float | None, tmax: float | None) -> Any:
    import mne  # not needed for files of trials

    epochs = mne.read_epochs(path, preload=False, verbose="ERROR")
    wanted = [label for labels in classes.values() for label in labels]
    if lacking := sorted(set(wanted) - set(epochs.event_id)):
        raise ValueError(f"{path}: no epochs of {lacking}; it has {sorted(epochs.event_id)}")
    epochs = epochs[wanted].load_data()
    if tmin is not None or tmax is not None:
        epochs.crop(tmin, tmax)
    kinds = set(epochs.get_channel_types())
    # MEG and EEG that were recorded together are not mixed: MEG is what the dataset is of.
    picks = [kind for kind in ("mag", "grad") if kind in kinds] or ["eeg"]
    return epochs.pick(picks, exclude="bads")


def trials_of(epochs: Any, recording: Recording, classes: Classes) -> Trials:
    """Trials of one recording.

    Parameters
    ----------
    epochs : mne.Epochs
        Of the channels that are wanted, with the classes' conditions.
    recording : Recording
        Whose they are.
    classes : mapping of str to sequence of str
        Conditions of each class.

    Returns
    -------
    trials : Trials
        In order of time.
    """
    order = np.argsort(epochs.events[:, 0], kind="stable")
    class_of = {
        epochs.event_id[label]: k for k, labels in enumerate(classes.values()) for label in labels
    }
    types = tuple(epochs.get_channel_types())
    n = len(order)
    return Trials(
        data=epochs.get_data(copy=False)[order].astype(np.float32),
        sensors=Sensors(
            ch_names=tuple(epochs.ch_names),
            ch_types=types,
            sfreq=float(epochs.info["sfreq"]),
            tmin=float(epochs.times[0]),
            unit=UNITS[types[0]],
            positions=_positions(epochs),
        ),
        y=np.array([class_of[code] for code in epochs.events[order, 2]], dtype=np.intp),
        classes=tuple(classes),
        subject=_same(recording.subject, n),
        session=_same(recording.session, n),
        run=_same("_".join(filter(None, (recording.task, recording.run))), n),
        onset=epochs.events[order, 0] / float(epochs.info["sfreq"]),
        part=_same("", n),
    )


def _positions(epochs: Any) -> Any:
    places = np.array([ch["loc"][:3] for ch in epochs.info["chs"]], dtype=np.float64)
    known = np.isfinite(places).all() and np.ptp(places, axis=0).any()
    return places if known else None


def _same(text: str, n: int) -> Any:
    return np.full(n, text, dtype=f"U{max(1, len(text))}")


def join(parts: Sequence[Trials]) -> Trials:
    """Put trials of several recordings together.

    Parameters
    ----------
    parts : sequence of Trials
        With the same sensors and classes.

    Returns
    -------
    trials : Trials
        One after the other.
    """
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in PER_TRIAL
    }
    return replace(parts[0], **columns)


def from_files(
    paths: Sequence[str | Path], recordings: Sequence[Recording], classes: Classes
) -> tuple[Trials, list[str]]:
    """Read the trials of a task from files of trials.

    Parameters
    ----------
    paths : sequence of str | Path
        Files that :func:`neuro.io.trials.read_trials` reads.
    recordings : sequence of Recording
        Their names: whose the trials are, where the files do not tell.
    classes : mapping of str to sequence of str
        Labels of each class; empty for each label by itself.

    Returns
    -------
    trials : Trials
    notes : list of str
        What the files say one must know.

    Raises
    ------
    ValueError
        If a label does not occur, or files differ in channels, rate, unit or length.
    """
    files = [read_trials(path) for path in paths]
    found = sorted({str(label) for file in files for label in file.labels})
    classes = classes or {label: [label] for label in found}
    if lacking := sorted({label for labels in classes.values() for label in labels} - set(found)):
        raise ValueError(f"{paths[0]}: no trial has the label {lacking}; there are {found}")
    parts = [_of_file(file, recording, classes) for file, recording in zip(files, recordings,
                                                                         strict=True)]  # fmt: skip
    for path, part in zip(paths, parts, strict=True):
        same = part.sensors == parts[0].sensors and part.data.shape[1:] == parts[0].data.shape[1:]
        if not same:
            raise ValueError(
                f"{path}: channels, rate, unit or length of trials are not those of {paths[0]}"
            )
    return join(parts), list(dict.fromkeys(file.note for file in files if file.note))


def _of_file(file: TrialsFile, recording: Recording, classes: Classes) -> Trials:
    class_of = {label: k for k, labels in enumerate(classes.values()) for label in labels}
    used = np.array([str(label) in class_of for label in file.labels])
    subject = np.where(file.subject == "", recording.subject, file.subject)
    return Trials(
        data=file.data[used],
        sensors=Sensors(file.channels, file.channel_types, file.sfreq, file.tmin, file.unit),
        y=np.array([class_of[str(label)] for label in file.labels[used]], dtype=np.intp),
        classes=tuple(classes),
        subject=subject[used],
        session=file.session[used],
        run=file.run[used],
        onset=file.onset[used],
        part=file.part[used],
    )


def across(source: Trials, target: Trials, names: tuple[str, str]) -> Trials:
    """Put the trials of two datasets together, to train on one and test on the other.

    Parameters
    ----------
    source, target : Trials
        Trained on, and tested; of the same task.
    names : tuple of str
        Of their datasets, for the names of subjects.

    Returns
    -------
    trials : Trials
        In the channels that both have, in the order of the target, with `part`. Times are those
        of each dataset's recordings.

    Raises
    ------
    ValueError
        If classes, rates, times or units differ, or no channel is in both.
    """
    where = f"training on {names[0]}, testing on {names[1]}"
    if set(source.classes) != set(target.classes):
        raise ValueError(f"{where}: classes are {source.classes} and {target.classes}")
    common = [name for name in target.sensors.ch_names if name in source.sensors.ch_names]
    if not common:
        raise ValueError(f"{where}: no channel is in both")
    ours, theirs = ((_timing(one), one.sensors.unit) for one in (target, source))
    if ours != theirs:
        raise ValueError(
            f"{where}: samples, rate (Hz), first sample (ms) and unit are {(*theirs[0], theirs[1])}"
            f" and {(*ours[0], ours[1])}; make epochs alike"
        )
    number = np.array([target.classes.index(name) for name in source.classes], dtype=np.intp)
    parts = [
        _with_channels(replace(one, y=y, part=_same(part, len(one))), common, name)
        for one, y, part, name in (
            (source, number[source.y], "train", names[0]),
            (target, target.y, "test", names[1]),
        )
    ]
    joined = replace(parts[0], sensors=parts[1].sensors, classes=target.classes)
    return join([joined, parts[1]])


def _timing(trials: Trials) -> tuple[int, float, int]:
    sensors = trials.sensors
    return trials.data.shape[2], round(sensors.sfreq, 3), round(1000 * sensors.tmin)


def _with_channels(trials: Trials, names: Sequence[str], dataset: str) -> Trials:
    """Choose channels by name, and say of which dataset subjects are."""
    sensors = trials.sensors
    index = [sensors.ch_names.index(name) for name in names]
    chosen = replace(
        sensors,
        ch_names=tuple(names),
        ch_types=tuple(sensors.ch_types[k] for k in index),
        positions=None if sensors.positions is None else sensors.positions[index],
    )
    subject = np.array([f"{dataset} {name}" for name in trials.subject.tolist()])
    return replace(trials, data=trials.data[:, index], sensors=chosen, subject=subject)
