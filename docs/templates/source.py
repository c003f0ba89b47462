from pathlib import Path
from typing import Literal

from neuro.config.base import Strict
from neuro.datasets import tree
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext
from neuro.io.atomic import atomic
from neuro.io.bids import Recording


class TracesConfig(Strict):
    """Section `datasets.<name>.source`."""

    type: Literal["traces"]
    folder: str


class TracesSource(DatasetSource[TracesConfig]):
    """A folder of CSV files, one for each animal: a column per neuron, a row per frame."""

    license, citation = "unknown", "Unpublished recordings."

    def _files(self) -> list[Path]:
        return sorted(Path(self.config.folder).expanduser().glob("*.csv"))

    def listing(self) -> list[Recording]:
        """One recording per file, known without reading it."""
        labels = [f"sub-{file.stem}" for file in self._files()]
        return [Recording.from_path(f"{x}/ophys/{x}_ophys.csv") for x in labels]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Copy into a tree, whole or not at all."""
        if not self._files():
            raise DatasetError(f"{self.where}.folder: no *.csv in {self.config.folder}")
        with atomic(target_dir) as root:
            tree.describe(root, self.name, self.license, self.citation)
            for file, recording in zip(self._files(), self.listing(), strict=True):
                (root / recording.path).parent.mkdir(parents=True)
                (root / recording.path).write_bytes(file.read_bytes())
