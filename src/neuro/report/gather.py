"""Manifests, read and put in the order of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuro.io import manifest as manifests
from neuro.io.manifest import Manifest
from neuro.report import spec

OWN, PAGE = "_manifest.json", "_report.html"
"""Endings of a recording's manifest, and of its quality page, which lies beside it."""
LEADERBOARD = "report/eegbench.html"
"""The benchmark's page, in the folder of all results."""


@dataclass(frozen=True)
class Source:
    """A manifest and where it was read."""

    path: Path
    manifest: Manifest

    @property
    def page(self) -> Path | None:
        """Page that says more: of a recording's cleaning, or the benchmark's, if it was made."""
        if self.manifest.word == "eegbench":
            board = self.path.parents[2] / LEADERBOARD
            return board if board.is_file() else None
        prefix = self.path.name.removesuffix(OWN)
        if self.manifest.word != "preprocess" or prefix == self.path.name:
            return None
        page = self.path.with_name(prefix + PAGE)
        return page if page.is_file() else None

    def file(self, name: str) -> Path:
        """A figure or table that the manifest names.

        Raises
        ------
        FileNotFoundError
            If it does not exist.
        """
        file = self.path.parent / name
        if not file.is_file():
            raise FileNotFoundError(
                f"{self.path}: names {name}, which is not in {self.path.parent}; "
                f"run the job that made this manifest again"
            )
        return file


@dataclass(frozen=True)
class Word:
    """What one word has to say on one dataset: at most one manifest of its own, and recordings'."""

    name: str
    whole: Source | None
    recordings: tuple[Source, ...]


@dataclass(frozen=True)
class Dataset:
    """A dataset and its words."""

    name: str
    words: tuple[Word, ...]


def gather(paths: Sequence[Path]) -> list[Dataset]:
    """Read manifests, and group them by dataset and word.

    Parameters
    ----------
    paths : sequence of Path
        The manifests.

    Returns
    -------
    datasets : list of Dataset
        Datasets and recordings in order of first appearance, words in the order of
        :mod:`neuro.report.spec`.

    Raises
    ------
    FileNotFoundError
        If a manifest does not exist.
    ValueError
        If one is broken, or two speak of the same word, dataset and recording.
    """
    sources = [Source(path, manifests.read(path)) for path in paths]
    _check_unique(sources)
    datasets: dict[str, list[Source]] = {}
    for source in sources:
        datasets.setdefault(source.manifest.dataset, []).append(source)
    return [Dataset(name, tuple(_words(found))) for name, found in datasets.items()]


def _words(sources: list[Source]) -> list[Word]:
    words = []
    for name in spec.ordered([source.manifest.word for source in sources]):
        own = [source for source in sources if source.manifest.word == name]
        whole = [source for source in own if not source.manifest.recording]
        recordings = tuple(source for source in own if source.manifest.recording)
        words.append(Word(name, whole[0] if whole else None, recordings))
    return words


def _check_unique(sources: list[Source]) -> None:
    seen: dict[tuple[str, str, str], Path] = {}
    for source in sources:
        key = (source.manifest.dataset, source.manifest.word, source.manifest.recording)
        if key in seen:
            raise ValueError(
                f"{source.path}: has the same dataset, word and recording {key} "
                f"as {seen[key]}; give one manifest for each"
            )
        seen[key] = source.path
