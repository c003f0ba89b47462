"""HDF5 files that come from others: what lies in another file, or would not end, is refused."""

import mmap
import struct
from contextlib import ExitStack
from pathlib import Path

import h5py

from neuro.io.damage import reading

HEAP = b"GCOL\1\0\0\0"
OBJECT = struct.Struct("<HHIQ")
LARGE = 1 << 28
"""Bytes; above, looking through a file would take as long as reading it."""


def open_hdf5(path: str | Path) -> h5py.File:
    """Open an HDF5 file for reading, unless it leads into another file.

    A link, or a dataset whose values are stored elsewhere, would bring any file that the user may
    read into the results.

    Parameters
    ----------
    path : str | Path
        The file.

    Returns
    -------
    file : h5py.File
        To be closed by the caller.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If something of it lies in another file, or if it is damaged further in.
    """
    with ExitStack() as stack:
        file = stack.enter_context(h5py.File(path, "r"))
        check_heaps(path)
        with reading(path, "not a readable HDF5 file"):
            check_types(file)
            place = outside(file)
        if place is not None:
            raise ValueError(
                f"{path}: {place} points into another file, which is refused; copy what it points "
                "to into this file"
            )
        stack.pop_all()  # all is well: the caller closes it
    return file


def outside(file: h5py.File) -> str | None:
    """The first thing in a file that lies in another one; None where there is none."""
    link = file.visititems_links(
        lambda name, link: name if isinstance(link, h5py.ExternalLink) else None
    )
    if link is not None:
        return str(link)
    data = file.visititems(
        lambda name, item: (
            name if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual) else None
        )
    )
    return None if data is None else str(data)


def check_types(file: h5py.File) -> None:
    """Check the types of all datasets and attributes: the library ends the process over some.

    A type of variable length is a sequence (0) or a text (1). What it does with any other number it
    does not ask (HDF5 File Format Specification 3.0, IV.A.2.d).

    Parameters
    ----------
    file : h5py.File
        Open.

    Raises
    ------
    ValueError
        If there is such a type.
    """

    def look(name: str, item: h5py.HLObject) -> None:
        types = [
            h5py.h5a.open(item.id, index=i).get_type()
            for i in range(h5py.h5a.get_num_attrs(item.id))
        ]
        if isinstance(item, h5py.Dataset):
            types.append(item.id.get_type())
        if any(map(_is_odd, types)):
            raise ValueError(f"{name}: a type of variable length that is neither text nor sequence")

    look("/", file)
    file.visititems(look)


def _is_odd(kind: h5py.h5t.TypeID) -> bool:
    """Whether a type, or one within it, has a variable length of no known form."""
    told = kind.encode()  # two bytes of the encoding, then the type as it is in files
    if told[2] & 0x0F == h5py.h5t.VLEN and told[3] & 0x0F > 1:
        return True
    if isinstance(kind, h5py.h5t.TypeCompoundID):
        return any(_is_odd(kind.get_member_type(i)) for i in range(kind.get_nmembers()))
    if isinstance(kind, (h5py.h5t.TypeArrayID, h5py.h5t.TypeVlenID)):
        return _is_odd(kind.get_super())
    return False


def check_heaps(path: str | Path) -> None:
    """Check the heaps of texts in an HDF5 file: over a damaged one the library runs for ever.

    A heap begins with `GCOL`, a version and its size; then come its objects, whose sizes lead from
    one to the next, and last a free one, numbered 0 (HDF5 File Format Specification 3.0, III.E).

    Parameters
    ----------
    path : str | Path
        The file; one above `LARGE` bytes is not looked through.

    Raises
    ------
    ValueError
        If a free object has no size.
    """
    with Path(path).open("rb") as file:
        if not 0 < (length := file.seek(0, 2)) <= LARGE:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = content.find(HEAP)
            while at >= 0:
                if _leads_nowhere(content, at, length):
                    raise ValueError(
                        f"{path}: not a readable HDF5 file (the heap of texts at byte {at} is "
                        "damaged). Get it again, or make it anew."
                    )
                at = content.find(HEAP, at + len(HEAP))


def _leads_nowhere(content: mmap.mmap, at: int, length: int) -> bool:
    """Whether a heap has an object after which comes the same one again."""
    (size,) = struct.unpack_from("<Q", content, at + 8) if at + 16 <= length else (0,)
    end = min(at + size, length)
    place = at + 16
    while place + OBJECT.size <= end:
        number, _, _, size = OBJECT.unpack_from(content, place)
        needed = size if number == 0 else OBJECT.size + -(-size // 8) * 8
        if needed == 0:
            return True
        place += needed
    return False
