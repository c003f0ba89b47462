"""A report in a browser: what each page says in the console, how fast it is, whom it shuts out."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = (390, 1024, 1600)
SEVERE = {"serious", "critical"}


@dataclass(frozen=True)
class Visit:
    """What was found on one page."""

    name: str
    kilobytes: float
    seconds: float
    console: tuple[str, ...]
    axe: dict[str, int]
    overflow: int
    dead: tuple[str, ...]


def chromium() -> str | None:
    """Path of the system's Chromium; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def pages(report: Path) -> list[Path]:
    """Every page of a report, the leaderboard included."""
    others = sorted((report / "pages").glob("*.html"))
    board = report / "eegbench.html"
    return [report / "index.html", *others, *([board] if board.is_file() else [])]


def visits(report: Path, pictures: Path) -> Iterator[Visit]:
    """Open every page, at three widths.

    Parameters
    ----------
    report : Path
        The folder of the report.
    pictures : Path
        Where pictures of the pages are written, named by page and width.

    Yields
    ------
    visit : Visit
        In the order of :func:`pages`.
    """
    from playwright.sync_api import sync_playwright

    executable = chromium()
    if executable is None:
        raise SystemExit(f"No Chromium was found on PATH; looked for {', '.join(NAMES)}")
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        browser.new_page().goto("about:blank")  # the first page of all pays for the start
        for path in pages(report):
            tab = browser.new_page(viewport={"width": WIDTHS[-1], "height": 900})
            yield visit(tab, path, pictures)
            tab.close()
        browser.close()


def visit(tab: Any, path: Path, pictures: Path) -> Visit:
    """Open one page in a tab, and look at it."""
    from axe_playwright_python.sync_playwright import Axe

    console: list[str] = []
    tab.on("console", lambda m: console.append(m.text) if m.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: console.append(str(error)))
    tab.on("requestfailed", lambda request: console.append(f"not loaded: {request.url}"))
    start = time.perf_counter()
    tab.goto(path.as_uri())
    seconds = time.perf_counter() - start
    overflow = 0
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.screenshot(path=pictures / f"{path.stem}-{width}.png", full_page=True)
        over = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        overflow = max(overflow, over)
    found = Axe().run(tab).response["violations"]
    links = tab.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)")
    return Visit(
        name=path.name,
        kilobytes=path.stat().st_size / 1000,
        seconds=seconds,
        console=tuple(console),
        axe=Counter({f"{v['impact']}: {v['id']}": len(v["nodes"]) for v in found}),
        overflow=overflow,
        dead=tuple(sorted({link for link in links if _is_dead(link)})),
    )


def _is_dead(link: str) -> bool:
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(link)
    return parts.scheme == "file" and not Path(unquote(parts.path)).is_file()
