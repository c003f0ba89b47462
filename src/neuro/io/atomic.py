"""Outputs that are there whole, or not there."""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

in_place: ContextVar[Callable[[Path], None] | None] = ContextVar("in_place", default=None)
"""Called with each file or folder once it is in place; set by a job's frame."""

_DEBRIS = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp")
"""A hidden name, eight characters of `tempfile`, an ending: nobody else's folder."""


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to; move what was written into place on success.

    The temporary path has the final file name, in a fresh folder beside the target, so that
    writers which derive further names from it (split FIF files) or check its ending work, and
    every file they leave is moved. On an error, or a kill, the target stays as it was.

    Parameters
    ----------
    path : str | Path
        Where the output shall be: a file or a folder. Parent folders are made. A folder that is
        there already is replaced.

    Yields
    ------
    temporary : Path
        Where to write.

    Raises
    ------
    FileNotFoundError
        If nothing was written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent))
    try:
        yield scratch / path.name
        written = sorted(scratch.iterdir(), key=lambda p: (p.name == path.name, p.name))
        if not written or written[-1].name != path.name:
            raise FileNotFoundError(f"{path}: nothing was written")
        for item in written:  # the named file comes last: when it is there, all are
            target = path.parent / item.name
            if target.is_dir():
                shutil.rmtree(target)
            item.replace(target)
            if (told := in_place.get()) is not None:
                told(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def is_debris(path: Path) -> bool:
    """Whether a path is a folder that a killed :func:`atomic` left behind, by its name."""
    return _DEBRIS.fullmatch(path.name) is not None and path.is_dir()


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, UTF-8, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON with sorted keys; NaN is an error, since JSON has none."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_json(path: str | Path) -> Any:
    """Read JSON; a broken file is an error that names it."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: not valid JSON ({error}); delete it and run again to make it anew"
        ) from error
