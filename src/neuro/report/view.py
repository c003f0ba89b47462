"""What the template shows: plain text, numbered and grouped; no file is named but in `assets/`."""

from collections.abc import Mapping
from dataclasses import dataclass

from neuro.report.failures import Failure
from neuro.report.numbers import Number
from neuro.report.tsv import Rows


@dataclass(frozen=True)
class Figure:
    """A numbered figure."""

    number: int
    href: str
    title: str
    caption: str
    alt: str
    size: tuple[int, int] | None


@dataclass(frozen=True)
class Table:
    """A numbered table."""

    number: int
    href: str
    title: str
    caption: str
    content: Rows


@dataclass(frozen=True)
class Entry:
    """One manifest; texts that a whole section shares are left to the section."""

    id: str
    name: str
    title: str
    question: str
    numbers: tuple[Number, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    methods: tuple[str, ...]
    warnings: tuple[str, ...]
    params: str
    page: str
    """Its quality page, relative to the report; '' if there is none."""


@dataclass(frozen=True)
class Overview:
    """Key numbers of all recordings side by side."""

    header: tuple[str, ...]
    rows: tuple[tuple[Entry, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Section:
    """One word of one dataset.

    `title` and `question` are those of its own manifest, if there is one, else those that its
    recordings share; `about` is the question that recordings share beside it.
    """

    id: str
    label: str
    title: str
    question: str
    whole: Entry | None
    about: str
    recordings: tuple[Entry, ...]
    overview: Overview | None
    methods: tuple[str, ...]
    references: tuple[int, ...]
    params: str


@dataclass(frozen=True)
class Dataset:
    """A dataset's part of the page."""

    id: str
    name: str
    n_recordings: int
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Warn:
    """A warning, and the recordings that share it."""

    section_id: str
    where: str
    text: str
    recordings: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A numbered entry of the bibliography."""

    number: int
    text: str
    url: str


@dataclass(frozen=True)
class License:
    """A license and the datasets it covers."""

    text: str
    datasets: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """The whole page."""

    title: str
    n_recordings: int
    n_manifests: int
    failures: tuple[Failure, ...]
    remedy: str
    warnings: tuple[Warn, ...]
    datasets: tuple[Dataset, ...]
    references: tuple[Reference, ...]
    licenses: tuple[License, ...]
    facts: Mapping[str, str]

    @property
    def has_pages(self) -> bool:
        """Whether pages outside of the report's folder are linked."""
        sections = (section for dataset in self.datasets for section in dataset.sections)
        return any(entry.page for section in sections for entry in section.recordings)

    @property
    def results(self) -> tuple[tuple[Dataset, Section, tuple[Number, ...]], ...]:
        """Key numbers of whole datasets, section by section."""
        return tuple(
            (dataset, section, section.whole.numbers)
            for dataset in self.datasets
            for section in dataset.sections
            if section.whole and section.whole.numbers
        )
