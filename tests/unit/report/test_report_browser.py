"""The site in a real browser: Chromium of the system, driven by Playwright."""

import csv
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neuro.io import hdf5
from neuro.io import manifest as manifests
from neuro.io.hdf5 import Array
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest, Table
from neuro.io.tables import write_tsv
from neuro.report import Failure, build

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium on PATH: {NAMES}")

WIDTHS = (390, 1024, 1600)
CHANNELS = ["Fz", "Cz", "Pz", "C3", "C4", "PO7", "PO8", "<b>Oz"]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 180">'
    '<path d="M0 90 Q90 0 180 90 T360 90" fill="none" stroke="#0072b2" stroke-width="3"/></svg>'
)


def _write(folder: Path, name: str, **fields: Any) -> Path:
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for figure in ("evoked", "spectrum"):
        (folder / "figures" / f"{figure}.svg").write_text(SVG)
    content: dict[str, Any] = {
        "dataset": "faces",
        "title": "Faces",
        "question": "Do faces evoke an N170?",
        "figures": [
            Figure(path=f"figures/{n}.svg", title=n.title(), caption="Mean.", alt=f"{n}: a wave")
            for n in ("evoked", "spectrum")
        ],
        "methods": ["Filtered at 40 Hz."],
        "citations": [Citation(text="Gramfort A (2013). MNE. Frontiers, 7, 267.")],
        "params": {"h_freq": 40},
    }
    manifests.write(folder / name, Manifest(**{**content, **fields}))
    return folder / name


def _recording(results: Path, k: int) -> Path:
    name = f"sub-0{k}_task-faces"
    folder = results / f"faces/preprocessed/sub-0{k}/eeg"
    rng = np.random.default_rng(k)
    times = np.linspace(-0.1, 0.4, 60)
    wave = -3e-6 * np.exp(-(((times - 0.17) / 0.03) ** 2))
    gain = np.array([0, 0.1, 0.2, 0.3, 0.3, 1, 1, 0.8])
    mean = gain[:, None] * wave + 1e-8 * rng.standard_normal((len(CHANNELS), len(times)))
    folder.mkdir(parents=True)
    hdf5.write(
        folder / f"{name}_erp.h5",
        {
            "times": Array(times, ("time",), "s"),
            "ch_names": Array(CHANNELS, ("channel",)),
            "conditions/face/mean": Array(mean, ("channel", "time"), "V"),
            "contrasts/face-house/channels/mean": Array(mean / 2, ("channel", "time"), "V"),
            "contrasts/face-house/roi": Array(["PO7", "PO8"], ("channel",)),
        },
        {},
    )
    return _write(
        folder,
        f"{name}_manifest.json",
        word="preprocess",
        recording=name,
        key_numbers=[
            KeyNumber(name="bad channels", value=2.0 if k < 6 else 40.0),
            KeyNumber(name="epochs kept", value=90.5 + k, unit="%"),
        ],
        warnings=["Few epochs."] if k == 3 else [],
    )


def _states(results: Path) -> Path:
    path = np.repeat([0, 1, 2, 1], [100, 50, 200, 50])
    folder = results / "faces/states"
    folder.mkdir(parents=True)
    hdf5.write(
        folder / "states.h5",
        {
            "sub-01/path": Array(path, ("bin",)),
            "sub-01/probability": Array(0.8 * np.eye(3)[path] + 0.2 / 3, ("bin", "state")),
            "sub-01/times": Array(0.1 * np.arange(400), ("bin",), "s"),
        },
        {},
    )
    write_tsv(
        folder / "edges.tsv",
        pd.DataFrame({"a": ["L1", "L1", "L2"], "b": ["L2", "L10", "L10"], "t": [0.2, -4.0, 3.0]}),
    )
    number = KeyNumber(name="AUROC", value=0.8, interval=(0.7, 0.9), confidence=0.95, chance=0.5)
    table = Table(path="edges.tsv", title="Edges", caption="By size.")
    return _write(folder, "manifest.json", word="states", key_numbers=[number], tables=[table])


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A small report of everything that pages can show."""
    results = tmp_path_factory.mktemp("site") / "results"
    paths = [_recording(results, k) for k in range(1, 7)]
    paths = [_write(results / "faces/preprocessed", "manifest.json", word="preprocess"), *paths]
    failure = Failure("clean_eeg", "faces", "sub-09", "ValueError: no events", "a.log", "line 1")
    folder = results / "report"
    build(
        [*paths, _states(results)],
        folder / "index.html",
        title="A <small> study",
        failures=[failure],
        facts={"seed": "1"},
        kinds={"faces": "eeg"},
    )
    return folder


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def tab(browser, report):
    """A tab, and what its console says."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("requestfailed", lambda request: console.append(request.url))

    def go(name: str) -> None:
        page.goto((report / name).as_uri())

    yield SimpleNamespace(page=page, go=go)
    page.close()
    assert console == []


