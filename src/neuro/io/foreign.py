"""HDF5 files that come from others: what lies in another file is refused."""

from pathlib import Path

import h5py

from neuro.io.damage import reading


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
    file = h5py.File(path, "r")
    try:
        with reading(path, "not a readable HDF5 file"):
            place = outside(file)
    except BaseException:
        file.close()
        raise
    if place is not None:
        file.close()
        raise ValueError(
            f"{path}: {place} points into another file, which is refused; copy what it points to "
            "into this file"
        )
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
