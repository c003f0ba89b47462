"""A snapshot of a dataset on OpenNeuro, through openneuro-py."""

import contextlib
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets.base import DatasetError, DatasetSource, FetchContext
from neuro.datasets.bids import scan
from neuro.datasets.extra import require
from neuro.datasets.layout import LAYOUTS
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config.source import OpenNeuroSource as OpenNeuroConfig

_SHOWN = {"eeg": "EEG", "meg": "MEG", "fmri": "fMRI"}
TOP_LEVEL = "/*.[jt]s[ov]*"
"""The dataset's own .json and .tsv files, in one pattern: one without a match is refused."""


class OpenNeuroSource(DatasetSource["OpenNeuroConfig"]):
    """A snapshot: a tag names the same files for ever."""

    retries = 5
    """Of each request that fails for a reason that may pass."""

    def __init__(self, config: "OpenNeuroConfig", name: str = "", modality: str = "eeg") -> None:
        super().__init__(config, name, modality)
        self.license = "as OpenNeuro states it"
        self.citation = f"https://openneuro.org/datasets/{config.accession}/versions/{config.tag}"

    @property
    def pinned(self) -> bool:
        """A snapshot never changes."""
        return True

    def listing(self) -> list[Recording] | None:
        """Return None: only OpenNeuro can tell."""
        return None

    def patterns(self) -> list[str]:
        """Glob patterns of the files to fetch; dataset_description.json and its like come along."""
        if self.config.include:
            return self.config.include
        subjects = self.config.subjects or ["*"]
        folder = LAYOUTS[self.modality].folder
        return [TOP_LEVEL, *(f"/sub-{label}/**/{folder}/*" for label in subjects)]

    def fetch(self, target_dir: Path, context: FetchContext) -> None:
        """Download the snapshot's files; a download that failed goes on where it stopped.

        Licence and citation are then known from `dataset_description.json`.

        Raises
        ------
        DatasetError
            If openneuro-py is missing, dataset or tag do not exist, or files cannot be had.
        """
        openneuro = require("openneuro", self.where)
        part = target_dir.with_name(f"{target_dir.name}.{self._digest()}.part")
        # openneuro-py takes a description whose DOI is not the tag's for another dataset.
        (part / "dataset_description.json").unlink(missing_ok=True)
        arguments = {
            "dataset": self.config.accession,
            "tag": self.config.tag,
            "target_dir": part,
            "include": self.patterns(),
            "exclude": self.config.exclude,
            "verify_hash": True,
            "max_retries": self.retries,
        }
        quiet = contextlib.nullcontext() if context.progress else _silence()
        try:
            # In a notebook, whose loop is running, it would return before it is done.
            with quiet, ThreadPoolExecutor(1) as thread:
                thread.submit(openneuro.download, **arguments).result()
        except (RuntimeError, OSError, TypeError) as error:
            # A dataset that does not exist comes back as null, which openneuro-py subscripts.
            if isinstance(error, TypeError) and "NoneType" not in str(error):
                raise
            raise DatasetError(
                f"{self.where}: openneuro-py could not fetch {self.config.accession}, snapshot "
                f"{self.config.tag}: {_first_words(error)}. Compare accession, tag and patterns "
                f"with {self.citation}, check the network, and run again: files that are there "
                "are kept."
            ) from error
        if not scan(part, self.modality, self.entities, self.where):
            raise DatasetError(
                f"{self.where}: snapshot {self.config.tag} of {self.config.accession} has no "
                f"{_SHOWN.get(self.modality, self.modality)} recordings among the files that match "
                f"{self.patterns()}; allowed are the paths shown on {self.citation}."
            )
        self._read_description(part)
        if target_dir.exists():
            shutil.rmtree(target_dir)
        part.replace(target_dir)

    def _digest(self) -> str:
        """Tell apart partial downloads of different configurations."""
        return hashlib.sha256(self.config.model_dump_json().encode()).hexdigest()[:8]

    def _read_description(self, root: Path) -> None:
        path = root / "dataset_description.json"
        told: dict[str, Any] = {}
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8-sig"))
        self.license = told.get("License") or self.license
        authors = ", ".join(told.get("Authors") or [])
        doi = str(told.get("DatasetDOI") or self.citation)
        title = told.get("Name") or self.config.accession
        self.citation = ". ".join(part for part in (authors, title, doi) if part)


def _first_words(error: BaseException) -> str:
    """What went wrong, without openneuro-py's hints for its developers."""
    if isinstance(error, TypeError):
        return "there is no such dataset"
    text = " ".join(str(error).split())
    return text.partition(" If this is unexpected")[0].rstrip(".")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        yield
