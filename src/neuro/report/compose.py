"""From grouped manifests to the site's content: numbering, deduplication, copied files."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import quote

import yaml

from neuro.io.manifest import KeyNumber
from neuro.report import gather, images, numbers, spec, tsv, view
from neuro.report.assets import Assets, slug
from neuro.report.failures import Failure, remedy
from neuro.report.references import FILE, References
from neuro.report.triage import triage
from neuro.report.views import views_of

PAGES = "pages"
"""Folder of all pages but the first."""


def compose(
    datasets: Sequence[gather.Dataset],
    assets: Assets,
    folder: Path,
    *,
    title: str,
    failures: Sequence[Failure],
    facts: Mapping[str, str],
    kinds: Mapping[str, str],
    data: Collection[Path] | None,
) -> view.Site:
    """Make the site's content, and copy the files it shows.

    Parameters
    ----------
    datasets : sequence of Dataset
        From :func:`neuro.report.gather.gather`.
    assets : Assets
        Where figures and tables are copied.
    folder : Path
        The site's folder, from which quality pages are linked.
    title : str
        Title of the report.
    failures : sequence of Failure
        Failed jobs.
    facts : mapping of str to str
        What the run was made with.
    kinds : mapping of str to str
        Kind of data by dataset; of others it is told from where their recordings lie.
    data : collection of Path | None
        Files that interactive views may read; whatever there is when None.

    Returns
    -------
    site : Site
        The content.

    Raises
    ------
    FileNotFoundError
        If a figure or table does not exist.
    ValueError
        If a manifest's number, figure, table or citation cannot be shown.
    """
    composer = _Composer(assets, folder, data)
    parts = tuple(composer.dataset(dataset, kinds) for dataset in datasets)
    sources = list(_sources(datasets))
    references = composer.references.listed()
    return view.Site(
        title=title,
        n_recordings=sum(part.n_recordings for part in parts),
        n_manifests=len(sources),
        failures=tuple(failures),
        remedy=remedy(list(failures)),
        warnings=_warnings(datasets),
        datasets=parts,
        words=_words(parts),
        triage=triage(list(zip(datasets, parts, strict=True))),
        references=references,
        bibliography=FILE if references else "",
        licenses=_licenses(sources),
        facts=facts,
    )


def _words(datasets: Sequence[view.Dataset]) -> tuple[view.Word, ...]:
    """What each analysis has to say, over all datasets."""
    parts: dict[str, list[tuple[view.Dataset, view.Section]]] = {}
    for dataset in datasets:
        for section in dataset.sections:
            parts.setdefault(section.word, []).append((dataset, section))
    return tuple(
        view.Word(name, spec.title(name), _href("analysis", name), tuple(parts[name]))
        for name in spec.ordered(list(parts))
    )


class _Composer:
    """Keeps the running numbers of figures, tables and references."""

    def __init__(self, assets: Assets, folder: Path, data: Collection[Path] | None) -> None:
        self._assets, self._folder, self._data = assets, folder, data
        self._figures, self._tables = count(1), count(1)
        self.references = References()

    def dataset(self, dataset: gather.Dataset, kinds: Mapping[str, str]) -> view.Dataset:
        """One dataset."""
        sources = [source for word in dataset.words for source in word.recordings]
        every = [*sources, *(word.whole for word in dataset.words if word.whole)]
        kind = kinds.get(dataset.name) or _place(sources)
        return view.Dataset(
            name=dataset.name,
            kind=spec.KINDS.get(kind, kind),
            href=_href("dataset", dataset.name),
            n_recordings=len({source.manifest.recording for source in sources}),
            n_warnings=len({text for source in every for text in source.manifest.warnings}),
            sections=tuple(self._section(dataset.name, word) for word in dataset.words),
        )

    def _section(self, dataset: str, word: gather.Word) -> view.Section:
        whole = word.whole.manifest if word.whole else None
        own = [source.manifest for source in word.recordings]
        title = whole.title if whole else _shared(m.title for m in own)
        question = whole.question if whole else _shared(m.question for m in own)
        about = _shared(m.question for m in own) if whole else ""
        params = _params((whole.params if whole else {}) or _shared_params(word))
        common = [p for p in (own[0].methods if own else []) if all(p in m.methods for m in own)]
        methods = tuple(dict.fromkeys([*(whole.methods if whole else []), *common]))
        said = {title, question, about, params, *methods, _shared(m.title for m in own)}
        entry = self._entry(word.whole, said) if word.whole else None
        recordings = tuple(self._entry(source, said) for source in word.recordings)
        sources = [*([word.whole] if word.whole else []), *word.recordings]
        return view.Section(
            id=_id(word.name),
            word=word.name,
            label=spec.title(word.name),
            href=_link(dataset, word.name),
            title=title,
            question=question,
            whole=entry,
            about=about if about != question else "",
            recordings=recordings,
            overview=_overview(recordings),
            methods=methods,
            references=tuple(
                sorted({n for source in sources for n in self.references.cite(source)})
            ),
            params=params,
            views=views_of(word, self._data),
        )

    def _entry(self, source: gather.Source, said: set[str]) -> view.Entry:
        """One manifest, without the texts that its section has `said` already."""
        manifest = source.manifest
        params = _params(manifest.params)
        return view.Entry(
            id=_id(manifest.word, manifest.recording),
            name=manifest.recording,
            title="" if manifest.title in said else manifest.title,
            question="" if manifest.question in said else manifest.question,
            numbers=tuple(_number(source, number) for number in manifest.key_numbers),
            figures=tuple(self._figure(source, i) for i in range(len(manifest.figures))),
            tables=tuple(self._table(source, i) for i in range(len(manifest.tables))),
            methods=tuple(p for p in manifest.methods if p not in said),
            warnings=tuple(manifest.warnings),
            params="" if params in said else params,
            page=self._page(source.page),
        )

    def _page(self, page: Path | None) -> str:
        """Link of a quality page, which stays where it is."""
        return "" if page is None else quote(Path(os.path.relpath(page, self._folder)).as_posix())

    def _figure(self, source: gather.Source, index: int) -> view.Figure:
        figure = source.manifest.figures[index]
        file = source.file(figure.path)
        size = images.size(file)
        href = self._assets.add(file, source.manifest, figure.path)
        return view.Figure(
            next(self._figures),
            href,
            figure.title,
            figure.caption,
            figure.alt,
            size,
            self._assets.add_pdf(file, href),
        )

    def _table(self, source: gather.Source, index: int) -> view.Table:
        table = source.manifest.tables[index]
        file = source.file(table.path)
        if file.suffix != ".tsv":
            raise ValueError(f"{source.path}: a table must be a .tsv file, got {table.path}")
        content = tsv.read(file)
        href = self._assets.add(file, source.manifest, table.path)
        return view.Table(next(self._tables), href, table.title, table.caption, content)


def _number(source: gather.Source, number: KeyNumber) -> numbers.Number:
    try:
        return numbers.describe(number)
    except ValueError as error:
        raise ValueError(f"{source.path}: key number {number.name!r}: {error}") from error


def _overview(recordings: tuple[view.Entry, ...]) -> view.Overview | None:
    """Key numbers side by side, of two recordings or more."""
    names = tuple(dict.fromkeys(number.name for entry in recordings for number in entry.numbers))
    if len(recordings) < 2 or not names:
        return None
    rows = []
    for entry in recordings:
        cells = {number.name: number.value + number.unit for number in entry.numbers}
        rows.append((entry, tuple(cells.get(name, "–") for name in names)))
    return view.Overview(names, tuple(rows))


def _warnings(datasets: Sequence[gather.Dataset]) -> tuple[view.Warn, ...]:
    """All warnings; one that several recordings share is told once."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for source in _sources(datasets):
        manifest = source.manifest
        for text in manifest.warnings:
            told.setdefault((manifest.dataset, manifest.word, text), []).append(manifest.recording)
    return tuple(
        view.Warn(
            _link(dataset, word),
            f"{dataset} · {spec.title(word)}",
            text,
            tuple(filter(None, names)),
        )
        for (dataset, word, text), names in told.items()
    )


