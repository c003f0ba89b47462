"""A BIDS tree on the web: one archive or single files, each with its checksum."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from neuro.datasets import archive
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext
from neuro.datasets.cache import lock, part_name, sha256
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config.source import UrlSource as UrlConfig


class UrlSource(DatasetSource["UrlConfig"]):
    """Files of fixed content on the web."""

    def __init__(self, config: "UrlConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.checksum = config.archive.sha256 if config.archive else ""

    @property
    def pinned(self) -> bool:
        """Every file has its checksum."""
        return True

    def listing(self) -> list[Recording] | None:
        """Return None: only what is fetched can tell."""
        return None

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Download what is not cached, check it, and lay out the tree.

        Raises
        ------
        DatasetError
            If a file cannot be had or has another checksum, or the archive lacks the members.
        """
        if self.config.archive is not None:
            packed = self.config.archive
            key = f"{self.where}.archive"
            path = obtain(packed.url, packed.sha256, context.cache_dir, key, context.progress)
            with atomic(target_dir) as root:
                archive.extract(
                    path,
                    root,
                    root=packed.root,
                    members=packed.members,
                    strip=False,
                    where=key,
                )
            return
        with atomic(target_dir) as root:
            root.mkdir()
            for i, file in enumerate(self.config.files):
                key = f"{self.where}.files[{i}]"
                path = obtain(file.url, file.sha256, context.cache_dir, key, context.progress)
                (root / file.path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, root / file.path)


def obtain(url: str, digest: str, cache_dir: Path, where: str, progress: bool = True) -> Path:
    """Return a verified file of the web in the cache, downloaded when need be.

    Parameters
    ----------
    url : str
        The file.
    digest : str
        Its SHA-256.
    cache_dir : Path
        The cache; jobs that run at the same time may share it.
    where : str
        Configuration key of the file, for errors.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    path : Path
        A file with that SHA-256. A download that was cut off is resumed.

    Raises
    ------
    DatasetError
        If the file cannot be had, or is not the one with that SHA-256.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    path = cache_dir / f"{digest[:16]}-{_basename(url)}"
    with lock(cache_dir / f".{path.name}.lock") as locked:
        if path.is_file() and sha256(path) == digest:
            return path
        part = part_name(path, locked)
        _download(url, part, where, locked, progress)
        if (found := sha256(part)) != digest:
            part.unlink()
            raise DatasetError(
                f"{where}.sha256: {shown(url)} is not the pinned file: expected SHA-256 {digest}, "
                f"found {found}. The download was deleted. Run again; if it comes back the same, "
                "compare with the checksum that its authors publish, and do not use the file "
                "until they agree."
            )
        part.replace(path)
    return path


def _download(url: str, part: Path, where: str, locked: bool, progress: bool) -> None:
    # Imported here: the Snakefile needs this module, but not the libraries below.
    import requests

    from neuro.datasets.pip_config import read_settings
    from neuro.datasets.web import Web

    try:
        Web(read_settings()).download(url, part, progress)
    except requests.RequestException as error:
        kept = f"What was received is kept in {part}; check the network and run again to resume."
        if not locked:
            part.unlink(missing_ok=True)
            kept = "Check the network and run again."
        told = str(error).replace(url, shown(url))
        if query := urlsplit(url).query:
            told = told.replace(f"?{query}", "")
        # Without the cause, which would tell the whole address.
        raise DatasetError(
            f"{where}.url: download of {shown(url)} failed: {told}. {kept}"
        ) from None


def shown(url: str) -> str:
    """Address without password and query, which may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _basename(url: str) -> str:
    name = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[-100:] or "file"
