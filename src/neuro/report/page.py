"""The site: HTML files that need nothing but the folder they lie in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neuro import __version__
from neuro.io.atomic import atomic, write_text
from neuro.io.policy import content_policy
from neuro.report import view
from neuro.report.assets import FOLDER, Assets
from neuro.report.compose import PAGES, compose
from neuro.report.failures import Failure
from neuro.report.gather import Dataset, Source, gather
from neuro.report.pdf import convert_all
from neuro.report.references import FILE, bibtex

GENERATOR = "neuro"
STYLES = ("style.css", "site.css")
SCRIPTS = ("theme.js", "contents.js", "tables.js", "zoom.js")
"""Of every page."""
MOST_PDF = 200
"""Figures of recordings, per dataset and word, that get a PDF: thousands would take an hour."""


def build(
    manifests: Sequence[str | Path],
    output: str | Path,
    *,
    title: str,
    failures: Sequence[Failure] = (),
    facts: Mapping[str, str] = {},
    kinds: Mapping[str, str] = {},
    data: Collection[Path] | None = None,
    processes: int = 1,
) -> None:
    """Render the report of whatever manifests there are; the same input gives the same bytes.

    Parameters
    ----------
    manifests : sequence of str | Path
        The manifests, in the order of the datasets on the page; may be empty.
    output : str | Path
        The first page. The others lie in `pages/` beside it, the figures and tables they show in
        `assets/`, and the bibliography in `references.bib`; both folders are replaced whole. On an
        error all stay as they were.
    title : str
        Title of the report.
    failures : sequence of Failure
        Jobs that failed; told before everything else.
    facts : mapping of str to str
        What the run was made with: versions, seed, platform.
    kinds : mapping of str to str
        Kind of data by dataset, e.g. `{"faces": "eeg"}`.
    data : collection of Path | None
        Files beside the manifests that interactive views may read; whatever there is when None.
    processes : int
        How many work at a time on the figures' PDF files.

    Raises
    ------
    FileExistsError
        If a page is there that is not a report, whose `assets/` may hold anything.
    FileNotFoundError
        If a manifest, or a figure or table that one names, does not exist.
    ValueError
        If a manifest is broken or says what cannot be shown; the error names it.
    """
    output = Path(output)
    _check_output(output)
    datasets = gather([Path(path) for path in manifests])
    with (
        atomic(output.parent / PAGES) as pages,
        atomic(output.parent / FOLDER) as folder,
        TemporaryDirectory(dir=output.parent, prefix=".pdf.", suffix=".tmp") as scratch,
    ):
        folder.mkdir()
        pages.mkdir()
        pdfs = convert_all([*_printed(datasets)], Path(scratch), processes)
        site = compose(
            datasets,
            Assets(folder.parent, pdfs),
            output.parent,
            title=title,
            failures=failures,
            facts=facts,
            kinds=kinds,
            data=data,
        )
        first, *others = _render(site, output.name)
        for href, html in others:
            (pages.parent / href).write_text(html, encoding="utf-8")
    write_text(output.with_name(FILE), bibtex(site.references))
    write_text(output, first[1])  # last: when the page is there, all that it shows is


def _printed(datasets: Sequence[Dataset]) -> Iterator[Path]:
    """Figures that get a PDF."""
    for word in (word for dataset in datasets for word in dataset.words):
        if word.whole:
            yield from _figures(word.whole)
        yield from islice((f for source in word.recordings for f in _figures(source)), MOST_PDF)


def _figures(source: Source) -> Iterator[Path]:
    files = (source.file(figure.path) for figure in source.manifest.figures)
    return (file for file in files if file.suffix == ".svg")


def _render(site: view.Site, index: str) -> list[tuple[str, str]]:
    """All pages by their path, the first one first."""
    pages: list[tuple[str, str, dict[str, object], tuple[str, ...]]] = [
        (index, "index.html.j2", {}, ()),
        (f"{PAGES}/methods.html", "methods.html.j2", {}, ()),
    ]
    if site.triage:
        pages.append((f"{PAGES}/quality.html", "quality.html.j2", {}, ("triage.js",)))
    if site.failures:
        pages.append((f"{PAGES}/failures.html", "failed.html.j2", {}, ()))
    for dataset in site.datasets:
        kinds = dict.fromkeys(v.kind for section in dataset.sections for v in section.views)
        scripts = ("views.js", *(f"{kind}.js" for kind in kinds)) if kinds else ()
        pages.append((dataset.href, "dataset.html.j2", {"dataset": dataset}, scripts))
    pages += [(word.href, "word.html.j2", {"word": word}, ()) for word in site.words]
    environment = _environment()
    return [
        (href, _page(environment, template, site, href, index, scripts, content))
        for href, template, content, scripts in pages
    ]


def _page(
    environment: Environment,
    template: str,
    site: view.Site,
    href: str,
    index: str,
    scripts: Sequence[str],
    content: Mapping[str, object],
) -> str:
    style = "".join(map(_resource, STYLES))
    script = "".join(map(_resource, [*SCRIPTS, *scripts]))
    return environment.get_template(template).render(
        **content,
        site=site,
        here=href,
        index=index,
        root="../" * href.count("/"),
        version=__version__,
        generator=GENERATOR,
        style=Markup(style),  # nosec B704
        script=Markup(script),  # nosec B704
        policy=content_policy(style=style, script=script, pictures="'self' data:"),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("neuro.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # JSON whose angle brackets are escaped: see `neuro.report.views.pack.to_json`.
    environment.filters["data"] = Markup
    return environment


@cache
def _resource(name: str) -> str:
    return (files("neuro.report") / "templates" / name).read_text(encoding="utf-8")


def _check_output(output: Path) -> None:
    if output.suffix != ".html":
        raise ValueError(f"{output}: the report is an .html file, got '{output.suffix}'")
    mark = f'<meta name="generator" content="{GENERATOR}">'
    if output.exists() and mark not in output.read_text(encoding="utf-8", errors="replace"):
        raise FileExistsError(
            f"{output}: is there and is no report; its {FOLDER}/ would be replaced, "
            f"so choose another folder or move them"
        )
