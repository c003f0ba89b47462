"""What the templates show: plain text, numbered and grouped; paths start at the site's folder."""

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
    pdf: str = ""
    """The same as PDF; '' where it could not be made."""

    @property
    def kind(self) -> str:
        """Format of the file, as its link is named."""
        return self.href.rpartition(".")[2].upper()


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
class View:
    """An interactive view: which one, what it shows, and its data as JSON."""

    kind: str
    id: str
    title: str
    caption: str
    data: str


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
    word: str
    label: str
    href: str
    title: str
    question: str
    whole: Entry | None
    about: str
    recordings: tuple[Entry, ...]
    overview: Overview | None
    methods: tuple[str, ...]
    references: tuple[int, ...]
    params: str
    views: tuple[View, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Figures of the section's own manifest, or those of its first recording."""
        if self.whole and self.whole.figures:
            return self.whole.figures
        return self.recordings[0].figures if self.recordings else ()

    @property
    def headline(self) -> tuple[Number, ...]:
        """Key numbers of the whole, those that can be judged (interval, chance, p) first."""
        numbers = self.whole.numbers if self.whole else ()
        return tuple(sorted(numbers, key=lambda n: not n.is_judged))


@dataclass(frozen=True)
class Dataset:
    """A dataset, which has a page."""

    name: str
    kind: str
    href: str
    n_recordings: int
    n_warnings: int
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Word:
    """An analysis over all datasets, which has a page."""

    name: str
    label: str
    href: str
    parts: tuple[tuple[Dataset, Section], ...]

    @property
    def leaderboard(self) -> str:
        """Page that ranks all methods; '' if there is none."""
        return next((s.whole.page for _, s in self.parts if s.whole and s.whole.page), "")


@dataclass(frozen=True)
class Cell:
    """A number of the triage table; `unusual` beside the others of its dataset."""

    text: str
    value: float | None
    unusual: bool = False


@dataclass(frozen=True)
class Triaged:
    """A recording's row in the triage table."""

    dataset: str
    recording: str
    href: str
    page: str
    warnings: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Triage:
    """Recordings of one kind, whose quality is told by the same numbers."""

    kind: str
    header: tuple[str, ...]
    rows: tuple[Triaged, ...]


@dataclass(frozen=True)
class Warn:
    """A warning, and the recordings that share it."""

    href: str
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
class Site:
    """All pages."""

    title: str
    n_recordings: int
    n_manifests: int
    failures: tuple[Failure, ...]
    remedy: str
    warnings: tuple[Warn, ...]
    datasets: tuple[Dataset, ...]
    words: tuple[Word, ...]
    triage: tuple[Triage, ...]
    references: tuple[Reference, ...]
    bibliography: str
    licenses: tuple[License, ...]
    facts: Mapping[str, str]

    @property
    def has_pages(self) -> bool:
        """Whether pages outside of the report's folder are linked."""
        return any(row.page for table in self.triage for row in table.rows)

    @property
    def results(self) -> tuple[tuple[Dataset, Section], ...]:
        """Sections that have key numbers of their own."""
        return tuple(
            (dataset, section)
            for dataset in self.datasets
            for section in dataset.sections
            if section.whole and section.whole.numbers
        )
