"""Fetching a dataset, and `fetch.json`: what was fetched, written when all of it is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuro.datasets.base import FetchContext
from neuro.datasets.cache import sha256
from neuro.datasets.registry import open_source
from neuro.io.atomic import read_json, write_json
from neuro.io.bids import Recording

if TYPE_CHECKING:
    from neuro.config import Source


def run(
    source: "Source",
    name: str,
    seed: int | None,
    output: str | Path,
    target: str | Path | None = None,
    cache_dir: str | Path | None = None,
    progress: bool = True,
    modality: str = "eeg",
) -> None:
    """Fetch a dataset.

    Parameters
    ----------
    source : Source
        The section `datasets.<name>.source`.
    name : str
        The dataset's name.
    seed : int | None
        Seed of everything random that the source makes up; None for a source that makes up
        nothing.
    output : str | Path
        `data/<name>/fetch.json`, written last. Keys: `root` (relative to its folder; as
        configured when `in_place`), `in_place`, `license`, `citation`, `checksum`, `source`
        (the configuration), `files` (`path`, `size` in bytes, and `sha256` unless `in_place`).
    target : str | Path | None
        Folder of the BIDS tree, by default `bids` beside `output`; not used by a tree that is
        read in place. What is there already is kept when `output` tells that it is this very
        dataset and every checksum is right; else it is replaced.
    cache_dir : str | Path | None
        Folder for downloads that datasets share, by default `packages` beside `output`'s folder.
    progress : bool
        Show progress on stderr.
    modality : str
        The dataset's modality.

    Raises
    ------
    DatasetError
        If the recordings cannot be had.
    """
    output = Path(output)
    target = Path(target or output.parent / "bids")
    cache_dir = Path(cache_dir or output.parent.parent / "packages")
    plugin = open_source(source, name, modality)
    record: dict[str, Any] = {
        "in_place": plugin.local_root is not None,
        "checksum": plugin.checksum,
        "source": plugin.provenance(),
    }
    if plugin.pinned and _is_fetched(output, target, record):
        return
    output.unlink(missing_ok=True)  # it must not vouch for a tree that is being replaced
    plugin.fetch(target, FetchContext(seed, cache_dir, progress))
    record |= {"license": plugin.license, "citation": plugin.citation}
    if plugin.local_root is not None:
        record["root"] = record["source"]["path"]
        record["files"] = _files_in_place(plugin.local_root, plugin.listing() or [])
    else:
        record["root"] = _relative(target, output.parent)
        paths = sorted(path for path in target.rglob("*") if path.is_file())
        record["files"] = [{**_sized(path, target), "sha256": sha256(path)} for path in paths]
    write_json(output, record)


def _is_fetched(output: Path, target: Path, record: dict[str, Any]) -> bool:
    """Is the tree the one of this source, with every file as it was and none besides?"""
    if not output.is_file() or not target.is_dir():
        return False
    earlier = read_json(output)
    if any(earlier.get(key) != value for key, value in record.items()):
        return False
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    if there != {entry["path"] for entry in earlier["files"]}:
        return False
    return all(sha256(target / entry["path"]) == entry["sha256"] for entry in earlier["files"])


def _relative(target: Path, folder: Path) -> str:
    try:
        return target.relative_to(folder).as_posix()
    except ValueError:
        return target.resolve().as_posix()


def _sized(path: Path, root: Path) -> dict[str, Any]:
    return {"path": path.relative_to(root).as_posix(), "size": path.stat().st_size}


def _files_in_place(root: Path, recordings: Sequence[Recording]) -> list[dict[str, Any]]:
    """Path and size of the files beside the recordings, and in them; gigabytes are not hashed.

    A name without a file (an annexed file that was not fetched) is left out.
    """
    folders = {(root / recording.path).parent for recording in recordings}
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [_sized(path, root) for path in paths]
