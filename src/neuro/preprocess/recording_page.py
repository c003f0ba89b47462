"""One HTML page per recording, made of what its manifest says, by way of MNE's Report.

For modalities whose manifests already hold all that is to be seen; EEG has a page of its own.
"""

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

import mne

from neuro.io import manifest as manifests
from neuro.io.atomic import atomic, write_text
from neuro.io.manifest import Figure, KeyNumber, Manifest

_DATE = re.compile(r"on\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+")


def run(manifest_path: str | Path, output: str | Path) -> None:
    """Write the page; it holds all it shows, and the same input gives the same bytes.

    Parameters
    ----------
    manifest_path : str | Path
        The recording's manifest; its figures lie where it says.
    output : str | Path
        The page, a name that ends in `.html`.

    Raises
    ------
    ValueError
        If the file is not a manifest.
    """
    manifest = manifests.read(manifest_path)
    folder = Path(manifest_path).parent
    report = mne.Report(title=manifest.recording or manifest.dataset, verbose="ERROR")
    if manifest.warnings:
        report.add_html(_listed(manifest.warnings), "Warnings")
    if manifest.key_numbers:
        report.add_html(_numbers(manifest.key_numbers), "Numbers")
    for figure in manifest.figures:
        report.add_html(_figure(folder, figure), figure.title)
    report.add_html(_methods(manifest), "Methods")
    report.add_html(_parameters(manifest.params), "Parameters")
    with atomic(output) as temporary:
        report.save(temporary, open_browser=False, verbose="ERROR")
        page = temporary.read_text(encoding="utf-8")
    # The only thing in it that differs between runs is the time of writing, in the footer.
    head, footer = page[: page.rindex("<footer")], page[page.rindex("<footer") :]
    write_text(output, head + _DATE.sub("", footer))


def _listed(texts: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in texts) + "</ul>"


def _figure(folder: Path, figure: Figure) -> str:
    """The picture inside the page; MNE's own way would show an SVG as its text."""
    path = folder / figure.path
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix]
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<img style="max-width: 100%" alt="{html.escape(figure.alt, quote=True)}" '
        f'src="data:image/{kind};base64,{data}"><p>{html.escape(figure.caption)}</p>'
    )


def _numbers(numbers: list[KeyNumber]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(number.name)}</td><td>{_value(number)}</td>"
        f"<td>{'' if number.chance is None else f'{number.chance:.4g}'}</td>"
        f"<td>{'' if number.p is None else f'{number.p:.4g}'}</td>"
        f"<td>{html.escape(number.n)}</td></tr>"
        for number in numbers
    )
    heads = "".join(f"<th>{name}</th>" for name in ("", "value", "chance", "p", "n"))
    return f'<table class="table"><tr>{heads}</tr>{rows}</table>'


def _value(number: KeyNumber) -> str:
    interval = ""
    if number.interval is not None:
        interval = f" [{number.interval[0]:.4g}, {number.interval[1]:.4g}]"
    return html.escape(f"{number.value:.4g} {number.unit}".strip() + interval)


def _methods(manifest: Manifest) -> str:
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in manifest.methods)
    return paragraphs + _listed([citation.text for citation in manifest.citations])


def _parameters(params: dict[str, Any]) -> str:
    text = json.dumps(params, indent=2, ensure_ascii=False, sort_keys=True)
    return f"<pre>{html.escape(text)}</pre>"
