"""What lies beside a recording and belongs to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuro.datasets.layout import LAYOUTS, entities
from neuro.io.bids import ENTITIES, Recording

SUBJECT_FILES = {
    "fmri": ("dwi/*_connectome.tsv", "dwi/*_connectome.json", "anat/*_T1w.nii*", "anat/*_T1w.json"),
    "multimodal": ("func/*.tsv", "dwi/*.tsv"),
}
"""Files of the same subject and session, in other folders, that a modality may use."""


def belongings(root: Path, recording: Recording, modality: str) -> list[Path]:
    """List the files that say something of a recording, itself first.

    That is all in its folder whose subject, session, task and run are its own or not named,
    but for other recordings; the JSON files further up; and what :data:`SUBJECT_FILES` names.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.
    modality : str
        The dataset's modality.

    Returns
    -------
    files : list of Path
        Files only: a recording that is a folder is told by what is in it.
    """
    raw = root / recording.path
    files = files_of(raw)
    folder = raw.parent
    layout = LAYOUTS[modality]
    later_parts = "_split-" in recording.path
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        own = path == raw or not _applies(path, recording)
        another = layout.split(path.name) is not None and not (later_parts or ".json" in path.name)
        if not own and not another and not path.name.startswith("."):
            files += files_of(path)
    for path in _inherited(root, recording):
        files.append(path)
    for pattern in SUBJECT_FILES.get(modality, ()):
        files += sorted(path for path in folder.parent.glob(pattern) if path.is_file())
    return list(dict.fromkeys(files))


def files_of(path: Path) -> list[Path]:
    """List the files in a folder, at any depth; a file is its own list."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path]


def told(root: Path, recording: Recording) -> dict[str, Any]:
    """Read what the JSON sidecars of a recording tell; the nearest one has the last word.

    Parameters
    ----------
    root : Path
        The BIDS tree.
    recording : Recording
        Which recording of it.

    Returns
    -------
    told : dict
        E.g. `RepetitionTime`, s; `SamplingFrequency`, Hz.

    Raises
    ------
    ValueError
        If one is not a JSON object.
    """
    found: dict[str, Any] = {}
    own = [path for path in _own_jsons(root, recording) if path.is_file()]
    for path in [*_inherited(root, recording), *own]:
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path}: not valid JSON ({error}).") from error
        if not isinstance(content, dict):
            raise ValueError(f"{path}: must hold a JSON object, got {type(content).__name__}.")
        found |= content
    return found


def _own_jsons(root: Path, recording: Recording) -> list[Path]:
    """JSON files in the recording's folder of its suffix, the one that says least first."""
    raw = root / recording.path
    suffix = _stem(raw).rpartition("_")[2]
    tags = entities(_stem(raw)).items()
    fitting = [
        path
        for path in raw.parent.glob(f"*_{suffix}.json")
        if entities(path.stem).items() <= tags and path != raw
    ]
    return sorted(fitting, key=lambda path: (len(entities(path.stem)), path.name))


def _inherited(root: Path, recording: Recording) -> Iterator[Path]:
    """JSON files of the recording's suffix further up, from the root downwards."""
    raw = root / recording.path
    suffix = _stem(raw).rpartition("_")[2]
    tags = entities(_stem(raw)).items()
    levels = list(raw.parent.relative_to(root).parents)[::-1]
    for level in levels:
        paths = [*(root / level).glob(f"*_{suffix}.json"), root / level / f"{suffix}.json"]
        for path in sorted(paths):
            if path.is_file() and entities(path.stem).items() <= tags:
                yield path


def _applies(path: Path, recording: Recording) -> bool:
    tags = entities(_stem(path))
    return tags.get("sub") == recording.subject and all(
        tags.get(short, getattr(recording, key)) == getattr(recording, key)
        for key, short in ENTITIES.items()
    )


def _stem(path: Path) -> str:
    return path.name.split(".")[0]
