import re
from pathlib import Path

import pytest

from neuro.io.manifest import Citation, Manifest
from neuro.report.gather import Source
from neuro.report.references import References, bibtex
from neuro.report.view import Reference


def _source(*citations: Citation) -> Source:
    about = Manifest(word="w", dataset="d", title="t", question="q", citations=list(citations))
    return Source(Path("manifest.json"), about)


def _fields(text: str, url: str = "") -> dict[str, str]:
    entry = bibtex([Reference(1, text, url)])
    kind, key = re.match(r"@(\w+)\{([^,]+),", entry).groups()
    return {"kind": kind, "key": key, **dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.M))}


def test_a_line_is_a_work_and_a_url_at_its_end_is_its_own():
    references = References()
    both = "A (2001). One. https://a.org/1.\nB (2002). Two."
    assert references.cite(_source(Citation(text=both))) == [1, 2]
    assert [(r.text, r.url) for r in references.listed()] == [
        ("A (2001). One.", "https://a.org/1"),
        ("B (2002). Two.", ""),
    ]


def test_the_same_doi_is_the_same_work():
    references = References()
    url = "https://doi.org/10.1/x"
    short, long = (
        Citation(text="A et al. (2001). One.", url=url),
        Citation(text="A, B (2001). One.", url=url),
    )
    assert references.cite(_source(short)) == references.cite(_source(long)) == [1]


def test_an_article_has_its_fields():
    text = (
        "Gramfort A, Luessi M, et al. (2013). MEG and EEG analysis. Frontiers in X, 7(2), 267-270."
    )
    assert _fields(text, "https://doi.org/10.3389/f") == {
        "kind": "article",
        "key": "Gramfort2013",
        "author": "Gramfort, A and Luessi, M and others",
        "year": "2013",
        "title": "MEG and EEG analysis",
        "journal": "Frontiers in X",
        "volume": "7",
        "number": "2",
        "pages": "267-270",
        "doi": "10.3389/f",
        "url": "https://doi.org/10.3389/f",
    }


def test_names_with_points_and_an_ampersand():
    found = _fields("Shah, R. D. & Samworth, R. J. (2013). Selection. JRSS B 75, 55-80.")
    assert found["author"] == "Shah, R. D. and Samworth, R. J."
    assert (found["journal"], found["volume"], found["pages"]) == ("JRSS B", "75", "55-80")


def test_what_is_no_article_is_kept_whole():
    assert _fields("Simulated; nobody was recorded.") == {
        "kind": "misc",
        "key": "reference1",
        "note": "Simulated; nobody was recorded.",
    }


def test_keys_differ_and_signs_are_escaped():
    works = [Reference(k, f"Müller A (2001). {k} % & more. J.", "") for k in range(1, 30)]
    text = bibtex(works)
    keys = re.findall(r"^@\w+\{([^,]+),", text, re.M)
    assert len(set(keys)) == 29
    assert keys[:3] == ["Muller2001", "Muller2001a", "Muller2001b"]
    assert r"{1 \% \& more}" in text
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


@pytest.mark.parametrize("text", ["a } b", "a { b", "a \\ b"])
def test_braces_and_backslashes_end_nothing(text):
    assert "reference1" in bibtex([Reference(1, text, "")])
    assert text not in bibtex([Reference(1, text, "")])
