"""From the validated configuration to the files that Snakemake shall make.

Nothing here reads a recording: known recordings are listed by name, unknown ones come from the
table that the checkpoint `index_dataset` writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuro.config import (
    Config,
    Dataset,
    PeopleSource,
    RhythmsSource,
    SimulateSource,
    SwitchingSource,
    WormsSource,
    validate,
)
from neuro.datasets.base import DatasetSource
from neuro.datasets.listing import list_recordings, read_listing
from neuro.datasets.registry import open_source
from neuro.datasets.sidecars import belongings
from neuro.io.bids import Recording
from neuro.workflow.digest import code_digest


@dataclass(frozen=True)
class Plan:
    """What a configuration asks for.

    A source is opened and listed once: Snakemake asks for it again for each job.

    Parameters
    ----------
    config : Config
        The validated configuration.
    """

    config: Config
    _seen: dict[str, Sequence[Recording] | None] = field(
        default_factory=dict, init=False, repr=False
    )
    _used: dict[str, dict[str, Recording]] = field(default_factory=dict, init=False, repr=False)
    _sources: dict[str, DatasetSource[Any]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any], where: str = "config") -> "Plan":
        """Validate what Snakemake has read.

        Raises
        ------
        ConfigError
            With every problem at once.
        """
        return cls(validate(raw, where))

    def dataset(self, name: str) -> Dataset:
        """Section of a dataset.

        Raises
        ------
        ValueError
            If there is no such dataset.
        """
        try:
            return self.config.datasets[name]
        except KeyError:
            raise ValueError(
                f"No dataset {name!r} in the configuration; it has {sorted(self.config.datasets)}"
            ) from None

    def recordings(
        self, name: str, table: Callable[[str], str | Path] | None = None
    ) -> list[Recording]:
        """Recordings of a dataset that are used.

        Parameters
        ----------
        name : str
            The dataset.
        table : callable
            Gives the path of the dataset's recordings table when its source cannot be listed
            beforehand.
        """
        return list(self._recordings(name, table).values())

    def recording(
        self, name: str, prefix: str, table: Callable[[str], str | Path] | None = None
    ) -> Recording:
        """The recording with a derivative's prefix, e.g. `sub-01/eeg/sub-01_task-rest`."""
        try:
            return self._recordings(name, table)[prefix]
        except KeyError:
            raise ValueError(f"Dataset {name!r} has no recording {prefix!r} in use") from None

    def _recordings(
        self, name: str, table: Callable[[str], str | Path] | None
    ) -> dict[str, Recording]:
        """Recordings that are used, by prefix."""
        if name not in self._used:
            section, known = self.dataset(name), self._known(name)
            if known is None:
                if table is None:
                    raise ValueError(f"The recordings of {name!r} are known once it is fetched")
                known = read_listing(table(name), section.recordings, name)
            self._used[name] = {recording.prefix: recording for recording in known}
        return self._used[name]

    def _known(self, name: str) -> Sequence[Recording] | None:
        """Recordings that are known before the dataset is fetched; None if they are not."""
        if name not in self._seen:
            section = self.dataset(name)
            self._seen[name] = list_recordings(
                section.source, section.recordings, name, section.modality
            )
        return self._seen[name]

    def is_indexed(self, name: str) -> bool:
        """Whether a dataset's recordings are known only once it is fetched, from a table."""
        return self._known(name) is None

    def source(self, name: str) -> DatasetSource[Any]:
        """Plug-in of a dataset's source.

        Raises
        ------
        DatasetError
            If the source cannot be what the configuration says.
        """
        if name not in self._sources:
            section = self.dataset(name)
            self._sources[name] = open_source(section.source, name, section.modality)
        return self._sources[name]

    def root(self, name: str) -> Path:
        """Folder of the dataset's BIDS tree."""
        local = self.source(name).local_root
        return local if local is not None else Path("data") / name / "bids"

    def raw_files(self, name: str, recording: Recording) -> list[str]:
        """Files whose change makes a recording's jobs stale.

        A fetched tree is watched through its `fetch.json`, which holds every file's checksum;
        a tree read in place through the recording and what lies beside it.
        """
        local = self.source(name).local_root
        if local is None:
            return [f"data/{name}/fetch.json"]
        files = belongings(local, recording, self.dataset(name).modality)
        return [str(path) for path in files]

    def fetch_params(self, name: str) -> dict[str, Any]:
        """What a fetch depends on.

        Pinned files are verified against their checksum, so code matters only where it makes
        the data.
        """
        source = self.dataset(name).source
        plugin = self.source(name)
        in_place = plugin.local_root is not None
        simulated = PeopleSource | RhythmsSource | SimulateSource | SwitchingSource | WormsSource
        random = isinstance(source, simulated)
        return {
            "source": source.model_dump(mode="json"),
            "listing": [r.path for r in self.recordings(name)] if in_place else plugin.stamp(),
            "seed": self.config.seed if random else None,
            "code": code_digest(*plugin.makers) if plugin.makers else "",
            "modality": self.dataset(name).modality,
        }

    def section(self, name: str, *keys: str) -> dict[str, Any]:
        """Narrow part of a dataset's section, ready for a rule's `params`."""
        part: Any = self.dataset(name)
        for key in keys:
            part = getattr(part, key)
        dumped: dict[str, Any] = part.model_dump(mode="json")
        return dumped

    def feeding(self, word: str) -> list[str]:
        """Datasets that list an analysis.

        Raises
        ------
        ValueError
            If none does: the target would be empty, which is never what was meant.
        """
        names = [name for name, d in self.config.datasets.items() if word in d.analyses]
        if not names:
            raise ValueError(
                f"No dataset lists {word!r}; add it to `datasets.<name>.analyses` in the config"
            )
        return names
