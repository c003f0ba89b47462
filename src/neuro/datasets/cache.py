"""Files that several jobs may download at the same time: checksums, locks, partial downloads."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Hold a file lock, waiting for it; yield False where the system or file system has none.

    The lock goes with the process, whatever ends it.
    """
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield False
        return
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            locked = True
        except OSError:  # some network file systems
            locked = False
        yield locked


def part_name(path: Path, locked: bool) -> Path:
    """Where a download is kept until it is whole.

    Without a lock nobody else may know the name, and so nobody can resume the download.
    """
    return path.with_name(f"{path.name}{'' if locked else f'.{uuid.uuid4().hex}'}.part")
