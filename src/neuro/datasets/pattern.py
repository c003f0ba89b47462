"""Patterns of paths with entities as named placeholders: `{subject}/*_{task}.cnt`."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Match:
    """A path that a pattern fits, and what its placeholders stand for.

    Parameters
    ----------
    path : str
        Relative to the folder that was searched, with `/`.
    labels : mapping of str to str
        Label by placeholder.
    """

    path: str
    labels: Mapping[str, str]


def find(root: Path, pattern: str) -> list[Match]:
    """Find the files and folders below a folder whose path fits a pattern.

    A folder that fits is a recording of its own (`.mff`, `.ds`), and is not looked into.

    Parameters
    ----------
    root : Path
        The folder.
    pattern : str
        `{name}` stands for letters and digits, the same ones wherever it stands twice; `*` and `?`
        stay within a folder; `**/` crosses folders.

    Returns
    -------
    matches : list of Match
        Sorted by path.
    """
    regex = re.compile(_to_regex(pattern))
    found = ((path, regex.fullmatch(path)) for path in _paths(root, regex))
    return sorted(
        (Match(path, hit.groupdict()) for path, hit in found if hit is not None),
        key=lambda match: match.path,
    )


def fill(pattern: str, labels: Mapping[str, str]) -> str:
    """Put labels in the place of a pattern's placeholders."""
    return re.sub(r"\{(\w+)\}", lambda hit: labels[hit[1]], pattern)


def _paths(root: Path, regex: re.Pattern[str]) -> Iterator[str]:
    for folder, folders, files in os.walk(root, followlinks=True):
        here = Path(folder).relative_to(root)
        whole = [name for name in folders if regex.fullmatch((here / name).as_posix())]
        folders[:] = sorted(name for name in folders if name not in whole and name[0] != ".")
        for name in (*whole, *files):
            if not name.startswith("."):
                yield (here / name).as_posix()


def _to_regex(pattern: str) -> str:
    seen: set[str] = set()
    regex = []
    for token in re.findall(r"\{\w+\}|\*\*/|\*|\?|.", pattern):
        if token[0] == "{" and len(token) > 1:
            name = token[1:-1]
            regex.append(f"(?P={name})" if name in seen else f"(?P<{name}>[A-Za-z0-9]+)")
            seen.add(name)
        else:
            wild = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
            regex.append(wild.get(token, re.escape(token)))
    return "".join(regex)
