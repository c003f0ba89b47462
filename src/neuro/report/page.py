"""The page itself: one HTML file that needs nothing but the folder it lies in."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neuro import __version__
from neuro.io.atomic import atomic, write_text
from neuro.report.assets import FOLDER, Assets
from neuro.report.compose import compose
from neuro.report.failures import Failure
from neuro.report.gather import gather

GENERATOR = "neuro"


def build(
    manifests: Sequence[str | Path],
    output: str | Path,
    *,
    title: str,
    failures: Sequence[Failure] = (),
    facts: Mapping[str, str] = {},
) -> None:
    """Render the report of whatever manifests there are; the same input gives the same bytes.

    Parameters
    ----------
    manifests : sequence of str | Path
        The manifests, in the order of the datasets on the page; may be empty.
    output : str | Path
        The page. The figures and tables it shows are copied to `assets/` beside it, which is
        replaced whole. On an error both stay as they were.
    title : str
        Title of the page.
    failures : sequence of Failure
        Jobs that failed; told before everything else.
    facts : mapping of str to str
        What the run was made with: versions, seed, platform.

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
    with atomic(output.parent / FOLDER) as folder:
        folder.mkdir()
        assets = Assets(folder.parent)
        page = compose(datasets, assets, output.parent, title=title, failures=failures, facts=facts)
        html = _render(page=page)
    write_text(output, html)  # last: when the page is there, all that it shows is


def _render(**context: object) -> str:
    environment = Environment(
        loader=PackageLoader("neuro.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style, script = _resource("style.css"), _resource("script.js")
    return environment.get_template("index.html.j2").render(
        **context,
        version=__version__,
        generator=GENERATOR,
        style=Markup(style),  # nosec B704
        script=Markup(script),  # nosec B704
        policy=_policy(style, script),
    )


def _policy(style: str, script: str) -> str:
    """Allow this very style and script, and pictures beside the page; nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            "img-src 'self' data:",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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
