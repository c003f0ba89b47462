"""The page of a recording shows what its manifest says, and nothing that changes by itself."""

import base64
import hashlib
import re

import pytest

from neuro.io import manifest as manifests
from neuro.io.manifest import Citation, Figure, KeyNumber, Manifest
from neuro.preprocess.recording_page import run


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "one.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>drawn</title></svg>'
    )
    path = tmp_path / "m.json"
    manifests.write(
        path,
        Manifest(
            word="preprocess",
            dataset="d",
            recording="sub-01",
            title="T",
            question="Q?",
            key_numbers=[KeyNumber(name="rate <b>", value=2.5, unit="Hz", interval=(2, 3), p=0.01)],
            figures=[Figure(path="one.svg", title="One", caption="The one.", alt="one")],
            methods=["Done & dusted."],
            citations=[Citation(text="Someone (2020).")],
            warnings=["Beware <script>."],
            params={"bin": 0.1},
        ),
    )
    return path


def test_all_of_the_manifest_is_shown_and_escaped(manifest, tmp_path):
    run(manifest, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    for text in (
        "rate &lt;b&gt;", "2.5 Hz [2, 3]", "0.01", "The one.", "Done &amp; dusted.",
        "Someone (2020).", "Beware &lt;script&gt;.", "&#34;bin&#34;: 0.1",
    ):  # fmt: skip
        assert text in page, text
    (picture,) = re.findall(r'<img [^>]*alt="one" src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert base64.b64decode(picture) == (tmp_path / "one.svg").read_bytes()


def test_the_same_manifest_gives_the_same_page(manifest, tmp_path):
    run(manifest, tmp_path / "a.html")
    run(manifest, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_policy_allows_the_style_of_the_page_alone(manifest, tmp_path):
    run(manifest, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert f"style-src &#39;sha256-{digest}&#39;" in policy
    assert "script-src" not in policy
    assert "default-src &#39;none&#39;" in policy
