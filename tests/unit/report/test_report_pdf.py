"""PDF of what matplotlib writes; the table of objects must fit the file to a byte."""

import re
import shutil
import subprocess
import sys
import time
import zlib

import numpy as np
import psutil
import pytest

from neuro.report import build
from neuro.report.pdf import convert
from neuro.viz.style import new_figure, save_svg, style

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36">'


def _objects(content: bytes) -> dict[int, bytes]:
    where = int(re.search(rb"startxref\n(\d+)\n", content)[1])
    starts = re.findall(rb"(\d{10}) 00000 n \n", content[where:])
    found = {}
    for number, start in enumerate(map(int, starts), start=1):
        head = b"%d 0 obj\n" % number
        assert content[start : start + len(head)] == head
        found[number] = content[start + len(head) : content.index(b"\nendobj", start)]
    return found


def _stream(thing: bytes) -> bytes:
    length = int(re.search(rb"/Length (\d+)", thing)[1])
    start = thing.index(b"stream\n") + 7
    assert thing[start + length :] == b"\nendstream"
    return zlib.decompress(thing[start : start + length])


@pytest.fixture
def drawn(tmp_path):
    with style():
        figure = new_figure(2, 4)
        left, right = figure.subplots(1, 2)
        left.plot([0, 1, 2], [1, 3, 2], color="#ff0000", marker="o", linestyle="--", alpha=0.5)
        left.set_title("Amplitude (µV)")
        right.imshow(np.arange(12.0).reshape(3, 4), cmap="viridis")
        save_svg(figure, tmp_path / "a.svg")
    return tmp_path / "a.svg"


def test_a_figure_of_matplotlib_becomes_a_page(drawn):
    assert convert(drawn, drawn.with_suffix(".pdf"))
    objects = _objects(drawn.with_suffix(".pdf").read_bytes())
    assert b"/MediaBox [0 0 288 144]" in objects[3]
    page = _stream(objects[4]).decode()
    assert re.search(r"^1 0 0 RG 1\.8 w .* \[[\d. ]+\] 0 d$", page, re.M)
    assert page.split().count("q") == page.split().count("Q")
    assert b"<< /ca 1 /CA 0.5 >>" in objects.values()  # the line, which fills nothing
    forms = [o for o in objects.values() if b"/Subtype /Form" in o]
    assert len(forms) > 10  # a letter is drawn once, however often it stands
    assert len([o for o in objects.values() if b"/Subtype /Image" in o]) == 2  # and its mask
    for thing in forms:
        assert re.fullmatch(r"[\d\s.mlcqhfBS*-]+", _stream(thing).decode().replace(" cm", ""))


def test_the_same_figure_gives_the_same_bytes(drawn, tmp_path):
    for name in ("one.pdf", "two.pdf"):
        assert convert(drawn, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_a_page_looks_like_its_figure(drawn, tmp_path):
    """Seen by an independent reader, where there is one: the red line, and where it is not."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed")
    convert(drawn, tmp_path / "a.pdf")
    told = subprocess.run(
        ["pdftoppm", "-r", "72", "-png", str(tmp_path / "a.pdf"), str(tmp_path / "a")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stderr == ""
    from PIL import Image

    pixels = np.asarray(Image.open(tmp_path / "a-1.png").convert("RGB")).astype(int)
    assert pixels.shape == (144, 288, 3)
    red = (pixels[..., 0] - pixels[..., 1:].max(axis=-1)) > 60
    assert red[:, :144].sum() > 50
    assert red[:, 144:].sum() == 0
    assert (pixels[0, 0] == 255).all()


@pytest.mark.parametrize(
    "inside",
    [
        "<text>words</text>",
        '<path d="M0 0h9"/>',
        '<path d="M 0 0 L 1e-5 2"/>',
        '<path d="M 0 0 L 5 5" style="fill: url(#g)"/>',
        '<path d="M 0 0 L 5 5" clip-path="url(#absent)"/>',
        '<path d="M 0 0 L 5 5" transform="skewX(3)"/>',
        "<path",
    ],
)
def test_more_than_that_has_no_pdf(tmp_path, inside):
    (tmp_path / "a.svg").write_text(f"{HEAD}{inside}</svg>")
    assert not convert(tmp_path / "a.svg", tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_a_picture_of_another_kind_has_no_pdf(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    assert not convert(tmp_path / "a.png", tmp_path / "a.pdf")


def test_of_thousands_of_recordings_the_first_figures_have_one(tmp_path, monkeypatch, make):
    monkeypatch.setattr("neuro.report.page.MOST_PDF", 2)
    svg = f'{HEAD}<path d="M 0 0 L 9 9"/></svg>'
    manifests = [make(recording=f"sub-{k}") for k in range(4)]
    for manifest in (*manifests, whole := make()):
        (manifest.parent / "figures/evoked.svg").write_text(svg)
    build([*manifests, whole], tmp_path / "report/index.html", title="T")
    made = sorted(p.parts[-3] for p in (tmp_path / "report/assets").rglob("*.pdf"))
    assert made == ["dataset", "sub-0", "sub-1"]
    page = (tmp_path / "report/pages/dataset-faces.html").read_text()
    assert page.count('evoked.pdf" download') == 3


WORKING = """
import sys, time
from pathlib import Path
from neuro.report import pdf

def convert(source, target):
    Path(target).with_suffix(".began").touch()
    time.sleep(60)

pdf.convert = convert
pdf.convert_all([Path("a.svg"), Path("b.svg")], Path(sys.argv[1]), 2)
"""


def test_workers_end_with_a_report_that_is_killed(tmp_path):
    job = subprocess.Popen([sys.executable, "-c", WORKING, str(tmp_path)])
    try:
        wait_until(lambda: list(tmp_path.glob("*.began")))
        workers = psutil.Process(job.pid).children()
    finally:
        job.kill()
        job.wait()
    assert workers
    wait_until(lambda: not any(w.is_running() and w.status() != "zombie" for w in workers))


def wait_until(come, patience=60.0):
    end = time.monotonic() + patience
    while not come():
        assert time.monotonic() < end
        time.sleep(0.05)
