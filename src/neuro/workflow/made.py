"""What jobs made, so that a file that was changed or damaged since is noticed, and made anew.

Snakemake compares times of files, and checksums of small ones as they are when a job has ended.
What it cannot tell: that a file is no longer what its job wrote, and that an input changed while a
job read it. Both would end in results that fit no input.

A job keeps size, time and SHA-256 of each output in a file of its own below `FOLDER/new`, as jobs
of a cluster run at the same time; the next run gathers them into few files, since reading tens of
thousands takes long.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any

from neuro.io.atomic import in_place, write_json

FOLDER = Path(".snakemake/neuro-made")
ASIDE = Path(".snakemake/neuro-changed")
SMALL = 1_000_000
"""Bytes up to which Snakemake takes an input with the checksum of last time for the same."""

State = dict[str, Any]
"""`size` (bytes), `mtime_ns`, and `sha256` unless only the first two were asked for."""


class ChangedError(OSError):
    """A file is not what it was."""


def state_of(path: Path, with_content: bool = True) -> State | None:
    """State of a file or folder; None if there is none."""
    if path.is_dir():
        parts = {p.relative_to(path).as_posix(): p for p in sorted(path.rglob("*")) if _counts(p)}
    elif path.is_file():
        parts = {"": path}
    else:
        return None
    stats = [part.stat() for part in parts.values()]
    state: State = {
        "size": sum(stat.st_size for stat in stats),
        "mtime_ns": max((stat.st_mtime_ns for stat in stats), default=0),
    }
    if with_content:
        sha = hashlib.sha256()
        for name, part in parts.items():
            with part.open("rb") as file:
                sha.update(f"{name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
        state["sha256"] = sha.hexdigest()
    return state


def glance(name: str) -> State | None:
    """State without content; without the cost of `Path`, as a run begins with many thousands."""
    try:
        stat = os.stat(name)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return None
    if S_ISREG(stat.st_mode):
        return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    return state_of(Path(name), with_content=False)


@contextmanager
def making(inputs: Iterable[Path], outputs: Iterable[Path]) -> Iterator[None]:
    """Frame of a job: inputs are what their jobs made and stay so; outputs are remembered.

    Parameters
    ----------
    inputs, outputs : iterable of Path
        Files and folders of the job.

    Raises
    ------
    ChangedError
        If an input is not what its job wrote, or if an input, or an output that was in place,
        changed during this job.
    """
    inputs, outputs = list(inputs), list(outputs)
    for path in outputs:
        forget(path)  # until it is whole there is nothing to hold it against
    before = {str(path): _seen(path) for path in inputs}
    for path in inputs:
        _check(path)
    written: dict[Path, State | None] = {}

    def note(path: Path) -> None:
        if {path, *path.parents}.isdisjoint(outputs):
            return  # a download, say, which has checksums of its own
        written.update({part: state_of(part) for part in _files(path)})

    token = in_place.set(note)
    try:
        yield
    finally:
        in_place.reset(token)
    for path in inputs:
        if differs(path, before[str(path)]):
            raise ChangedError(
                f"{path} changed while this job read it, so that its results fit neither what it "
                "was nor what it is. Run again once it stays as it is."
            )
    for path, state in written.items():
        if differs(path, state):
            raise ChangedError(f"{path} was damaged right after this job wrote it. Run again.")
    remember(outputs, before)


def remember(outputs: Sequence[Path], inputs: Mapping[str, State | None]) -> None:
    """Keep what a job made; its first output holds the inputs, as reports have thousands."""
    known = {name: state if state and "sha256" in state else None for name, state in inputs.items()}
    for path in outputs:
        if (state := state_of(path)) is not None:
            own = {"inputs": known} if path == outputs[0] else {"with": str(outputs[0])}
            write(path, {"path": str(path), "state": state, **own})


def forget(path: Path) -> None:
    """Hold a file no longer against what was remembered of it."""
    write(path, None)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 by path of what jobs wrote below a folder and is there."""
    known = {record["path"]: record["state"]["sha256"] for record in records().values()}
    there = (path for path in known if Path(path).is_relative_to(folder) and Path(path).exists())
    return {path: known[path] for path in sorted(there)}


def gather() -> None:
    """Bring what jobs left into few files; only while holding Snakemake's lock."""
    new = {path: _read(path) for path in _new()}
    shards: dict[str, dict[str, Any]] = {}
    for path, record in new.items():
        shards.setdefault(path.stem[:2], {})[path.stem] = record
    for shard, records in shards.items():
        merged = {**_shard(shard), **records}
        write_json(FOLDER / f"{shard}.json", {k: v for k, v in merged.items() if v is not None})
    for path in new:
        path.unlink(missing_ok=True)


def _check(path: Path) -> None:
    record = _record(path)
    if record is not None and differs(path, record["state"]):
        raise ChangedError(
            f"{path} is no longer what its job wrote: it was changed or damaged since. Run again: "
            f"it is moved to {ASIDE} and made anew."
        )


def _seen(path: Path) -> State | None:
    """State of an input, with its content only where Snakemake looks no further than that."""
    state = glance(str(path))
    if state is None or path.is_dir() or state["size"] > SMALL:
        return state
    return state_of(path)


def differs(path: Path, state: State | None) -> bool:
    """Whether a file is there and is another one; what is gone is Snakemake's business."""
    now = glance(str(path))
    if now is None or state is None or now == short(state):
        return False
    if now["size"] != state["size"] or "sha256" not in state:
        return True
    content = state_of(path)
    return content is not None and content["sha256"] != state["sha256"]


def short(state: State) -> State:
    """What a glance at a file tells."""
    return {key: state[key] for key in ("size", "mtime_ns")}


def _files(path: Path) -> list[Path]:
    return [part for part in path.rglob("*") if _counts(part)] if path.is_dir() else [path]


def _counts(path: Path) -> bool:
    """Snakemake touches a file of its own in folders, later than their job."""
    return path.is_file() and path.name != ".snakemake_timestamp"


def _key(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:24]


def write(path: Path, record: Mapping[str, Any] | None) -> None:
    """Keep the record of an output; None for a job that is at work."""
    write_json(FOLDER / "new" / f"{_key(path)}.json", record)


def _read(path: Path) -> Any:
    """Content of a file of records; None if it is broken, which is as good as none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _shard(name: str) -> dict[str, Any]:
    content = _read(FOLDER / f"{name}.json")
    return content if isinstance(content, dict) else {}


def _new() -> list[Path]:
    return sorted((FOLDER / "new").glob("*.json"))


def _record(path: Path) -> Any:
    key = _key(path)
    own = FOLDER / "new" / f"{key}.json"
    return _read(own) if own.exists() else _shard(key[:2]).get(key)


def records() -> dict[str, Any]:
    """Every record by key: `path`, `state`, and `inputs` or `with`, the output that has them."""
    merged: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("*.json")):
        merged |= _shard(path.stem)
    merged |= {path.stem: _read(path) for path in _new()}
    return {key: record for key, record in merged.items() if record is not None}
