import base64
import hashlib
import os
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from neuro.io.manifest import Citation, Figure, KeyNumber, Table
from neuro.report import Failure, build

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "link", "img", "br", "line"}


class Page(HTMLParser):
    """Tags with their attributes, and the text of each element kind."""

    def __init__(self, folder: Path, name: str = "index.html") -> None:
        super().__init__(convert_charrefs=True)
        self.folder, self.path = folder, folder / name
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.source = self.path.read_text(encoding="utf-8")
        self.feed(self.source)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def values(self, attribute: str, tag: str = "") -> list[str]:
        return [a[attribute] for name, a in self.tags if attribute in a and tag in {"", name}]

    def links(self) -> set[str]:
        """Files that the page links or shows, from the site's folder."""
        found = [*self.values("href", "a"), *self.values("src")]
        local = {h.partition("#")[0] for h in found if not h.startswith("https://")} - {""}
        return {os.path.relpath(self.path.parent / h, self.folder) for h in local}

    def page(self, name: str) -> "Page":
        """Another page of the site."""
        return Page(self.folder, f"pages/{name}.html")

    def site(self) -> "list[Page]":
        """Every page."""
        names = sorted(p.stem for p in (self.folder / "pages").iterdir())
        return [self, *map(self.page, names)]

    def text(self) -> str:
        return " ".join(self.texts["body"][0].split())


def render(tmp_path: Path, manifests: list[Path], **options: Any) -> Page:
    build(manifests, tmp_path / "report" / "index.html", **{"title": "Faces", **options})
    return Page(tmp_path / "report")


FAILURE = Failure(
    rule="preprocess_eeg",
    dataset="faces",
    recording="sub-03_task-rest",
    message="ValueError: events lack 'house'.\nFound: face.",
    log="logs/faces/sub-03.log",
)


def test_every_text_is_escaped(tmp_path, make):
    manifest = make(
        dataset=f"faces{EVIL}",
        recording=f"sub-01{EVIL}",
        word=f"states{EVIL}",
        title=EVIL,
        question=EVIL,
        key_numbers=[KeyNumber(name=EVIL, value=1.5, unit=EVIL, n=EVIL, note=EVIL)],
        figures=[Figure(path="psd.png", title=EVIL, caption=EVIL, alt='" onerror="alert(1)')],
        tables=[Table(path="channels.tsv", title=EVIL, caption=EVIL)],
        methods=[EVIL],
        citations=[Citation(text=EVIL, url='https://a/"><script>')],
        licenses=[EVIL],
        warnings=[EVIL],
        params={"channel": EVIL},
    )
    (manifest.parent / "channels.tsv").write_text(f"channel\n{EVIL}\n")
    failure = Failure(rule=EVIL, dataset=EVIL, recording=EVIL, message=EVIL, log=EVIL)
    index = render(tmp_path, [manifest], title=EVIL, failures=[failure], facts={EVIL: EVIL})
    assert len(index.site()) == 5
    for page in index.site():
        assert [tag for tag, _ in page.tags].count("script") == 1
        assert "alert(" not in page.texts["script"][0]
        assert not [a for _, a in page.tags if any(key.startswith("on") for key in a)]
        assert page.source.count("&lt;script&gt;") > 5


def test_policy_allows_the_very_style_and_script_and_no_more(tmp_path, make):
    for page in render(tmp_path, [make(recording="sub-01")]).site():
        _check_policy(page)


def _check_policy(page):
    policy = next(a["content"] for tag, a in page.tags if "http-equiv" in a)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.source, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert not page.values("style"), "a style attribute would be refused by the policy"


def test_all_links_and_pictures_exist(tmp_path, make):
    manifests = [make(recording="sub-01"), make(recording="sub-02"), make(), make("other")]
    index = render(tmp_path, manifests, failures=[FAILURE], facts={"seed": "1"})
    ids = {page.path: page.values("id") for page in index.site()}
    for page in index.site():
        assert len(ids[page.path]) == len(set(ids[page.path]))
        anchors = [h.split("#") for h in page.values("href", "a") if "#" in h]
        for href, anchor in anchors:
            target = (page.path.parent / href).resolve() if href else page.path
            assert anchor in ids[target], f"{page.path.name} links {href}#{anchor}"
        labels = {label for a in page.values("aria-labelledby") for label in a.split()}
        assert labels <= set(ids[page.path])
    on_disk = {
        p.relative_to(index.folder).as_posix() for p in index.folder.rglob("*") if p.is_file()
    }
    assert set().union(*(page.links() for page in index.site())) == on_disk
    assert len([name for name in on_disk if name.startswith("assets/")]) == 4 * 3


def test_nothing_is_loaded_from_the_network(tmp_path, make):
    for page in render(tmp_path, [make(recording="sub-01")]).site():
        _check_offline(page)


def _check_offline(page):
    loaded = page.values("src") + page.values("href", "link") + page.values("srcset")
    assert not [url for url in loaded if re.match(r"(https?:)?//", url)]
    style = page.texts["style"][0]
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:", page.texts["script"][0])


