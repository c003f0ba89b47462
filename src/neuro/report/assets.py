"""Figures and tables, copied beside the pages under names that cannot collide."""

import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path, PurePosixPath

from neuro.io.manifest import Manifest
from neuro.report import pdf

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
FOLDER = "assets"
DATASET_LEVEL = "dataset"
MOST_PDF = 200
"""Figures of recordings, per dataset and word, that get a PDF: thousands would take an hour."""


def slug(text: str) -> str:
    """A name that is safe in a path and a URL: itself, or marked with its digest if altered."""
    safe = _UNSAFE.sub("-", text).lstrip(".")
    return safe if safe == text and text else f"{safe}-{_digest(text)}"


class Assets:
    """Copies files below `assets/<dataset>/<word>/<recording>/`.

    What belongs to no recording goes to `assets/<dataset>/<word>/dataset/`.

    Parameters
    ----------
    folder : Path
        The folder of the site.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: dict[str, tuple[str, ...]] = {}
        self._made: Counter[tuple[str, str]] = Counter()

    def add(self, source: Path, manifest: Manifest, path: str) -> str:
        """Copy a file that a manifest names.

        Parameters
        ----------
        source : Path
            The file.
        manifest : Manifest
            The manifest that names it.
        path : str
            The name it has there.

        Returns
        -------
        href : str
            Where it is, relative to the site's folder.
        """
        recording = manifest.recording or DATASET_LEVEL
        owner = (manifest.dataset, manifest.word, manifest.recording, path)
        parts = [manifest.dataset, manifest.word, recording, *PurePosixPath(path).parts]
        href = "/".join([FOLDER, *map(slug, parts)])
        # casefold: the folder may be unpacked where A.svg and a.svg are one file
        if self._taken.setdefault(href.casefold(), owner) != owner:
            stem, dot, suffix = href.rpartition(".")
            href = f"{stem}-{_digest(chr(0).join(owner))}{dot}{suffix}"
        target = self.folder / href
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return href

    def add_pdf(self, source: Path, manifest: Manifest, href: str) -> str:
        """Write a figure as PDF beside its copy; of recordings, the first :data:`MOST_PDF`.

        Parameters
        ----------
        source : Path
            The figure.
        manifest : Manifest
            The manifest that names it.
        href : str
            Where its copy is, from :meth:`add`.

        Returns
        -------
        href : str
            Where the PDF is; '' if there is none, see :func:`neuro.report.pdf.convert`.
        """
        owner = (manifest.dataset, manifest.word)
        if manifest.recording and self._made[owner] >= MOST_PDF:
            return ""
        beside = href.rpartition(".")[0] + ".pdf"
        if not pdf.convert(source, self.folder / beside):
            return ""
        self._made[owner] += bool(manifest.recording)
        return beside


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
