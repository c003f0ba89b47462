"""A BIDS tree on this machine: listed by its names, read in place, never written to."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets.base import DatasetError, DatasetSource, FetchContext
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import BidsSource as BidsConfig

DATATYPE = "eeg"
EXTENSIONS = (".edf", ".bdf", ".vhdr", ".set", ".fif")
_LATER_SPLIT = re.compile(r"_split-0*([2-9]|1\d)\d*_")


class BidsSource(DatasetSource["BidsConfig"]):
    """A local BIDS tree, in place."""

    def __init__(self, config: "BidsConfig", name: str = "") -> None:
        super().__init__(config, name)
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
        found = scan(self.root)
        if not found:
            raise DatasetError(
                f"{key}: no recordings below {str(self.root)!r}; looked for "
                f"sub-*/[ses-*/]{DATATYPE}/*_{DATATYPE} with {', '.join(EXTENSIONS)}."
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


def scan(root: str | Path) -> list[Recording]:
    """List the raw EEG files of a BIDS tree by their names; no file is opened.

    `derivatives`, `sourcedata` and `code` are not looked into. Of a recording split over
    several files only the first is listed, since readers follow the splits.

    Parameters
    ----------
    root : str | Path
        The folder that holds the `sub-*` folders.

    Returns
    -------
    recordings : list of Recording
        Sorted; paths are relative to `root`.

    Raises
    ------
    DatasetError
        If a file's name is not a BIDS name, or contradicts its folder.
    """
    root = Path(root)
    folders = [
        folder
        for subject in _subfolders(root, "sub-")
        for folder in (subject, *_subfolders(subject, "ses-"))
    ]
    found = []
    for folder in folders:
        for name in _names(folder / DATATYPE):
            stem, dot, extension = name.rpartition(".")
            if dot + extension.lower() not in EXTENSIONS or not stem.endswith(f"_{DATATYPE}"):
                continue
            if _LATER_SPLIT.search(stem):
                continue
            found.append(_recording((folder / DATATYPE / name).relative_to(root).as_posix(), root))
    return sorted(found)


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
