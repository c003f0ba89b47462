"""A BIDS tree on this machine: listed by its names, read in place, never written to."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some, suggest
from neuro.datasets.layout import LAYOUTS, Layout, entities
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import BidsSource as BidsConfig

_LATER_SPLIT = re.compile(r"_split-0*([2-9]|1\d)\d*_")


class BidsSource(DatasetSource["BidsConfig"]):
    """A local BIDS tree, in place."""

    def __init__(self, config: "BidsConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.root = Path(config.path).expanduser()
        self.local_root = self.root

    def listing(self) -> list[Recording]:
        """List the recordings by their names; no file is opened.

        Raises
        ------
        DatasetError
            If the folder is missing, is not a BIDS dataset, or holds no recordings.
        """
        key = f"{self.where}.path"
        if not self.root.is_dir():
            raise DatasetError(
                f"{key}: no folder {str(self.root)!r}; a relative path starts where Snakemake "
                f"runs, now {str(Path.cwd())!r}."
            )
        if not (self.root / "dataset_description.json").is_file():
            raise DatasetError(
                f"{key}: {str(self.root)!r} is not a BIDS dataset: it lacks "
                "dataset_description.json. Give the folder that holds the sub-* folders."
            )
        found = scan(self.root, self.modality, self.entities, self.where)
        if not found:
            raise DatasetError(
                f"{key}: no recordings below {str(self.root)!r}; looked for "
                f"{LAYOUTS[self.modality].wanted}."
            )
        return found

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Check that the tree is there; it is read in place and nothing is copied.

        Raises
        ------
        DatasetError
            As :meth:`listing`.
        """
        self.listing()


def scan(
    root: str | Path,
    modality: str = "eeg",
    only: Mapping[str, str] | None = None,
    where: str = "source",
) -> list[Recording]:
    """List the raw files of a BIDS tree by their names; no file is opened.

    `derivatives`, `sourcedata` and `code` are not looked into. Of a recording split over
    several files only the first is listed, since readers follow the splits. Where a recording is
    there with `desc-preproc` and without, as some derivatives have it, the former counts.

    Parameters
    ----------
    root : str | Path
        The folder that holds the `sub-*` folders.
    modality : str
        What to look for: a key of :data:`~neuro.datasets.layout.LAYOUTS`.
    only : mapping of str to str | None
        Labels that a file's further entities must have, e.g. `{"space": "T1w"}`; the empty label
        asks for files without the entity, `suffix` for the last part of the name.
    where : str
        Configuration key of the source, for errors.

    Returns
    -------
    recordings : list of Recording
        Sorted; paths are relative to `root`.

    Raises
    ------
    DatasetError
        If a file's name is not a BIDS name, or contradicts its folder; if nothing has the labels
        that are asked for.
    """
    root, layout = Path(root), LAYOUTS[modality]
    folders = [
        folder / layout.folder
        for subject in _subfolders(root, "sub-")
        for folder in (subject, *_subfolders(subject, "ses-"))
    ]
    found = [(_recording(path, root), tags) for path, tags in _candidates(root, folders, layout)]
    chosen = _with_labels(found, only or {}, where)
    preprocessed = {recording.name for recording, tags in chosen if tags.get("desc") == "preproc"}
    return sorted(
        recording
        for recording, tags in chosen
        if recording.name not in preprocessed or tags.get("desc") == "preproc"
    )


def _candidates(
    root: Path, folders: list[Path], layout: Layout
) -> list[tuple[str, dict[str, str]]]:
    """Paths of recordings below a root, with the entities and the suffix of their names."""
    found = []
    for folder in folders:
        parts = {name: layout.split(name) for name in _names(folder)}
        stems = [split[0] for split in parts.values() if split is not None]
        for name, split in parts.items():
            if split is None or _LATER_SPLIT.search(split[0]):
                continue
            stem, suffix, ending = split
            if ending == ".json" and stems.count(stem) > 1:
                continue  # the sidecar of another file
            tags = {**entities(stem), "suffix": suffix}
            found.append(((folder / name).relative_to(root).as_posix(), tags))
    return found


def _with_labels(
    found: list[tuple[Recording, dict[str, str]]], only: Mapping[str, str], where: str
) -> list[tuple[Recording, dict[str, str]]]:
    chosen = found
    for key, label in only.items():
        there = {tags.get(key, "") for _, tags in chosen}
        chosen = [(recording, tags) for recording, tags in chosen if tags.get(key, "") == label]
        if found and not chosen:
            raise DatasetError(
                f"{where}.entities.{key}: no recording has {key} {label!r}.{suggest(label, there)} "
                f"There are: {enumerate_some(repr(label) for label in there)}."
            )
    return chosen


def _recording(path: str, root: Path) -> Recording:
    try:
        recording = Recording.from_path(path)
    except ValueError as error:
        raise DatasetError(f"{root}: not a BIDS name: {error}; rename the file.") from error
    if Path(path).parent.as_posix() != recording.folder:
        raise DatasetError(
            f"{root / path}: the name says {recording.folder!r}, which is not its folder; "
            "rename or move the file."
        )
    return recording


def _subfolders(folder: Path, prefix: str) -> list[Path]:
    return [
        folder / name
        for name in _names(folder)
        if name.startswith(prefix) and (folder / name).is_dir()
    ]


def _names(folder: Path) -> list[str]:
    """Sorted names in a folder; none when it does not exist."""
    try:
        return sorted(
            name for name in (path.name for path in folder.iterdir()) if not name.startswith(".")
        )
    except (FileNotFoundError, NotADirectoryError):
        return []