def _names(report: Path) -> list[str]:
    return [p.relative_to(report).as_posix() for p in sorted(report.rglob("*.html"))]


def test_every_page_opens_fits_and_shuts_nobody_out(tab, report, tmp_path):
    names = _names(report)
    assert len(names) == 7
    for name in names:
        tab.go(name)
        for width in WIDTHS:
            tab.page.set_viewport_size({"width": width, "height": 900})
            tab.page.screenshot(path=tmp_path / f"{Path(name).stem}-{width}.png", full_page=True)
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, name
        found = axe.Axe().run(tab.page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], name
    assert len(list(tmp_path.glob("*.png"))) == len(names) * len(WIDTHS)


def test_links_lead_where_they_say(tab, report):
    tab.go("index.html")
    tab.page.get_by_role("navigation").get_by_role("link", name="faces").click()
    assert tab.page.get_by_role("heading", level=1).inner_text() == "faces"
    tab.page.get_by_role("navigation").get_by_role("link", name="Recordings and quality").click()
    tab.page.get_by_role("link", name="sub-05_task-faces", exact=True).click()
    box = tab.page.locator("details.recording[open] h4")
    assert box.all_inner_texts() == ["sub-05_task-faces"]
    for link in tab.page.locator("a[download]").all():
        path = (report / "pages" / link.get_attribute("href")).resolve()
        assert path.is_file()


def test_a_title_sorts_and_a_filter_hides(tab):
    tab.go("pages/quality.html")
    first = tab.page.locator("tbody tr").first
    header = tab.page.get_by_role("columnheader", name="epochs kept")
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert "sub-06" in first.inner_text()
    header.get_by_role("button").click()
    assert "sub-01" in first.inner_text()
    tab.page.get_by_role("searchbox").fill("sub-04")
    assert tab.page.locator("tbody tr:visible").count() == 1
    tab.page.get_by_role("searchbox").fill("")
    (unusual,) = tab.page.locator("tbody .unusual").all_inner_texts()
    assert unusual.split() == ["40", "(unusual)"]


