"""BIDS entities <-> paths."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

ENTITIES = {"subject": "sub", "session": "ses", "task": "task", "run": "run"}
_LABEL = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, order=True)
class Recording:
    """One recording: BIDS entities (labels, '' for absent), its data type, and its file.

    Parameters
    ----------
    subject, session, task, run : str
        BIDS labels without their keys.
    datatype : str
        Folder of the data type, e.g. `eeg`.
    path : str
        The raw file, relative to the dataset's root, with `/`.
    """

    subject: str
    session: str
    task: str
    run: str
    datatype: str
    path: str

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError(f"{self.path}: a recording needs a subject")
        for key in ENTITIES:
            label = getattr(self, key)
            if label and not _LABEL.fullmatch(label):
                raise ValueError(
                    f"{self.path}: {key} {label!r} is not a BIDS label (letters and digits)"
                )

    @property
    def name(self) -> str:
        """`sub-01_ses-a_task-rest_run-1`, without what is absent."""
        return "_".join(
            f"{short}-{getattr(self, key)}" for key, short in ENTITIES.items() if getattr(self, key)
        )

    @property
    def folder(self) -> str:
        """`sub-01/ses-a/eeg`, without what is absent."""
        session = [f"ses-{self.session}"] if self.session else []
        return "/".join([f"sub-{self.subject}", *session, self.datatype])

    @property
    def prefix(self) -> str:
        """Folder and name: the beginning of every derivative's path."""
        return f"{self.folder}/{self.name}"

    @classmethod
    def from_path(cls, path: str) -> Self:
        """Read the entities off a raw file's path below the dataset's root.

        Raises
        ------
        ValueError
            If the path does not name a subject or is not below a data type's folder.
        """
        posix = PurePosixPath(path)
        stem = posix.name.split(".")[0]
        pairs = dict(part.split("-", 1) for part in stem.split("_") if "-" in part)
        return cls(
            **{key: pairs.get(short, "") for key, short in ENTITIES.items()},
            datatype=posix.parent.name,
            path=str(posix),
        )
