"""The bibliography: numbered once over all pages, and as BibTeX."""

import re
import unicodedata
from collections.abc import Iterable

from neuro.report import gather, view

FILE = "references.bib"
_URL = re.compile(r"\s*(https?://\S+?)\.?$")
_PARTS = re.compile(r"(?P<authors>.+?) \((?P<year>\d{4})\)[.:]? (?P<rest>.+)", re.DOTALL)
_DOI = re.compile(r"https?://doi\.org/(.+)")
_VOLUME = re.compile(
    r"(?P<journal>.*?[^\d,\s]),? (?P<volume>\d+)(\((?P<number>[\d-]+)\))?(, (?P<pages>\w+(-\w+)?))?"
)
_ESCAPED = str.maketrans({**{sign: rf"\{sign}" for sign in "&%$#_{}"}, "\\": r"\textbackslash{}"})


class References:
    """Numbers works in order of first citation; the same text is one work."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}

    def cite(self, source: gather.Source) -> list[int]:
        """Numbers of a manifest's citations; one per line of a citation.

        Raises
        ------
        ValueError
            If a URL is none of the web.
        """
        cited = []
        for citation in source.manifest.citations:
            if citation.url and not citation.url.startswith(("https://", "http://")):
                raise ValueError(
                    f"{source.path}: a citation's url must begin with https:// or http://, "
                    f"got {citation.url!r}"
                )
            for line in filter(None, map(str.strip, citation.text.splitlines())):
                cited.append(self._number(line, citation.url))
        return cited

    def _number(self, line: str, url: str) -> int:
        text = " ".join(line.split())
        if not url and (found := _URL.search(text)):
            url, text = found[1], text[: found.start()]
        if _DOI.fullmatch(url):  # written in two ways it is still one work
            text = next((known for known, its in self._urls.items() if its == url), text)
        self._urls[text] = self._urls.get(text) or url
        return 1 + list(self._urls).index(text)

    def listed(self) -> tuple[view.Reference, ...]:
        """The bibliography."""
        return tuple(
            view.Reference(number, text, url)
            for number, (text, url) in enumerate(self._urls.items(), start=1)
        )


def bibtex(references: Iterable[view.Reference]) -> str:
    """The bibliography as BibTeX, an entry per work.

    Parameters
    ----------
    references : iterable of Reference
        The works. One that reads `Authors (Year). Title. Where.` becomes an article with these
        fields; of any other the text is kept whole, as a note.

    Returns
    -------
    text : str
        UTF-8 text of a `.bib` file; keys are unique.
    """
    taken: set[str] = set()
    return "\n".join(_entry(reference, taken) for reference in references)


def _entry(reference: view.Reference, taken: set[str]) -> str:
    found = _PARTS.fullmatch(reference.text)
    if found is None:
        kind, key, fields = "misc", f"reference{reference.number}", {"note": reference.text}
    else:
        title, _, where = found["rest"].partition(". ")
        authors = _authors(found["authors"])
        kind, key = "article" if where else "misc", _key(authors[0], found["year"])
        fields = {
            "author": " and ".join(authors),
            "year": found["year"],
            "title": title.rstrip("."),
        }
        if where:
            fields |= _journal(where)
    if doi := _DOI.fullmatch(reference.url):
        fields["doi"] = doi[1]
    fields["url"] = reference.url
    lines = [f"  {name} = {{{_value(name, text)}}},\n" for name, text in fields.items() if text]
    return f"@{kind}{{{_unique(key, taken)},\n{''.join(lines)}}}\n"


def _authors(text: str) -> list[str]:
    """Names as `Family, Given`, from `Family GG, Family GG` or `Family, G. G. & Family, G.`."""
    others = text.rstrip(".").endswith("et al")
    text = re.sub(r",?\s*et al\.?$", "", text)
    if re.search(r"\b[A-Z]\.", text):
        names = re.findall(r"([^,&]+), ((?:[A-Z]\.[ -]?)+)", text)
        listed = [f"{family.strip()}, {given.strip()}" for family, given in names]
    else:
        listed = [re.sub(r" ([A-Z]{1,4})$", r", \1", name.strip()) for name in text.split(",")]
    return [*(listed or [text]), *(["others"] if others else [])]


def _journal(where: str) -> dict[str, str]:
    """What it appeared in: the journal, and volume, number and pages behind it."""
    where = re.sub(r"\s*https?://\S+", "", where).rstrip(". ")
    found = _VOLUME.fullmatch(where)
    if found is None:
        return {"journal": where}
    return {name: part for name, part in found.groupdict().items() if part}


def _key(author: str, year: str) -> str:
    plain = unicodedata.normalize("NFKD", author.split(",")[0]).encode("ascii", "ignore").decode()
    return (re.sub(r"[^A-Za-z]", "", plain) or "reference") + year


def _unique(key: str, taken: set[str]) -> str:
    number, found = 0, key
    while found in taken:
        number += 1
        found = f"{key}{chr(96 + number)}" if number <= 26 else f"{key}-{number}"
    taken.add(found)
    return found


def _value(name: str, text: str) -> str:
    if name in {"doi", "url"}:  # verbatim but for what would end the value
        return text.replace("{", "%7B").replace("}", "%7D")
    return text.translate(_ESCAPED)
