"""What mkdocs makes beside the pages that are written: the gallery, and a page per public module.

The gallery's pictures are drawn anew by each build, from the scripts in `docs/gallery`.
"""

import ast
import runpy
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

GALLERY = Path(__file__).parent / "gallery"
WORDS = (
    "connectomes", "states", "graphs", "fusion", "screening", "eegbench", "meggpt", "braindive",
)  # fmt: skip


def draw(script: Path) -> bytes:
    """Run a script and give its figure as SVG.

    Parameters
    ----------
    script : Path
        It leaves a matplotlib figure in the variable `figure`.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from neuro.viz.style import RC, save_svg

    mpl.use("Agg")
    with mpl.rc_context(RC):
        figure = runpy.run_path(str(script))["figure"]
        file = BytesIO()
        save_svg(figure, file)
        plt.close("all")
    return file.getvalue()


def page(script: Path) -> str:
    """The script's page: its text, its figure, its code."""
    source = script.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(source)) or ""
    title, _, text = told.partition("\n\n")
    code = source.split('"""', 2)[2].strip()
    word = script.stem
    return (
        f"# {title}\n\n{text}\n\n![{title}]({word}.svg)\n\n```python\n{code}\n```\n\n"
        f"[All about this analysis](../{word}.md)\n"
    )


def index() -> str:
    """The gallery's first page."""
    rows = []
    for word in WORDS:
        title = (ast.get_docstring(ast.parse((GALLERY / f"{word}.py").read_text())) or "").split(
            "\n"
        )[0]
        rows.append(f"## [{title}]({word}.md)\n\n[![{title}]({word}.svg)]({word}.md)\n")
    return (
        "# Gallery\n\nOne short script per analysis, on simulated recordings, in seconds.\n\n"
        + "\n".join(rows)
    )


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made (an event of mkdocs)."""
    from mkdocs.structure.files import File

    made: dict[str, str | bytes] = {"gallery/index.md": index()}
    for word in WORDS:
        made[f"gallery/{word}.md"] = page(GALLERY / f"{word}.py")
        made[f"gallery/{word}.svg"] = draw(GALLERY / f"{word}.py")
        made[f"api/{word}.md"] = f"# neuro.{word}\n\n::: neuro.analyses.{word}.api\n"
    made["api/convert.md"] = "# neuro.convert\n\n::: neuro.io.convert\n"
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    return files


def on_post_build(config: Any) -> None:
    """Leave no script behind in the site (an event of mkdocs)."""
    shutil.rmtree(Path(config["site_dir"]) / "__pycache__", ignore_errors=True)
