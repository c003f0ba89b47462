"""What every source of recordings is: the interface of the plug-ins, and their one error."""

import difflib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from neuro.io.bids import Recording

ConfigT = TypeVar("ConfigT")


class DatasetError(ValueError):
    """Recordings cannot be listed, fetched or trusted; says where, why, and what to do."""


@dataclass(frozen=True)
class FetchContext:
    """What a fetch may need besides its target.

    Parameters
    ----------
    seed : int | None
        Seed of everything random that the source makes up; None where nothing is.
    cache_dir : Path
        Folder for downloads that several datasets may share.
    progress : bool
        Show progress on stderr.
    """

    seed: int | None
    cache_dir: Path
    progress: bool = True


class DatasetSource(ABC, Generic[ConfigT]):
    """A source of recordings: one subclass, in one file, per `type` of `datasets.<name>.source`.

    Parameters
    ----------
    config : ConfigT
        The validated section `datasets.<name>.source`.
    name : str
        The dataset's name, for errors.
    modality : str
        What the dataset's recordings are: a key of :data:`~neuro.datasets.layout.LAYOUTS`.

    Attributes
    ----------
    license, citation : str
        For the report; some sources know them only once :meth:`fetch` is done.
    checksum : str
        SHA-256 of what is fetched; empty when there is no single one.
    pinned : bool
        Whether the configuration names one content for ever: a tree that was fetched and is whole
        is then kept.
    makes_data : bool
        Whether the files are made by code of `neuro`, and not only copied.
    local_root : Path | None
        The BIDS tree when it is read in place; None when it is fetched.
    shipped_table : Path | None
        The recordings table that comes with `neuro`; None when there is none.
    entities : mapping of str to str
        Labels that a file must have to count as a recording, as :func:`~neuro.datasets.bids.scan`
        takes them.
    """

    license: str
    citation: str
    checksum: str = ""
    local_root: Path | None = None
    shipped_table: Path | None = None
    makes_data: bool = False

    def __init__(self, config: ConfigT, name: str = "", modality: str = "eeg") -> None:
        self.config = config
        self.name = name
        self.modality = modality
        self.where = f"datasets.{name or '<name>'}.source"
        self.entities: Mapping[str, str] = getattr(config, "entities", {})

    @property
    def pinned(self) -> bool:
        """Whether the configuration names one content for ever."""
        return bool(self.checksum)

    @property
    def makers(self) -> tuple[str, ...]:
        """Modules whose code makes the files; none where they are only copied."""
        return (type(self).__module__,) if self.makes_data else ()

    def stamp(self) -> list[str]:
        """Describe the local files that a fetch reads, so that a change of them is seen.

        Raises
        ------
        DatasetError
            As :meth:`listing`.
        """
        return []

    @abstractmethod
    def listing(self) -> list[Recording] | None:
        """List all recordings when they are known without fetching, else None."""

    def check(self) -> None:
        """Check what can be checked before a fetch; may be slow where `listing` must not be.

        Raises
        ------
        DatasetError
            If the source's configuration does not fit what it names.
        """
        self.listing()

    def provenance(self) -> dict[str, Any]:
        """Describe, as JSON, all that decides what a fetch brings, but for the seed."""
        config: Any = self.config
        described: dict[str, Any] = config.model_dump(mode="json")
        return described

    @abstractmethod
    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Bring the BIDS tree into `target_dir`: whole, or not at all.

        A folder that is there already is replaced. A source that is read in place checks its
        tree and copies nothing.

        Raises
        ------
        DatasetError
            If the recordings cannot be had.
        """


def suggest(word: str, allowed: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or nothing when no allowed word is close."""
    close = difflib.get_close_matches(word, list(allowed), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def enumerate_some(words: Iterable[str], most: int = 20) -> str:
    """Sorted words with commas between; a long list is cut."""
    ordered = sorted(words)
    more = f", ... ({len(ordered)} in all)" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more
