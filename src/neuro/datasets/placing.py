"""Giving recordings their places in a BIDS-like tree: copied as they are, with their sidecars.

Nothing is linked: a tree that was fetched stands on its own, and its checksums hold.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets import tree
from neuro.datasets.base import DatasetError
from neuro.datasets.layout import LAYOUTS
from neuro.datasets.pattern import Match, fill
from neuro.datasets.sidecars import files_of
from neuro.io.bids import Recording

if TYPE_CHECKING:
    import mne

    from neuro.config.source import FilesSource as FilesConfig

KEYS = {
    "channel_types": ("eeg", "meg"),
    "line_freq": ("eeg", "meg"),
    "tr": ("fmri",),
    "sfreq": ("calcium",),
}
"""Modalities that a key of the source is for."""
EVENTS = {
    "eeg": ("annotations", "stim", "table"),
    "meg": ("annotations", "stim", "table"),
    "fmri": ("table",),
}
"""Where a modality's events may be told; none for the others."""
FOLDERS = {
    "calcium": (".suite2p", re.compile(r"(plane\d+/)?(F|Fneu|iscell|spks)\.npy")),
    "spikes": (
        ".phy",
        re.compile(r"(spike_\w+|templates?\w*)\.npy|params\.py|cluster_\w+\.(tsv|csv)"),
    ),
}
"""Ending of a folder in the tree, and what of it is copied: no pickles, no raw samples."""


def check_keys(config: "FilesConfig", modality: str, where: str) -> None:
    """Check that the source has no key that its modality does not know.

    Raises
    ------
    DatasetError
        If it has.
    """
    for key, modalities in KEYS.items():
        if getattr(config, key) and modality not in modalities:
            raise DatasetError(
                f"{where}.{key} is for modality {' and '.join(modalities)}, not for {modality!r}; "
                "leave it out."
            )
    allowed = EVENTS.get(modality, ())
    if config.events is not None and config.events.take not in allowed:
        told = f"allowed: {', '.join(allowed)}" if allowed else "leave the key `events` out"
        raise DatasetError(
            f"{where}.events.take: got {config.events.take!r} for modality {modality!r}; {told}."
        )


def named(path: Path, modality: str, where: str) -> tuple[str, str, str]:
    """Tell the label of `desc-`, suffix and ending that a file or folder has in the tree.

    Raises
    ------
    DatasetError
        If the modality knows no such format.
    """
    if modality == "eeg":
        from neuro.datasets.convert import ending

        return "", "eeg", ending(path)
    if modality == "meg":
        return "", "meg", ".fif"
    if path.is_dir() and modality in FOLDERS:
        return "", next(iter(LAYOUTS[modality].suffixes)), FOLDERS[modality][0]
    for suffix, endings in LAYOUTS[modality].suffixes.items():
        for ending_ in endings:
            if path.name.lower().endswith(ending_) and not path.is_dir():
                return "", suffix, ending_
    known = [e for endings in LAYOUTS[modality].suffixes.values() for e in endings]
    raise DatasetError(
        f"{where}: fits {path}, which is no format of modality {modality!r}. Allowed: "
        f"{', '.join(known)}."
    )


def inputs(config: "FilesConfig", folder: Path, match: Match) -> Iterator[Path]:
    """Files that are read to make a recording, as far as they exist."""
    tables = [config.events.table] if config.events and config.events.table else []
    paths = [folder / match.path, _sidecar(folder / match.path)]
    paths += [
        folder / fill(template, match.labels)
        for template in (*tables, *config.beside.values())
        if set(re.findall(r"\{(\w+)\}", template)) <= match.labels.keys()
    ]
    for path in paths:
        if path.exists():
            yield from files_of(path)


