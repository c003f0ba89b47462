"""From grouped manifests to the page's content: numbering, deduplication, copied files."""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import quote

import yaml

from neuro.io.manifest import Citation, KeyNumber
from neuro.report import gather, images, numbers, spec, tsv, view
from neuro.report.assets import Assets, slug
from neuro.report.failures import Failure, remedy


def compose(
    datasets: Sequence[gather.Dataset],
    assets: Assets,
    folder: Path,
    *,
    title: str,
    failures: Sequence[Failure],
    facts: Mapping[str, str],
) -> view.Page:
    """Make the page's content, and copy the files it shows.

    Parameters
    ----------
    datasets : sequence of Dataset
        From :func:`neuro.report.gather.gather`.
    assets : Assets
        Where figures and tables are copied.
    folder : Path
        The page's folder, from which quality pages are linked.
    title : str
        Title of the page.
    failures : sequence of Failure
        Failed jobs.
    facts : mapping of str to str
        What the run was made with.

    Returns
    -------
    page : Page
        The content.

    Raises
    ------
    FileNotFoundError
        If a figure or table does not exist.
    ValueError
        If a manifest's number, figure, table or citation cannot be shown.
    """
    composer = _Composer(assets, folder)
    parts = tuple(composer.dataset(dataset) for dataset in datasets)
    sources = list(_sources(datasets))
    return view.Page(
        title=title,
        n_recordings=sum(part.n_recordings for part in parts),
        n_manifests=len(sources),
        failures=tuple(failures),
        remedy=remedy(list(failures)),
        warnings=_warnings(datasets),
        datasets=parts,
        references=tuple(composer.references()),
        licenses=_licenses(sources),
        facts=facts,
    )


class _Composer:
    """Keeps the running numbers of figures, tables and references."""

    def __init__(self, assets: Assets, folder: Path) -> None:
        self._assets, self._folder = assets, folder
        self._figures, self._tables = count(1), count(1)
        self._cited: dict[str, Citation] = {}

    def dataset(self, dataset: gather.Dataset) -> view.Dataset:
        """One dataset."""
        names = {source.manifest.recording for word in dataset.words for source in word.recordings}
        return view.Dataset(
            id=_id(dataset.name),
            name=dataset.name,
            n_recordings=len(names),
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
            id=_id(dataset, word.name),
            label=spec.title(word.name),
            title=title,
            question=question,
            whole=entry,
            about=about if about != question else "",
            recordings=recordings,
            overview=_overview(recordings),
            methods=methods,
            references=tuple(sorted({n for source in sources for n in self._cite(source)})),
            params=params,
        )

    def _entry(self, source: gather.Source, said: set[str]) -> view.Entry:
        """One manifest, without the texts that its section has `said` already."""
        manifest = source.manifest
        params = _params(manifest.params)
        return view.Entry(
            id=_id(manifest.dataset, manifest.word, manifest.recording),
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
            next(self._figures), href, figure.title, figure.caption, figure.alt, size
        )

    def _table(self, source: gather.Source, index: int) -> view.Table:
        table = source.manifest.tables[index]
        file = source.file(table.path)
        if file.suffix != ".tsv":
            raise ValueError(f"{source.path}: a table must be a .tsv file, got {table.path}")
        content = tsv.read(file)
        href = self._assets.add(file, source.manifest, table.path)
        return view.Table(next(self._tables), href, table.title, table.caption, content)

    def _cite(self, source: gather.Source) -> list[int]:
        """Numbers of a manifest's citations; the same text is one reference."""
        cited = []
        for citation in source.manifest.citations:
            if citation.url and not citation.url.startswith(("https://", "http://")):
                raise ValueError(
                    f"{source.path}: a citation's url must begin with https:// or http://, "
                    f"got {citation.url!r}"
                )
            key = " ".join(citation.text.split())
            known = self._cited.setdefault(key, citation)
            if citation.url and not known.url:
                self._cited[key] = citation
            cited.append(1 + list(self._cited).index(key))
        return cited

    def references(self) -> Iterable[view.Reference]:
        """The bibliography, in order of first citation."""
        for number, (text, citation) in enumerate(self._cited.items(), start=1):
            yield view.Reference(number, text, citation.url)


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
            _id(dataset, word), f"{dataset} · {spec.title(word)}", text, tuple(filter(None, names))
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
    """Anchor of a part of the page; dots keep the names apart."""
    return ".".join(["dataset", *(slug(name).replace(".", "-") for name in names)])
