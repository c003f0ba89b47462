"""Does a FIF file come to an end? Its tags name the places of the next ones.

Tags as in Elekta's "Functional Image File Format Description" (2011): kind, type, size of the
data, and next: 0 for the one that follows, -1 for none, else its place in the file.
"""

import struct
from pathlib import Path

HEADER = struct.Struct(">iIii")


def fif_tag_check(path: str | Path) -> None:
    """Check that no tag of a FIF file leads back, which readers follow for ever.

    Parameters
    ----------
    path : str | Path
        A `.fif` file.

    Raises
    ------
    ValueError
        If one does.
    """
    seen: set[int] = set()
    place = 0
    with Path(path).open("rb") as file:
        while place not in seen:
            seen.add(place)
            file.seek(place)
            header = file.read(HEADER.size)
            if len(header) < HEADER.size:
                return
            *_, size, following = HEADER.unpack(header)
            if following < 0 or (following == 0 and size < 0):
                return
            place = following or place + HEADER.size + size
    raise ValueError(
        f"{path}: damaged FIF file: its tags lead back to byte {place} without end. Copy the file "
        "from its source again, or leave the recording out with `exclude`."
    )
