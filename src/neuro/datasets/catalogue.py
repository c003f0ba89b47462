"""Datasets that `neuro` knows: pin, checksum, licence, citation and recordings are shipped.

The files of an entry come out of a package. They lie there as a BIDS tree, or are given their
places in one by name (`places`), or are brought into its form by a module of
:mod:`neuro.datasets.arrange` (`arrange`).
"""

import importlib
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some, suggest
from neuro.datasets.bids import scan
from neuro.datasets.package import PackageSource
from neuro.datasets.table import read_recordings
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import CatalogueSource as CatalogueConfig

FOLDER = Path(__file__).parent / "catalogue"
"""One folder per entry: `dataset.yaml` and `recordings.tsv`."""


@dataclass(frozen=True)
class Entry:
    """A catalogue entry: the keys of a `package` source, and more.

    Parameters
    ----------
    title : str
        What it is.
    modality : str
        What was recorded.
    places : mapping of str to str
        Path in the tree by path below `root`, for files that are copied as they are.
    arrange : str
        Module of :mod:`neuro.datasets.arrange` that makes the tree; empty for none.
    options : mapping
        Arguments of that module's function.
    kind : str
        `raw`, or `derivative` for what its authors have preprocessed.
    """

    title: str
    distribution: str
    format: str
    sha256: str
    root: str
    members: list[str]
    license: str
    citation: str
    modality: str = "eeg"
    places: dict[str, str] = field(default_factory=dict)
    arrange: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    kind: str = "raw"


def names() -> list[str]:
    """List the catalogue's entries."""
    return sorted(path.parent.name for path in FOLDER.glob("*/dataset.yaml"))


def read_entry(name: str) -> Entry:
    """Read one entry of the catalogue.

    Raises
    ------
    DatasetError
        If there is no such entry.
    """
    if name not in names():
        raise DatasetError(
            f"the catalogue has no entry {name!r}.{suggest(name, names())} "
            f"Allowed: {enumerate_some(names())}."
        )
    text = (FOLDER / name / "dataset.yaml").read_text(encoding="utf-8")
    return Entry(**yaml.safe_load(text))


class CatalogueSource(DatasetSource["CatalogueConfig"]):
    """An entry of the catalogue; its files come out of a package."""

    def __init__(self, config: "CatalogueConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        try:
            self.entry = read_entry(config.name)
        except DatasetError as error:
            raise DatasetError(f"{self.where}.name: {error}") from None
        if self.entry.modality != modality:
            raise DatasetError(
                f"datasets.{name or '<name>'}.modality must be {self.entry.modality!r} for the "
                f"catalogue entry {config.name!r}, got {modality!r}."
            )
        self.shipped_table = FOLDER / config.name / "recordings.tsv"
        self.license = self.entry.license
        self.citation = self.entry.citation
        self.checksum = self.entry.sha256
        self.makes_data = bool(self.entry.places or self.entry.arrange)

    @property
    def pinned(self) -> bool:
        """Whether the files are those of the package, whatever code brings them."""
        return not self.makes_data

    @property
    def makers(self) -> tuple[str, ...]:
        """What makes the tree, and not what brings the package: a checksum vouches for that."""
        if not self.makes_data:
            return ()
        own = (f"neuro.datasets.arrange.{self.entry.arrange}",) if self.entry.arrange else ()
        return (*own, "neuro.datasets.tree")

    def listing(self) -> list[Recording]:
        """List the recordings of the table that is shipped."""
        return read_recordings(FOLDER / self.config.name / "recordings.tsv")

    def provenance(self) -> dict[str, Any]:
        """Describe the entry, which may change from one version of `neuro` to the next."""
        return {**super().provenance(), "entry": asdict(self.entry)}

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Fetch the package's members, and check that they are the recordings of the table.

        Raises
        ------
        DatasetError
            As :class:`~neuro.datasets.package.PackageSource`, or if the recordings differ.
        """
        package = PackageSource(self.entry, self.name, self.modality)
        package.where = f"catalogue entry {self.config.name!r}"
        if self.makes_data:
            with atomic(target_dir) as root:
                unpacked = root.with_name("unpacked")
                package.fetch(unpacked, context)
                self._arrange(unpacked, root)
                shutil.rmtree(unpacked)
        else:
            package.fetch(target_dir, context)
        fetched, shipped = set(scan(target_dir, self.modality)), set(self.listing())
        if fetched != shipped:
            raise DatasetError(
                f"{target_dir}: the recordings are not those of the catalogue entry "
                f"{self.config.name!r}: missing {sorted(r.path for r in shipped - fetched)}, "
                f"not expected {sorted(r.path for r in fetched - shipped)}."
            )

    def _arrange(self, unpacked: Path, root: Path) -> None:
        """Make the tree of what was unpacked."""
        root.mkdir()
        if self.entry.arrange:
            module = importlib.import_module(f"neuro.datasets.arrange.{self.entry.arrange}")
            module.arrange(unpacked, root, **self.entry.options)
        for path, place in self.entry.places.items():
            tree.place(unpacked / path, root / place)
        entry = self.entry
        tree.describe(root, entry.title, entry.license, entry.citation, kind=entry.kind)
        tree.write_participants(root)