def test_recordings_are_reviewed_by_keyboard(tab, tmp_path):
    tab.go("pages/quality.html")
    for key in ("j", "a", "j", "r", "j", "?", "k", "j", "j", "a", "u"):
        tab.page.keyboard.press(key)
    count = tab.page.locator("#review-count")
    assert count.inner_text() == "1 accepted, 1 rejected, 1 unsure, 3 left"
    assert 'exclude: ["sub-02_task-faces"]' in tab.page.locator("#review-remedy pre").inner_text()
    tab.page.reload()
    assert count.inner_text() == "1 accepted, 1 rejected, 1 unsure, 3 left"
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Export as TSV").click()
    download.value.save_as(tmp_path / "review.tsv")
    with (tmp_path / "review.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    marks = ["accept", "reject", "unsure", "n/a", "n/a", "n/a"]
    assert [row["review"] for row in rows] == marks
    assert rows[0]["recording"] == "sub-01_task-faces"
    tab.page.keyboard.press("k")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/dataset-faces.html#*")


def test_a_figure_opens_in_full_size(tab):
    tab.go("pages/dataset-faces.html")
    dialog = tab.page.locator("dialog.zoom")
    plate = tab.page.locator("a.plate").first
    plate.click()
    assert dialog.locator("#zoom-title").inner_text().startswith("Figure 1. Evoked")
    tab.page.keyboard.press("ArrowRight")
    assert dialog.locator("#zoom-title").inner_text().startswith("Figure 2. Spectrum")
    assert dialog.locator("img").get_attribute("alt") == "spectrum: a wave"
    tab.page.keyboard.press("Escape")
    assert not dialog.is_visible()
    focused = tab.page.evaluate("document.activeElement.closest('figure').id")
    assert focused == "figure-2"


def _view(tab: Any, kind: str) -> Any:
    """An interactive view, which is made when it comes into sight."""
    tab.go("pages/dataset-faces.html")
    view = tab.page.locator(f"figure[data-view={kind}]")
    view.scroll_into_view_if_needed()
    view.locator(".controls select").first.wait_for()
    return view


def test_evoked_responses_are_scrubbed(tab):
    view = _view(tab, "erp")
    said = view.locator(".said")
    assert said.inner_text().startswith("17")  # it opens at the planted peak, 170 ms
    assert "PO" in said.inner_text()
    view.get_by_role("slider").fill("0")
    assert said.inner_text().startswith("-100 ms")
    view.get_by_role("combobox", name="Shown").select_option("face")
    view.get_by_role("slider").fill("32")
    value = float(said.inner_text().split("−")[1].removesuffix(" µV"))
    assert value == pytest.approx(3.0, abs=0.1)
    assert view.locator("path.line").count() == len(CHANNELS)
    assert view.locator("path.line title").last.inner_html() == "&lt;b&gt;Oz"


def test_states_are_read_at_the_pointer(tab):
    view = _view(tab, "states")
    view.get_by_role("combobox", name="Window").select_option("all")
    canvas = view.locator("canvas").first
    box = canvas.bounding_box()
    canvas.hover(position={"x": 24 + (box["width"] - 24) * 25.05 / 40, "y": 2 * 22 + 11})
    said = view.locator(".said").inner_text()
    assert "state 3, a visit of 20.0 s. Probability of state 3: 0.87" in said


def test_a_network_shows_the_connections_of_a_node(tab):
    view = _view(tab, "network")
    assert view.locator("circle").count() == 3
    assert view.locator("li").first.inner_text().split() == ["L1", "–", "L10", "−4"]
    view.get_by_role("combobox", name="Node").select_option("L2")
    texts = [text.split() for text in view.locator("li").all_inner_texts()]
    assert texts == [["L10", "3"], ["L1", "0.2"]]


def test_all_is_there_without_scripts(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "pages/dataset-faces.html").as_uri())
    assert page.locator("figure.view:visible").count() == 0
    assert page.locator("a.plate:visible").count() > 0
    page.goto((report / "pages/quality.html").as_uri())
    assert page.locator("tbody tr:visible").count() == 6
    assert not page.locator("#review").is_visible()
    context.close()


@pytest.mark.slow
def test_a_finished_run_opens_without_a_fault(tmp_path):
    """Over a report of one's own: `NEURO_REPORT_RESULTS` names a folder of results."""
    results = os.environ.get("NEURO_REPORT_RESULTS")
    if not results:
        pytest.skip("NEURO_REPORT_RESULTS names no folder of results")
    from benchmarks._face_browser import SEVERE, visits

    seen = list(visits(Path(results).resolve() / "report", tmp_path))
    assert len(seen) > 3
    assert [(one.name, one.console) for one in seen if one.console] == []
    assert [(one.name, one.dead) for one in seen if one.dead] == []
    assert [one.name for one in seen if one.overflow > 0] == []
    severe = [(one.name, n) for one in seen for n in one.axe if n.split(":")[0] in SEVERE]
    assert severe == []
