"""What `fetch.json` tells: where a dataset's tree is, and whether its files are still the same."""

import re
from pathlib import Path
from typing import Any

from neuro.datasets.base import DatasetError
from neuro.datasets.cache import sha256
from neuro.io.atomic import read_json


def tree_root(fetch_json: str | Path) -> Path:
    """Folder of the BIDS tree that a `fetch.json` tells of."""
    record = read_json(fetch_json)
    return _root(Path(fetch_json), record)


def check_files(fetch_json: str | Path, recording_path: str) -> Path:
    """Check that a raw file, and what belongs to it, is as it was when it was fetched.

    Sizes are compared, and the checksums of files that were written to since.

    Parameters
    ----------
    fetch_json : str | Path
        What :func:`run` wrote.
    recording_path : str
        The raw file or folder, relative to the tree's root. What is in the folder, files of the
        same name with other endings (`.eeg` and `.vmrk` of a `.vhdr`, `.fdt` of a `.set`) and the
        further parts of a split file are checked too.

    Returns
    -------
    path : Path
        The raw file.

    Raises
    ------
    DatasetError
        If a file is missing, has another size, or other content.
    """
    record = read_json(fetch_json)
    root = _root(Path(fetch_json), record)
    remedy = f"Delete {fetch_json} and run again."
    written = Path(fetch_json).stat().st_mtime_ns
    entries = {entry["path"]: entry for entry in record["files"]}
    parts = {path for path in entries if _is_part(path, recording_path)}
    if not any(path == recording_path or path.startswith(f"{recording_path}/") for path in parts):
        raise DatasetError(
            f"{root / recording_path}: this file was not there when {fetch_json} was written. "
            f"{remedy}"
        )
    for path in sorted(parts):
        file, entry = root / path, entries[path]
        if not file.is_file():
            raise DatasetError(f"{file}: the file is missing. {remedy}")
        stat = file.stat()
        if stat.st_size != entry["size"]:
            raise DatasetError(
                f"{file}: expected {entry['size']} bytes, found {stat.st_size}. {remedy}"
            )
        touched = "sha256" in entry and stat.st_mtime_ns > written
        if touched and sha256(file) != entry["sha256"]:
            raise DatasetError(f"{file}: its content changed since it was fetched. {remedy}")
    return root / recording_path


def _is_part(path: str, recording_path: str) -> bool:
    """Whether a file is the recording, lies in it, or is another part of it."""
    if path == recording_path or path.startswith(f"{recording_path}/"):
        return True
    if path.endswith(".json"):
        return False
    stems = (_SPLIT.sub("", p.rsplit(".", 1)[0]) for p in (path, recording_path))
    return len(set(stems)) == 1


_SPLIT = re.compile(r"_split-\d+(?=_)|(?<=_meg)-\d+$")


def _root(fetch_json: Path, record: dict[str, Any]) -> Path:
    root = Path(record["root"])
    return root.expanduser() if record["in_place"] else fetch_json.parent / root