def test_same_input_gives_the_same_bytes(tmp_path, make):
    manifests = [make(recording="sub-01"), make()]
    contents = []
    for name in ("one", "two"):
        build(
            manifests,
            tmp_path / name / "index.html",
            title="Faces",
            failures=[FAILURE],
            facts={"seed": "1"},
        )
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        contents.append([(p.relative_to(tmp_path / name), p.read_bytes()) for p in files])
    assert contents[0] == contents[1]


def test_failures_come_first_with_message_log_and_remedy(tmp_path, make):
    page = render(tmp_path, [make(warnings=["Few trials."])], failures=[FAILURE])
    assert page.texts["h2"][:3] == ["Failed jobs", "Warnings", "What was run"]
    assert FAILURE.message in page.texts["pre"]
    assert "exclude: [sub-03_task-rest]" in page.source
    assert FAILURE.log in page.texts["code"]
    assert "1 failed job" in page.text()
    assert FAILURE.message in page.page("failures").texts["pre"]


def test_a_failure_of_no_recording_has_no_remedy_by_exclusion(tmp_path):
    failure = Failure("fetch", "faces", "", "ConnectionError: 503", "logs/fetch.log")
    page = render(tmp_path, [], failures=[failure])
    assert "exclude" not in page.text()
    assert "whole dataset" in page.text()


def test_nothing_at_all_is_still_a_page(tmp_path):
    page = render(tmp_path, [])
    assert "No results yet" in page.text()
    assert "Failed" not in page.text()
    assert list((page.folder / "assets").iterdir()) == []


def test_datasets_in_order_of_appearance_and_listed_words_before_others(tmp_path, make):
    manifests = [
        make("zebra", word="unlisted"),
        make("zebra", recording="sub-01"),
        make("apple"),
    ]
    page = render(tmp_path, manifests)
    assert [name for name in page.texts["th"] if name in {"zebra", "apple"}] == ["zebra", "apple"]
    assert page.page("dataset-zebra").texts["h2"] == ["Preprocessing", "Unlisted"]
    assert page.page("dataset-apple").texts["h2"] == ["Preprocessing"]
    assert page.page("analysis-preprocess").texts["h2"] == ["zebra", "apple"]


def test_headings_skip_no_level(tmp_path, make):
    manifests = [make(recording="sub-01"), make()]
    page = render(tmp_path, manifests, failures=[FAILURE], facts={"seed": "1"})
    for one in page.site():
        levels = [int(tag[1]) for tag, _ in one.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))


def test_table_headers_have_scope_and_pictures_have_alt(tmp_path, make):
    index = render(tmp_path, [make()], failures=[FAILURE])
    headers = [a for page in index.site() for tag, a in page.tags if tag == "th"]
    assert headers
    assert all(a.get("scope") in {"col", "row"} for a in headers)
    page = index.page("dataset-faces")
    assert page.values("alt", "img") == ["A dip.", "A slope."]
    sizes = [(a["width"], a["height"]) for tag, a in page.tags if tag == "img"]
    assert sizes == [("96", "48"), ("40", "20")]


@pytest.mark.parametrize(("n", "is_open"), [(3, True), (4, False)])
def test_many_recordings_are_collapsed(tmp_path, make, n, is_open):
    index = render(tmp_path, [make(recording=f"sub-0{i}") for i in range(n)])
    page = index.page("dataset-faces")
    boxes = [a for tag, a in page.tags if tag == "details" and a.get("class") == "recording"]
    assert [("open" in a) for a in boxes] == [is_open] * n


def test_texts_that_recordings_share_are_told_once(tmp_path, make):
    manifests = [
        make(recording=f"sub-0{i}", methods=["Filtered at 40 Hz.", f"Dropped A{i}."])
        for i in range(3)
    ]
    text = render(tmp_path, manifests).page("dataset-faces").text()
    assert text.count("Filtered at 40 Hz.") == 1
    assert text.count("Do faces evoke an N170?") == 1
    assert all(f"Dropped A{i}." in text for i in range(3))


def test_shared_warning_is_told_once_above_with_its_recordings(tmp_path, make):
    manifests = [make(recording=f"sub-0{i}", warnings=["Already filtered."]) for i in range(6)]
    page = render(tmp_path, manifests)
    assert "1 warning" in page.text()
    assert "sub-00, sub-01, sub-02, sub-03 and 2 more" in page.text()


def test_references_are_numbered_once(tmp_path, make):
    first, second = Citation(text="A (2001)."), Citation(text="B (2002).", url="https://b.org")
    manifests = [
        make(citations=[first]),
        make("other", citations=[second, Citation(text="A  (2001).", url="https://a.org")]),
    ]
    page = render(tmp_path, manifests).page("methods")
    assert page.values("id", "li") == ["reference-1", "reference-2"]
    cited = [p for p in page.texts["p"] if p.startswith("References:")]
    assert cited == ["References: [1]", "References: [1] [2]"]
    assert "https://a.org" in page.values("href", "a")