def place(
    recording: Recording,
    match: Match,
    config: "FilesConfig",
    folder: Path,
    root: Path,
    where: str,
) -> None:
    """Copy a recording of fMRI, calcium imaging or spikes, and write its sidecars.

    Parameters
    ----------
    recording : Recording
        Where it goes.
    match : Match
        Where it lies.
    config : FilesSource
        The section `datasets.<name>.source`.
    folder : Path
        The source's folder.
    root : Path
        The tree.
    where : str
        Configuration key of the source, for errors.

    Raises
    ------
    DatasetError
        If a folder lacks what belongs into it, or the events are bad.
    """
    source, target = folder / match.path, root / recording.path
    if source.is_dir():
        _copy_folder(source, target, dict(FOLDERS.values())[target.suffix])
    else:
        tree.place(source, target)
    told = _told(source)
    if config.tr is not None:
        told["RepetitionTime"] = config.tr
    if config.sfreq is not None:
        told["SamplingFrequency"] = config.sfreq
    if recording.datatype == "func" and recording.task:
        told.setdefault("TaskName", recording.task)
    if told and target.suffix != ".json":
        tree.write_json(target.with_name(f"{target.name.split('.')[0]}.json"), told)
    if config.events is not None:
        from neuro.datasets.events import table_events

        events = table_events(config.events, folder, match, where, float("inf"))
        write_events(root, recording, events)


def place_meg(
    raw: "mne.io.BaseRaw", recording: Recording, source: Path, root: Path, *, same: bool
) -> None:
    """Write an MEG recording with its sidecars: FIF is copied, all else becomes FIF.

    Parameters
    ----------
    raw : Raw
        The recording; its annotations become events.tsv.
    recording : Recording
        Where it goes.
    source : Path
        The file that it was read from.
    root : Path
        The tree.
    same : bool
        Whether `raw` still is what the file holds.

    Raises
    ------
    DatasetError
        If it has no MEG channel.
    """
    from neuro.datasets.events import told_events
    from neuro.datasets.meg import write_sidecars

    types = set(raw.get_channel_types())
    if not types & {"mag", "grad"}:
        raise DatasetError(
            f"{recording.name}: no MEG channel; it has channels of type {', '.join(sorted(types))}."
        )
    target = root / recording.path
    # The parts of a split file name each other: their names cannot be changed from outside.
    if same and source.suffix.lower() == ".fif" and len(raw.filenames) == 1:
        tree.place(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        raw.save(target, split_naming="neuromag", verbose="error")
    write_sidecars(raw, target, recording.task)
    if events := told_events(raw):
        write_events(root, recording, events)


def place_beside(
    recording: Recording,
    match: Match,
    config: "FilesConfig",
    folder: Path,
    root: Path,
    where: str,
) -> None:
    """Copy what the key `beside` names; parameters and errors as :func:`place`."""
    for ending, template in config.beside.items():
        key = f"{where}.beside.{ending}"
        try:
            path = folder / fill(template, match.labels)
        except KeyError as error:
            raise DatasetError(
                f"{key}: placeholder {error.args[0]!r} is not in the pattern; allowed: "
                f"{sorted(match.labels)}."
            ) from None
        if not path.is_file():
            raise DatasetError(f"{key}: {path} is missing; it belongs to {match.path}.")
        tree.place(path, root / f"{recording.prefix}_{ending}")


def write_events(root: Path, recording: Recording, events: list[tuple[float, float, str]]) -> None:
    """Write a recording's events.tsv."""
    columns = ["onset", "duration", "trial_type"]
    tree.write_table(root / f"{recording.prefix}_events.tsv", columns, events)


def _copy_folder(source: Path, target: Path, wanted: re.Pattern[str]) -> None:
    files = [p for p in files_of(source) if wanted.fullmatch(p.relative_to(source).as_posix())]
    if not files:
        raise DatasetError(
            f"{source}: holds nothing that a folder {target.suffix} has; looked for "
            f"{wanted.pattern}."
        )
    for path in files:
        place_at = target / path.relative_to(source)
        place_at.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place_at)


def _sidecar(source: Path) -> Path:
    return source.with_name(f"{source.name.split('.')[0]}.json")


def _told(source: Path) -> dict[str, Any]:
    """Content of a JSON file of the same name beside a recording."""
    path = _sidecar(source)
    if not path.is_file() or path == source:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DatasetError(f"{path}: not valid JSON ({error}).") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: a sidecar is a JSON object, got a {type(content).__name__}.")
    return content
