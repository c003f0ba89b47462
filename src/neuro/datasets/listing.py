"""Which recordings are used: the source's listing, filtered by the configuration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError, enumerate_some, suggest
from neuro.datasets.bids import scan
from neuro.datasets.layout import entities
from neuro.datasets.registry import open_source
from neuro.datasets.table import read_recordings
from neuro.io.bids import ENTITIES, Recording

if TYPE_CHECKING:
    from neuro.config import Recordings, Source


def list_recordings(
    source: "Source", recordings: "Recordings", name: str = "", modality: str = "eeg"
) -> list[Recording] | None:
    """List the recordings that are used, when they are known before anything is fetched.

    Parameters
    ----------
    source : Source
        The section `datasets.<name>.source`.
    recordings : Recordings
        The section `datasets.<name>.recordings`.
    name : str
        The dataset's name, for errors.
    modality : str
        The dataset's modality.

    Returns
    -------
    used : list of Recording | None
        Sorted; None when only a fetch can tell.

    Raises
    ------
    DatasetError
        If the source's tree is not as it must be, or as :func:`select`.
    """
    found = open_source(source, name, modality).listing()
    return None if found is None else select(found, recordings, name)


def list_tree(
    root: str | Path,
    recordings: "Recordings",
    name: str = "",
    modality: str = "eeg",
    only: Mapping[str, str] | None = None,
) -> list[Recording]:
    """List the recordings that are used of a tree that was fetched.

    Parameters
    ----------
    root : str | Path
        The tree.
    recordings : Recordings
        The section `datasets.<name>.recordings`.
    name : str
        The dataset's name, for errors.
    modality : str
        The dataset's modality.
    only : mapping of str to str | None
        Labels that a recording's file must have, as :func:`~neuro.datasets.bids.scan` takes them.

    Returns
    -------
    used : list of Recording
        Sorted.

    Raises
    ------
    DatasetError
        As :func:`~neuro.datasets.bids.scan` and :func:`select`.
    """
    found = scan(root, modality, only, f"datasets.{name or '<name>'}.source")
    return select(found, recordings, name)


def read_listing(table: str | Path, recordings: "Recordings", name: str = "") -> list[Recording]:
    """List the recordings that are used of a table that `index` wrote; errors as :func:`select`."""
    return select(read_recordings(table), recordings, name)


def select(found: Sequence[Recording], recordings: "Recordings", name: str = "") -> list[Recording]:
    """Apply the include lists and `exclude`.

    Parameters
    ----------
    found : sequence of Recording
        All recordings of the dataset.
    recordings : Recordings
        The section `datasets.<name>.recordings`.
    name : str
        The dataset's name, for errors.

    Returns
    -------
    used : list of Recording
        Sorted.

    Raises
    ------
    DatasetError
        If a list names something that does not exist, nothing is left, or two files would be
        the same recording.
    """
    where = f"datasets.{name or '<name>'}.recordings"
    if problems := _unknown(found, recordings, where):
        raise DatasetError("\n".join(problems))
    used = sorted(r for r in found if _included(r, recordings))
    if not used:
        raise DatasetError(
            f"{where}: no recording is left. Found: {enumerate_some(r.name for r in found)}."
        )
    seen: dict[str, Recording] = {}
    for recording in used:
        if recording.name in seen:
            raise DatasetError(_twice(seen[recording.name], recording, where))
        seen[recording.name] = recording
    return used


def _twice(first: Recording, second: Recording, where: str) -> str:
    """What to do about two files of one recording: choose by an entity where one differs."""
    tags = []
    for recording in (first, second):
        stem = recording.path.rpartition("/")[2].split(".")[0]
        tags.append({**entities(stem), "suffix": stem.rpartition("_")[2]})
    keys = sorted(tags[0].keys() | tags[1].keys())
    differ = [key for key in keys if tags[0].get(key) != tags[1].get(key)]
    told = f"{where}: two files are the recording '{first.name}': {first.path} and {second.path}."
    if not differ:
        known = ", ".join(ENTITIES)
        return f"{told} Keep one of them; recordings are told apart by {known} only."
    source, label = where.replace(".recordings", ".source"), tags[0].get(differ[-1], "") or "''"
    return (
        f"{told} They differ in {', '.join(differ)}; choose one, e.g. "
        f"`{source}.entities: {{{differ[-1]}: {label}}}`."
    )


def _included(recording: Recording, recordings: "Recordings") -> bool:
    if recording.name in recordings.exclude:
        return False
    wanted = ((getattr(recordings, f"{key}s"), getattr(recording, key)) for key in ENTITIES)
    return all(labels is None or label in labels for labels, label in wanted)


def _unknown(found: Sequence[Recording], recordings: "Recordings", where: str) -> list[str]:
    """One line per name in the configuration that no recording has."""
    problems = []
    for key in ENTITIES:
        there = {getattr(recording, key) for recording in found} - {""}
        for label in getattr(recordings, f"{key}s") or ():
            if label not in there:
                problems.append(
                    f"{where}.{key}s: no recording has {key} '{label}'.{suggest(label, there)} "
                    f"Found: {enumerate_some(there) or 'none'}."
                )
    names = {recording.name for recording in found}
    for label in recordings.exclude:
        if label not in names:
            problems.append(
                f"{where}.exclude: there is no recording '{label}'.{suggest(label, names)} "
                f"Found: {enumerate_some(names)}."
            )
    return problems
