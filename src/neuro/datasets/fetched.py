"""What `fetch.json` tells: where a dataset's tree is, and whether its files are still the same."""

from pathlib import Path
from typing import Any

from neuro.datasets.base import DatasetError
from neuro.io.atomic import read_json


def tree_root(fetch_json: str | Path) -> Path:
    """Folder of the BIDS tree that a `fetch.json` tells of."""
    record = read_json(fetch_json)
    return _root(Path(fetch_json), record)


def check_files(fetch_json: str | Path, recording_path: str) -> Path:
    """Check that a raw file, and what belongs to it, has the size it had when it was fetched.

    Parameters
    ----------
    fetch_json : str | Path
        What :func:`run` wrote.
    recording_path : str
        The raw file, relative to the tree's root. Files of the same name with other endings
        (`.eeg` and `.vmrk` of a `.vhdr`, `.fdt` of a `.set`) are checked too.

    Returns
    -------
    path : Path
        The raw file.

    Raises
    ------
    DatasetError
        If a file is missing or has another size.
    """
    record = read_json(fetch_json)
    root = _root(Path(fetch_json), record)
    remedy = f"Delete {fetch_json} and run again."
    sizes = {entry["path"]: entry["size"] for entry in record["files"]}
    if recording_path not in sizes:
        raise DatasetError(
            f"{root / recording_path}: this file was not there when {fetch_json} was written. "
            f"{remedy}"
        )
    stem = recording_path.rsplit(".", 1)[0]
    for path, size in sizes.items():
        if path.rsplit(".", 1)[0] != stem or path.endswith(".json"):
            continue
        file = root / path
        if not file.is_file():
            raise DatasetError(f"{file}: the file is missing. {remedy}")
        if (found := file.stat().st_size) != size:
            raise DatasetError(f"{file}: expected {size} bytes, found {found}. {remedy}")
    return root / recording_path


def _root(fetch_json: Path, record: dict[str, Any]) -> Path:
    root = Path(record["root"])
    return root.expanduser() if record["in_place"] else fetch_json.parent / root
