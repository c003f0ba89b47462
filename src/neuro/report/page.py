"""The page itself: one HTML file that needs nothing but the folder it lies in."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neuro import __version__
from neuro.io.atomic import atomic
from neuro.report.assets import Assets
from neuro.report.compose import compose
from neuro.report.failures import Failure
from neuro.report.gather import gather

INDEX, ASSETS = "index.html", "assets"


def build(
    manifests: Sequence[Path],
    output: Path,
    *,
    title: str,
    failures: Sequence[Failure] = (),
    facts: Mapping[str, str] = {},
) -> None:
    """Render the report of whatever manifests there are; the same input gives the same bytes.

    Parameters
    ----------
    manifests : sequence of Path
        The manifests, in the order of the datasets on the page; may be empty.
    output : Path
        Folder of the report: `index.html` and `assets/`. A report that is there is replaced
        whole, or, on an error, left as it was.
    title : str
        Title of the page.
    failures : sequence of Failure
        Jobs that failed; told before everything else.
    facts : mapping of str to str
        What the run was made with: versions, seed, platform.

    Raises
    ------
    FileExistsError
        If the folder holds anything that is not a report's.
    FileNotFoundError
        If a manifest, or a figure or table that one names, does not exist.
    ValueError
        If a manifest is broken or says what cannot be shown; the error names it.
    """
    output = Path(output)
    _check_folder(output)
    datasets = gather(manifests)
    with atomic(output) as folder:
        folder.mkdir()
        page = compose(datasets, Assets(folder), title=title, failures=failures, facts=facts)
        (folder / INDEX).write_text(_render(page=page), encoding="utf-8", newline="\n")


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
        style=Markup(style),
        script=Markup(script),
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


def _check_folder(folder: Path) -> None:
    """The folder is replaced, so it must be a report's; dot files are the system's."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder}: must be a folder for the report, but is a file")
    foreign = [
        item.name
        for item in sorted(folder.iterdir())
        if item.name not in {INDEX, ASSETS} and not item.name.startswith(".")
    ]
    if foreign:
        raise FileExistsError(
            f"{folder}: holds {foreign}, which no report has made; "
            f"the folder would be replaced, so choose another or move them"
        )
