"""Datasets that `neuro` knows: pin, checksum, licence, citation and recordings are shipped."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some, suggest
from neuro.datasets.bids import scan
from neuro.datasets.package import PackageSource
from neuro.datasets.table import read_recordings
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import CatalogueSource as CatalogueConfig

FOLDER = Path(__file__).parent / "catalogue"
"""One folder per entry: `dataset.yaml` and `recordings.tsv`."""


@dataclass(frozen=True)
class Entry:
    """A catalogue entry: the keys of a `package` source, and a title."""

    title: str
    distribution: str
    format: str
    sha256: str
    root: str
    members: list[str]
    license: str
    citation: str


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

    def __init__(self, config: "CatalogueConfig", name: str = "") -> None:
        super().__init__(config, name)
        try:
            self.entry = read_entry(config.name)
        except DatasetError as error:
            raise DatasetError(f"{self.where}.name: {error}") from None
        self.shipped_table = FOLDER / config.name / "recordings.tsv"
        self.license = self.entry.license
        self.citation = self.entry.citation
        self.checksum = self.entry.sha256

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
        package = PackageSource(self.entry, self.name)
        package.where = f"catalogue entry {self.config.name!r}"
        package.fetch(target_dir, context)
        fetched, shipped = set(scan(target_dir)), set(self.listing())
        if fetched != shipped:
            raise DatasetError(
                f"{target_dir}: the recordings are not those of the catalogue entry "
                f"{self.config.name!r}: missing {sorted(r.path for r in shipped - fetched)}, "
                f"not expected {sorted(r.path for r in fetched - shipped)}."
            )
