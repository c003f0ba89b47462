"""Events of a recording that is converted: its annotations, its trigger channel, or a table."""

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError, enumerate_some, suggest
from neuro.datasets.pattern import Match, fill

if TYPE_CHECKING:
    import mne

    from neuro.config.source import FileEvents


Event = tuple[float, float, str]
"""Onset (s), duration (s) and `trial_type`."""


def add_events(
    raw: "mne.io.BaseRaw", params: "FileEvents | None", folder: Path, match: Match, where: str
) -> None:
    """Give a recording its events as annotations, under the names that events.tsv shall have.

    Parameters
    ----------
    raw : Raw
        The recording; its annotations are changed.
    params : FileEvents | None
        Where the events are told, and their names; None for the annotations that it has, if any.
    folder : Path
        The source's folder.
    match : Match
        The recording's file.
    where : str
        Configuration key of the source, for errors.

    Raises
    ------
    DatasetError
        If there are no events, a name stands for nothing, or a table is bad.
    """
    if params is None:
        return
    file = folder / match.path
    if params.take == "stim":
        _append(raw, _from_triggers(raw, params, file, where))
    elif params.take == "table":
        length = raw.n_times / raw.info["sfreq"]
        rows = _from_table(params, folder, match, where, length)
        raw.set_annotations(_annotations(rows))
    there = set(map(str, raw.annotations.description))
    _named(there, params, file, where)
    raw.annotations.rename({key: params.names[key] for key in there & set(params.names)})


def table_events(
    params: "FileEvents", folder: Path, match: Match, where: str, length: float
) -> list[Event]:
    """Read a recording's events off its table, under the names that events.tsv shall have.

    Parameters
    ----------
    params : FileEvents
        Where the events are told, and their names.
    folder : Path
        The source's folder.
    match : Match
        The recording's file.
    where : str
        Configuration key of the source, for errors.
    length : float
        Length of the recording, s.

    Returns
    -------
    events : list of tuple
        Onset (s), duration (s) and `trial_type` of each.

    Raises
    ------
    DatasetError
        As :func:`add_events`.
    """
    rows = _from_table(params, folder, match, where, length)
    _named({name for _, _, name in rows}, params, folder / match.path, where)
    return [(onset, span, params.names.get(name, name)) for onset, span, name in rows]


def told_events(raw: "mne.io.BaseRaw") -> list[Event]:
    """Annotations of a recording as events that count from its first sample."""
    marks = raw.annotations
    return [
        (round(float(onset) - raw.first_time, 6), round(float(span), 6), str(name))
        for onset, span, name in zip(marks.onset, marks.duration, marks.description, strict=True)
    ]


def _named(there: set[str], params: "FileEvents", file: Path, where: str) -> None:
    """Raise an error where there are no events, or a name stands for none of them."""
    if not there:
        raise DatasetError(
            f"{where}.events: {file} has no events in its {_PLACE[params.take]}. Allowed: "
            "`take: annotations`, `take: stim`, `take: table`, or no key `events`."
        )
    if idle := sorted(set(params.names) - there):
        raise DatasetError(
            f"{where}.events.names: {file} has no event {idle[0]!r}.{suggest(idle[0], there)} "
            f"It has: {enumerate_some(there)}."
        )


def _annotations(rows: list[Event]) -> "mne.Annotations":
    import mne

    onsets, spans, names = zip(*rows, strict=True) if rows else ((), (), ())
    return mne.Annotations(list(onsets), list(spans), list(names))


_PLACE = {"annotations": "annotations", "stim": "trigger channel", "table": "table"}


def _append(raw: "mne.io.BaseRaw", more: "mne.Annotations") -> None:
    """Add annotations whose onsets count from the recording's first sample."""
    earlier = raw.annotations.copy()
    raw.set_annotations(more)  # which gives them the recording's own origin
    both = earlier + raw.annotations
    if both.orig_time is None:  # MNE adds it where there is no date
        both.onset -= raw.first_time
    raw.set_annotations(both)


def _from_triggers(
    raw: "mne.io.BaseRaw", params: "FileEvents", file: Path, where: str
) -> "mne.Annotations":
    import mne

    stims = [
        name
        for name, kind in zip(raw.ch_names, raw.get_channel_types(), strict=True)
        if kind == "stim"
    ]
    channel = params.stim_channel or next(iter(stims), None)
    if channel not in raw.ch_names:
        raise DatasetError(
            f"{where}.events.stim_channel: {file} has no channel {channel!r}. Trigger channels: "
            f"{', '.join(stims) or 'none'}; all: {', '.join(raw.ch_names)}."
        )
    events = mne.find_events(
        raw,
        stim_channel=channel,
        shortest_event=1,
        initial_event=True,
        mask=params.mask,
        mask_type="and",
        verbose="error",
    )
    onsets = (events[:, 0] - raw.first_samp) / raw.info["sfreq"]
    return mne.Annotations(onsets, 0.0, [str(code) for code in events[:, 2]])


def _from_table(
    params: "FileEvents", folder: Path, match: Match, where: str, length: float
) -> list[Event]:
    key = f"{where}.events.table"
    try:
        path = folder / fill(str(params.table), match.labels)
    except KeyError as error:
        raise DatasetError(
            f"{key}: placeholder {error.args[0]!r} is not in the pattern; allowed: "
            f"{sorted(match.labels)}."
        ) from None
    if not path.is_file():
        raise DatasetError(f"{key}: {path} is missing; it shall tell the events of {match.path}.")
    found = []
    for line, row in _rows(path, key):
        try:
            onset, duration = float(row["onset"]), float(row.get("duration") or 0)
        except ValueError:
            onset = duration = math.nan
        if not (0 <= onset < length and duration >= 0):
            raise DatasetError(
                f"{key}: {path}, line {line}: onset must be within the recording, 0 to "
                f"{length:g} s, and duration not negative, got {row['onset']!r} and "
                f"{row.get('duration') or 0!r}."
            )
        found.append((onset, duration, row["trial_type"]))
    return found


def _rows(path: Path, key: str) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
        file.seek(0)
        reader = csv.DictReader(file, delimiter=delimiter)
        columns = list(reader.fieldnames or ())
        if lacking := [name for name in ("onset", "trial_type") if name not in columns]:
            raise DatasetError(f"{key}: {path} lacks column(s) {lacking}; it has {columns}.")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise DatasetError(
                    f"{key}: {path}, line {reader.line_num}: not {len(columns)} values."
                )
            rows.append((reader.line_num, row))
    return rows
