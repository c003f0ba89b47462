"""Taking files out of an archive without trusting it: only regular files, only below the target."""

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from neuro.datasets.base import DatasetError, enumerate_some, suggest
from neuro.io.damage import reading

Opener = Callable[[], IO[bytes]]


def extract(
    archive: Path, target: Path, *, root: str, members: Sequence[str], strip: bool, where: str
) -> None:
    """Write the wanted members of an archive below a folder.

    Parameters
    ----------
    archive : Path
        A tar archive (any compression), a zip file or a wheel.
    target : Path
        Folder to write to; made when missing.
    root : str
        Folder inside the archive that becomes `target`.
    members : sequence of str
        Glob patterns below `root`: `*` and `?` stay within a folder, `**` crosses folders.
    strip : bool
        Drop the leading folder of every member's name, as an sdist has it.
    where : str
        Configuration key of the source, for errors.

    Raises
    ------
    DatasetError
        If a member's name leaves the archive's own folder, a wanted member is a link or a
        device, a pattern matches nothing, or the archive is broken.
    """
    patterns = {pattern: re.compile(glob_to_regex(pattern)) for pattern in members}
    matched: set[str] = set()
    seen: set[str] = set()
    folder = [part for part in root.split("/") if part not in ("", ".")]
    target.mkdir(parents=True, exist_ok=True)
    with reading(archive, "not a readable archive", "Fetch it again.", DatasetError):
        for name, open_member in _members(archive):
            parts = _safe_parts(name, archive)[int(strip) :]
            if parts[: len(folder)] != folder or len(parts) <= len(folder):
                seen.update("/".join(parts[:i]) for i in range(1, len(parts)))
                continue
            below = "/".join(parts[len(folder) :])
            seen.add(below)
            if hits := {pattern for pattern, regex in patterns.items() if regex.fullmatch(below)}:
                matched |= hits
                _write(open_member, target / below, f"{archive.name}: member {name!r}")
    if not matched and not any(target.iterdir()):
        seen_below = enumerate_some(seen, 10)
        raise DatasetError(
            f"{where}: nothing in {archive.name} is below root {root!r} and matches members "
            f"{list(members)}.{suggest(root, seen)} There are: {seen_below}."
        )
    if idle := [pattern for pattern in members if pattern not in matched]:
        raise DatasetError(
            f"{where}.members: {idle} match no file below {root!r} in {archive.name}. "
            f"There are: {enumerate_some(seen)}."
        )


def glob_to_regex(pattern: str) -> str:
    """Translate a glob pattern: `*` and `?` stay within a folder, `**` crosses folders."""
    regex = []
    parts = pattern.split("/")
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if part == "**":
            regex.append(".+" if last else "(?:[^/]+/)*")
        else:
            quoted = re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
            regex.append(quoted if last else quoted + "/")
    return "".join(regex)


def _safe_parts(name: str, archive: Path) -> list[str]:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise DatasetError(
            f"{archive.name}: member {name!r} points outside the archive's own folder; the "
            "archive is refused."
        )
    return [part for part in parts if part not in ("", ".")]


def _members(archive: Path) -> Iterator[tuple[str, Opener | None]]:
    """Name of every member but folders, and how to open it; None for what is no regular file."""
    if _is_zip(archive):
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                regular = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
                if not entry.is_dir():
                    yield entry.filename, partial(opened.open, entry) if regular else None
    else:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                if not member.isdir():
                    yield member.name, partial(_open_tar, tar, member) if member.isreg() else None


def _is_zip(archive: Path) -> bool:
    """Tell by the name, or, where an address hides it, by the content."""
    if archive.suffix.lower() in (".zip", ".whl"):
        return True
    return not tarfile.is_tarfile(archive) and zipfile.is_zipfile(archive)


def _open_tar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise tarfile.ReadError(f"member {member.name!r} has no content")
    return stream


def _write(open_member: Opener | None, path: Path, what: str) -> None:
    if open_member is None:
        raise DatasetError(f"{what} is a link or a device, not a file; the archive is refused.")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file, open_member() as stream:
            while chunk := stream.read(1 << 20):
                file.write(chunk)
    except FileExistsError:
        raise DatasetError(f"{what} is there twice; the archive is refused.") from None
