"""A folder of NWB files (Ruebel et al., 2022): who and when is told by the files or their names."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some
from neuro.datasets.convert import recording_of
from neuro.datasets.layout import LAYOUTS
from neuro.datasets.pattern import Match, find
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config.source import NwbSource as NwbConfig

PLACES = {"subject": "general/subject/subject_id", "session": "general/session_id"}
"""Where NWB keeps them."""


class NwbSource(DatasetSource["NwbConfig"]):
    """Local NWB files."""

    makes_data = True

    def __init__(self, config: "NwbConfig", name: str = "", modality: str = "calcium") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.folder = Path(config.path).expanduser()

    def listing(self) -> list[Recording] | None:
        """List the recordings where the files' names tell subjects and sessions.

        Raises
        ------
        DatasetError
            If the folder is missing, or the pattern fits nothing or two files of one recording.
        """
        matches = self._matches()
        if "{subject}" not in self.config.pattern or "{session}" not in self.config.pattern:
            return None
        return sorted(self._recordings({match.path: match.labels for match in matches}))

    def stamp(self) -> list[str]:
        """Path, size and time of every file: a change of them is fetched anew."""
        stats = ((match.path, (self.folder / match.path).stat()) for match in self._matches())
        return [f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Copy every file to its place.

        Raises
        ------
        DatasetError
            As :meth:`listing`, or if a file is not NWB or does not tell its subject.
        """
        labels = {match.path: self._labels(match) for match in self._matches()}
        with atomic(target_dir) as root:
            root.mkdir()
            name = self.name or self.folder.name
            tree.describe(root, name, self.config.license, self.config.citation)
            for recording, path in self._recordings(labels).items():
                tree.place(self.folder / path, root / recording.path)
            tree.write_participants(root)

    def _matches(self) -> list[Match]:
        if not self.folder.is_dir():
            raise DatasetError(
                f"{self.where}.path: no folder {str(self.folder)!r}; a relative path starts where "
                f"Snakemake runs, now {str(Path.cwd())!r}."
            )
        matches = [m for m in find(self.folder, self.config.pattern) if m.path.endswith(".nwb")]
        if not matches:
            there = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))
            raise DatasetError(
                f"{self.where}.pattern: {self.config.pattern!r} fits no .nwb file below "
                f"{str(self.folder)!r}. There are: {enumerate_some(there) or 'no files'}."
            )
        return matches

    def _labels(self, match: Match) -> dict[str, str]:
        """Labels of the name, and of the file for what the name does not tell."""
        from neuro.io.foreign import open_hdf5

        labels = dict(match.labels)
        path = self.folder / match.path
        try:
            with open_hdf5(path) as file:
                for key, place in PLACES.items():
                    if key not in labels and place in file:
                        labels[key] = re.sub("[^A-Za-z0-9]", "", file[place].asstr()[()])
        except OSError as error:
            raise DatasetError(f"{path}: not a readable NWB file ({error}).") from error
        if not labels.get("subject"):
            raise DatasetError(
                f"{path}: tells no subject ({PLACES['subject']} is missing or empty); put "
                f"{{subject}} into {self.where}.pattern."
            )
        return labels

    def _recordings(self, labels: Mapping[str, Mapping[str, str]]) -> dict[Recording, str]:
        """Recordings with the paths of their files."""
        made: dict[Recording, str] = {}
        suffix = next(iter(LAYOUTS[self.modality].suffixes))
        for path, known in labels.items():
            recording = recording_of(
                known["subject"],
                known.get("session", ""),
                known.get("task", ""),
                known.get("run", ""),
                ".nwb",
                modality=self.modality,
                suffix=suffix,
            )
            if recording in made:
                raise DatasetError(
                    f"{self.where}.pattern: two files would be the recording {recording.name!r}: "
                    f"{made[recording]} and {path}. Add the placeholder that tells them apart: "
                    "{session}, {task} or {run}."
                )
            made[recording] = path
        return made
