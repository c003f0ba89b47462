"""A folder of recordings in any format of their modality; a BIDS-like tree is made of them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from neuro.datasets import convert, placing, tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some
from neuro.datasets.headers import lenient
from neuro.datasets.pattern import Match, find
from neuro.datasets.people import read_people
from neuro.io.atomic import atomic
from neuro.io.bids import Recording
from neuro.io.damage import reading
from neuro.io.edf import edf_size_check
from neuro.io.fif import fif_tag_check
from neuro.io.opened import check_opened

if TYPE_CHECKING:
    import mne

    from neuro.config.source import FilesSource as FilesConfig


class FilesSource(DatasetSource["FilesConfig"]):
    """Local files, named by a pattern."""

    makes_data = True

    def __init__(self, config: "FilesConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.folder = Path(config.path).expanduser()
        placing.check_keys(config, modality, self.where)

    def listing(self) -> list[Recording]:
        """List the recordings by the files' names; no file is opened.

        Raises
        ------
        DatasetError
            If the folder is missing, the pattern fits nothing, or fits two files for one recording.
        """
        return sorted(recording for recording, _ in self._matches())

    def stamp(self) -> list[str]:
        """Path, size and time of every file that is read: a change of them is fetched anew."""
        read = {
            path
            for _, match in self._matches()
            for path in placing.inputs(self.config, self.folder, match)
        }
        if self.config.people is not None:
            read.add(self.folder / self.config.people)
        stats = ((path, path.stat()) for path in sorted(read))
        return [
            f"{os.path.relpath(path, self.folder)} {stat.st_size} {stat.st_mtime_ns}"
            for path, stat in stats
        ]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Bring every recording, with its events, into a BIDS-like tree.

        Raises
        ------
        DatasetError
            As :meth:`listing`, or if a file or its events cannot be read.
        """
        with atomic(target_dir) as root:
            root.mkdir()
            name = self.name or self.folder.name
            describe = convert.describe if self.modality == "eeg" else tree.describe
            describe(root, name, self.config.license, self.config.citation)
            for recording, match in self._matches():
                if self.modality in ("eeg", "meg"):
                    self._convert(recording, match, root)
                else:
                    placing.place(recording, match, self.config, self.folder, root, self.where)
                placing.place_beside(recording, match, self.config, self.folder, root, self.where)
            self._write_people(root)
            tree.write_participants(root)

    def _write_people(self, root: Path) -> None:
        """Write participants.tsv of the people whose recordings there are."""
        config = self.config
        if config.people is None:
            return
        table = self.folder / config.people
        people = read_people(table, config.identity, config.missing, self.where)
        rows = {}
        for recording, match in self._matches():
            row = people.row(match.labels["subject"], self.folder / match.path)
            rows[recording.subject] = [f"sub-{recording.subject}", *list(row.values())[1:]]
        tree.write_table(root / "participants.tsv", people.columns, rows.values())

    def _convert(self, recording: Recording, match: Match, root: Path) -> None:
        """Let MNE read a recording, and write it."""
        from neuro.datasets.events import add_events

        path = self.folder / match.path
        raw = read_any(path)
        self._set_types(raw, path)
        if self.config.line_freq is not None:
            raw.info["line_freq"] = self.config.line_freq
        add_events(raw, self.config.events, self.folder, match, self.where)
        if self.modality == "meg":
            placing.place_meg(raw, recording, path, root, same=not self.config.channel_types)
        else:
            convert.write(raw, recording, root, copied=path.suffix.lower() in convert.COPIED)

    def _matches(self) -> list[tuple[Recording, Match]]:
        """Recordings with the files they are made of, in the order of their paths."""
        if not self.folder.is_dir():
            raise DatasetError(
                f"{self.where}.path: no folder {str(self.folder)!r}; a relative path starts where "
                f"Snakemake runs, now {str(Path.cwd())!r}."
            )
        matches = find(self.folder, self.config.pattern)
        if not matches:
            there = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))
            raise DatasetError(
                f"{self.where}.pattern: {self.config.pattern!r} fits no path below "
                f"{str(self.folder)!r}. A placeholder stands for letters and digits only. There "
                f"are: {enumerate_some(there) or 'no files'}."
            )
        made: dict[str, tuple[Recording, Match]] = {}
        for match in matches:
            recording = self._recording(match)
            if recording.name in made:
                raise DatasetError(
                    f"{self.where}.pattern: two files would be the recording {recording.name!r}: "
                    f"{made[recording.name][1].path} and {match.path}. Add the placeholder that "
                    "tells them apart: {session}, {task} or {run}."
                )
            made[recording.name] = (recording, match)
        return list(made.values())

    def _recording(self, match: Match) -> Recording:
        run = match.labels.get("run", "")
        if run and not run.isdigit():
            raise DatasetError(
                f"{self.where}.pattern: {match.path}: run {run!r} is not a number, as BIDS wants "
                "it; name it {task} or {session}."
            )
        description, suffix, extension = placing.named(
            self.folder / match.path, self.modality, f"{self.where}.pattern"
        )
        without = (
            ""
            if self.modality in ("calcium", "spikes", "features", "trials", "multimodal")
            else "task"
        )
        return convert.recording_of(
            match.labels["subject"],
            match.labels.get("session", ""),
            match.labels.get("task", self.config.task or without),
            run,
            extension,
            modality=self.modality,
            description=description,
            suffix=suffix,
        )

    def _set_types(self, raw: "mne.io.BaseRaw", path: Path) -> None:
        types = self.config.channel_types
        if unknown := sorted(set(types) - set(raw.ch_names)):
            raise DatasetError(
                f"{self.where}.channel_types: {path} has no channel(s) {unknown}. It has: "
                f"{', '.join(raw.ch_names)}."
            )
        raw.set_channel_types(dict(types), on_unit_change="ignore")


def read_any(path: Path) -> "mne.io.BaseRaw":
    """Open a recording with the reader that MNE has for it; samples are not read yet.

    Raises
    ------
    DatasetError
        If MNE has no reader, or the file is broken.
    """
    import mne

    if path.suffix.lower() in (".edf", ".bdf"):
        edf_size_check(path)
    elif path.suffix.lower() == ".fif":
        fif_tag_check(path)
    # Two formats whose names `mne.io.read_raw` does not know.
    if path.suffix.lower() == ".raw":
        reader = mne.io.read_raw_egi
    elif path.name.startswith(("c,", "e,", "hc,")):
        reader = mne.io.read_raw_bti
    else:
        reader = mne.io.read_raw
    remedy = (
        "Check that it is whole and that the pattern names the file that the reader wants (.vhdr "
        "of BrainVision, .set of EEGLAB)."
    )
    with reading(path, "MNE cannot read the file", remedy, DatasetError):
        raw: mne.io.BaseRaw = reader(path, preload=False, verbose="error", **lenient(path))
    check_opened(raw, path)
    return raw
