"""Size of a picture, so that the page does not jump while it loads."""

import re
import struct
from pathlib import Path

FORMATS = (".svg", ".png", ".jpg", ".jpeg", ".webp")
_PNG = b"\x89PNG\r\n\x1a\n"
_VIEW_BOX = re.compile(r"<svg\b[^>]*\bviewBox\s*=\s*[\"']([^\"']+)[\"']", re.DOTALL)


def size(path: Path) -> tuple[int, int] | None:
    """Width and height of a picture, in CSS pixels.

    Parameters
    ----------
    path : Path
        The file, one of :data:`FORMATS`.

    Returns
    -------
    size : tuple of int | None
        None if the format does not tell cheaply (an SVG without `viewBox`, JPEG, WebP).

    Raises
    ------
    ValueError
        If the format is not one that a browser shows, or the file is not of its format.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(
            f"{path}: a figure must be one of {', '.join(FORMATS)}, got '{path.suffix}'"
        )
    if suffix == ".png":
        head = path.open("rb").read(24)
        if len(head) < 24 or not head.startswith(_PNG):
            raise ValueError(f"{path}: not a PNG file; delete it and run again to make it anew")
        width, height = struct.unpack(">II", head[16:24])
        return int(width), int(height)
    if suffix == ".svg":
        return _svg_size(path)
    return None


def _svg_size(path: Path) -> tuple[int, int] | None:
    with path.open(encoding="utf-8") as file:
        head = file.read(8192)
    if "<svg" not in head:
        raise ValueError(f"{path}: not an SVG file; delete it and run again to make it anew")
    found = _VIEW_BOX.search(head)
    if found is None:
        return None
    _, _, width, height = (float(part) for part in re.split(r"[\s,]+", found[1].strip()))
    pixels_per_point = 96 / 72
    return round(width * pixels_per_point), round(height * pixels_per_point)