def test_figures_are_numbered_through(tmp_path, make):
    page = render(tmp_path, [make(recording="sub-01"), make()]).page("dataset-faces")
    titles = [text for text in page.texts["b"] if text.startswith("Figure")]
    assert titles == [
        "Figure 1. Evoked.",
        "Figure 2. Spectra.",
        "Figure 3. Evoked.",
        "Figure 4. Spectra.",
    ]


def test_long_table_shows_its_beginning_and_links_the_whole(tmp_path, make):
    manifest = make(rows=120)
    page = render(tmp_path, [manifest]).page("dataset-faces")
    assert "First 50 of 120 rows. Whole table as TSV" in page.text()
    assert {"A0", "A49"} <= set(page.texts["th"])
    assert "A50" not in page.texts["th"]
    copy = page.path.parent / next(h for h in page.values("href", "a") if h.endswith(".tsv"))
    assert copy.read_bytes() == (manifest.parent / "channels.tsv").read_bytes()


def test_names_alike_do_not_overwrite_each_other(tmp_path, make):
    manifests = [make(recording=name) for name in ("sub-A", "sub-a", "sub a", "sub/a", "dataset")]
    page = render(tmp_path, [*manifests, make()])
    files = [p for p in (page.folder / "assets").rglob("*") if p.is_file()]
    names = {p.relative_to(page.folder).as_posix().casefold() for p in files}
    assert len(names) == len(files) == 6 * 3
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in names)


def test_missing_figure_names_manifest_and_file(tmp_path, make):
    manifest = make()
    (manifest.parent / "psd.png").unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(f"{manifest}: names psd.png")):
        build([manifest], tmp_path / "report" / "index.html", title="Faces")
    assert list((tmp_path / "report").iterdir()) == []


def test_an_error_leaves_the_last_report_as_it_was(tmp_path, make):
    manifest = make()
    before = render(tmp_path, [manifest]).source
    (manifest.parent / "psd.png").unlink()
    with pytest.raises(FileNotFoundError):
        build([manifest], tmp_path / "report" / "index.html", title="Other")
    assert Page(tmp_path / "report").source == before


def test_a_new_report_keeps_no_file_of_the_last(tmp_path, make):
    render(tmp_path, [make("faces")])
    render(tmp_path, [make("houses")])
    assert [p.name for p in (tmp_path / "report" / "assets").iterdir()] == ["houses"]


def test_a_page_that_is_no_report_and_its_assets_stay(tmp_path, make):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "logo.svg").write_text("years of work")
    (tmp_path / "index.html").write_text("<p>My site</p>")
    with pytest.raises(FileExistsError, match=r"index\.html: is there and is no report"):
        build([make()], tmp_path / "index.html", title="Faces")
    assert (tmp_path / "assets" / "logo.svg").read_text() == "years of work"


def test_a_folder_is_not_a_page(tmp_path):
    with pytest.raises(ValueError, match=r"the report is an \.html file"):
        build([], tmp_path / "report", title="Faces")


def test_two_manifests_of_the_same_thing_are_refused(tmp_path, make):
    with pytest.raises(ValueError, match="same dataset, word and recording"):
        build(
            [make(recording="sub-01"), make(recording="sub-01")],
            tmp_path / "index.html",
            title="Faces",
        )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"citations": [Citation(text="A", url="javascript:alert(1)")]}, "must begin with https"),
        ({"key_numbers": [KeyNumber(name="AUC", value=1, p=1.5)]}, "key number 'AUC': p must be"),
        (
            {"key_numbers": [KeyNumber(name="AUC", value=1, interval=(2, 0))]},
            r"key number 'AUC': interval must be \[lower, upper\]",
        ),
        (
            {"figures": [Figure(path="channels.tsv", title="", caption="", alt="")]},
            "a figure must be one of .svg, .png",
        ),
        ({"tables": [Table(path="psd.png", title="", caption="")]}, r"a table must be a .tsv"),
    ],
)
def test_what_cannot_be_shown_is_an_error_that_names_the_manifest(tmp_path, make, fields, message):
    manifest = make(**fields)
    with pytest.raises(ValueError, match=message) as error:
        build([manifest], tmp_path / "report" / "index.html", title="Faces")
    assert str(manifest.parent) in str(error.value)


def test_quality_pages_are_linked_where_they_lie(tmp_path, make):
    made = []
    for name in ("sub-01", "sub-02"):
        manifest = make(recording=name)
        made.append(Path(shutil.copy(manifest, manifest.with_name(f"{name}_manifest.json"))))
    quality = made[0].with_name("sub-01_report.html")
    quality.write_text("<p>quality</p>")
    page = render(tmp_path, made)
    for name in ("quality", "dataset-faces"):
        other = page.page(name)
        (link,) = [href for href in other.values("href", "a") if href.endswith("_report.html")]
        assert (other.path.parent / link).resolve() == quality.resolve()
    assert "lie outside of it" in page.text()
    quality.unlink()
    without = render(tmp_path, made)
    assert not [h for one in without.site() for h in one.links() if h.endswith("_report.html")]
