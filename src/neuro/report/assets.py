"""Figures and tables, copied beside the pages under names that cannot collide."""

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from neuro.io.manifest import Manifest

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
FOLDER = "assets"
DATASET_LEVEL = "dataset"


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
    pdfs : mapping of Path to Path
        Figures as PDF, by figure.
    """

    def __init__(self, folder: Path, pdfs: Mapping[Path, Path]) -> None:
        self.folder, self._pdfs = folder, pdfs
        self._taken: dict[str, tuple[str, ...]] = {}

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

    def add_pdf(self, source: Path, href: str) -> str:
        """Put a figure's PDF beside its copy.

        Parameters
        ----------
        source : Path
            The figure.
        href : str
            Where its copy is, from :meth:`add`.

        Returns
        -------
        href : str
            Where the PDF is; '' if there is none.
        """
        if source not in self._pdfs:
            return ""
        beside = href.rpartition(".")[0] + ".pdf"
        shutil.copyfile(self._pdfs[source], self.folder / beside)
        return beside


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
