"""One HTML page per recording, made of what its manifest says.

For modalities whose manifests already hold all that is to be seen; EEG has a page of its own.
"""

import base64
import json
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neuro.io import manifest as manifests
from neuro.io.atomic import write_text
from neuro.io.manifest import Figure, KeyNumber
from neuro.io.policy import content_policy

KINDS = {".svg": "svg+xml", ".png": "png"}


def run(manifest_path: str | Path, output: str | Path) -> None:
    """Write the page; it holds all it shows, and the same input gives the same bytes.

    Parameters
    ----------
    manifest_path : str | Path
        The recording's manifest; its figures lie where it says.
    output : str | Path
        The page.

    Raises
    ------
    FileNotFoundError
        If a figure does not exist.
    ValueError
        If the file is not a manifest, or a figure is neither SVG nor PNG.
    """
    manifest = manifests.read(manifest_path)
    folder = Path(manifest_path).parent
    environment = Environment(
        loader=PackageLoader("neuro.preprocess"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (files("neuro.preprocess") / "templates/recording.css").read_text(encoding="utf-8")
    page = environment.get_template("recording.html.j2").render(
        manifest=manifest,
        name=manifest.recording or manifest.dataset,
        rows=[_row(number) for number in manifest.key_numbers],
        any_chance=any(number.chance is not None for number in manifest.key_numbers),
        any_p=any(number.p is not None for number in manifest.key_numbers),
        figures=[_figure(folder, figure) for figure in manifest.figures],
        parameters=json.dumps(manifest.params, indent=2, ensure_ascii=False, sort_keys=True),
        style=Markup(style),  # nosec B704
        policy=content_policy(style=style),
    )
    write_text(output, page)


def _figure(folder: Path, figure: Figure) -> dict[str, str]:
    path = folder / figure.path
    if path.suffix not in KINDS:
        raise ValueError(f"{path}: a figure is one of {', '.join(KINDS)}")
    data = base64.b64encode(path.read_bytes()).decode()
    return {
        "title": figure.title,
        "caption": figure.caption,
        "alt": figure.alt,
        "source": f"data:image/{KINDS[path.suffix]};base64,{data}",
    }


def _row(number: KeyNumber) -> dict[str, str]:
    interval = ""
    if number.interval is not None:
        interval = f" [{number.interval[0]:.4g}, {number.interval[1]:.4g}]"
    return {
        "name": number.name,
        "value": f"{number.value:.4g} {number.unit}".strip() + interval,
        "chance": "" if number.chance is None else f"{number.chance:.4g}",
        "p": "" if number.p is None else f"{number.p:.4g}",
        "n": str(number.n),
    }
