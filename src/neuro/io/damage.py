"""One clear error for whatever a library raises on a damaged file."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MACHINE = {
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE,
    errno.ENFILE, errno.EIO,
}  # fmt: skip
"""Errors that tell of the machine and not of the file."""


@contextmanager
def reading(
    path: str | Path,
    what: str = "the file cannot be read",
    remedy: str = "It is damaged, or not what its name says: get it again, or make it anew.",
    error: type[ValueError] = ValueError,
) -> Iterator[None]:
    """Turn errors of the block into one that names the file.

    Only calls of libraries that parse the file belong into the block. An error that begins with
    the file's name, and one of the machine (no such file, no permission, disk full), stay as they
    are.

    Parameters
    ----------
    path : str | Path
        The file.
    what : str
        What cannot be done.
    remedy : str
        What to do about it.
    error : type
        The error to raise.

    Raises
    ------
    ValueError
        If the block raises anything else.
    """
    try:
        yield
    except MemoryError as found:
        raise error(
            f"{path}: {what}: it asks for more memory than there is ({found}). Where the file is "
            "not that large, its header is damaged: get it again, or make it anew."
        ) from found
    except Exception as found:
        # Parsers raise anything on a damaged file, a bare Exception too.
        if isinstance(found, OSError) and found.errno in MACHINE:
            raise
        if isinstance(found, (ValueError, OSError)) and str(found).startswith(str(path)):
            raise
        told = f"{found}" if isinstance(found, ValueError) else f"{type(found).__name__}: {found}"
        raise error(f"{path}: {what} ({told}). {remedy}") from found