def _licenses(sources: list[gather.Source]) -> tuple[view.License, ...]:
    covered: dict[str, dict[str, None]] = {}
    for source in sources:
        for text in source.manifest.licenses:
            covered.setdefault(text, {})[source.manifest.dataset] = None
    return tuple(view.License(text, tuple(names)) for text, names in covered.items())


def _sources(datasets: Sequence[gather.Dataset]) -> Iterable[gather.Source]:
    for dataset in datasets:
        for word in dataset.words:
            yield from [word.whole] if word.whole else []
            yield from word.recordings


def _shared(texts: Iterable[str]) -> str:
    """The text, if all are the same."""
    unique = set(texts)
    return unique.pop() if len(unique) == 1 else ""


def _shared_params(word: gather.Word) -> dict[str, object]:
    params = [source.manifest.params for source in word.recordings]
    return params[0] if params and all(p == params[0] for p in params) else {}


def _params(params: Mapping[str, object]) -> str:
    """Parameters as YAML, the language of config.yaml."""
    if not params:
        return ""
    return yaml.safe_dump(dict(params), sort_keys=True, allow_unicode=True, width=88)


def _id(*names: str) -> str:
    """Anchor of a part of a page; dots keep the names apart."""
    return ".".join(["part", *(slug(name).replace(".", "-") for name in names)])


def _href(kind: str, name: str) -> str:
    return f"{PAGES}/{kind}-{slug(name)}.html"


def _link(dataset: str, word: str) -> str:
    return f"{_href('dataset', dataset)}#{_id(word)}"


def _place(sources: Sequence[gather.Source]) -> str:
    """Name of the folder in which recordings lie, which in BIDS is their kind."""
    for source in sources:
        if source.path.parent.name in spec.KINDS:
            return source.path.parent.name
    return ""
