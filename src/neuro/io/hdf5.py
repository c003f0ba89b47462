"""One HDF5 file per job: atomic, byte-stable, self-describing."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neuro import __version__
from neuro.io import provenance
from neuro.io.atomic import atomic
from neuro.io.damage import reading
from neuro.io.foreign import check_heaps, check_types

ROOM = 1 << 26
"""Bytes of an array that are read without a look at how many there are in the file."""
DENSEST = 1100
"""Times that gzip makes zeros smaller at most, about."""


@dataclass(frozen=True)
class Array:
    """An array with what a reader must know of it.

    Parameters
    ----------
    values : ndarray
        The numbers, or strings.
    axes : tuple of str
        A name per axis, e.g. `("channel", "time")`.
    unit : str
        SI unit, e.g. `"V"`, `"s"`; `"1"` for none.
    attrs : mapping
        Further attributes: numbers or strings.
    """

    values: Any
    axes: tuple[str, ...]
    unit: str = "1"
    attrs: Mapping[str, Any] = field(default_factory=dict)


def write(path: str | Path, arrays: Mapping[str, Array], params: Mapping[str, Any]) -> None:
    """Write arrays to one file, whole or not at all; the same content gives the same bytes.

    Parameters
    ----------
    path : str | Path
        The file.
    arrays : mapping of str to Array
        Datasets by name; `/` in a name makes groups.
    params : mapping
        Parameters behind the numbers, kept as JSON in the attribute `params`.

    Raises
    ------
    ValueError
        If an array has not one name per axis.
    """
    with atomic(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        file.attrs["params"] = json.dumps(params, sort_keys=True)
        file.attrs["provenance"] = json.dumps(
            {"neuro": __version__, **provenance.get()}, sort_keys=True
        )
        for name in sorted(arrays):
            array = arrays[name]
            values = np.asarray(array.values)
            if values.ndim != len(array.axes):
                raise ValueError(f"{path}: {name} has shape {values.shape} but axes {array.axes}")
            text = values.dtype.kind in "UO"
            dataset = file.create_dataset(
                name,
                data=values.astype(object) if text else values,
                dtype=h5py.string_dtype() if text else None,
                compression="gzip" if values.size > 4096 and not text else None,
                shuffle=values.size > 4096 and not text,
                track_times=False,
            )
            dataset.attrs["axes"] = json.dumps(list(array.axes))
            dataset.attrs["unit"] = array.unit
            for key in sorted(array.attrs):
                dataset.attrs[key] = array.attrs[key]


def read(path: str | Path) -> dict[str, Array]:
    """Read all arrays of a file that :func:`write` made.

    Parameters
    ----------
    path : str | Path
        The file.

    Returns
    -------
    arrays : dict of str to Array
        Datasets by name.

    Raises
    ------
    OSError
        If the file is missing, truncated or not HDF5.
    ValueError
        If it is damaged further in.
    """
    arrays: dict[str, Array] = {}
    with _open(path) as file, reading(path, "not a readable HDF5 file"):
        for name, dataset in _datasets(file, path):
            attrs = dict(dataset.attrs)
            axes = tuple(json.loads(attrs.pop("axes", "[]")))
            unit = str(attrs.pop("unit", "1"))
            is_text = h5py.check_string_dtype(dataset.dtype) is not None
            _is_that_large(dataset)
            values = dataset.asstr()[()] if is_text else dataset[()]
            arrays[name] = Array(values, axes, unit, attrs)
    return arrays


def read_params(path: str | Path) -> dict[str, Any]:
    """Read the parameters behind a file that :func:`write` made."""
    with _open(path) as file, reading(path, "its parameters cannot be read"):
        params: dict[str, Any] = json.loads(file.attrs["params"])
        return params


def digest(path: str | Path) -> str:
    """SHA-256 over names, shapes, types and values of all datasets, whatever the file's layout."""
    sha = hashlib.sha256()
    for name, array in sorted(read(path).items()):
        values = np.asarray(array.values)
        data = (
            "\0".join(map(str, values.ravel())).encode()
            if values.dtype.kind in "UO"
            else np.ascontiguousarray(values).tobytes()
        )
        sha.update(f"{name}|{values.shape}|{values.dtype.kind}|{array.unit}|".encode())
        sha.update(data)
    return sha.hexdigest()


def _open(path: str | Path) -> h5py.File:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(h5py.File(path, "r"))
            check_heaps(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise OSError(
                f"{path}: not a readable HDF5 file ({error}); delete it and run again to make it "
                "anew"
            ) from error
        with reading(path, "not a readable HDF5 file"):
            check_types(file)
        stack.pop_all()  # all is well: the caller closes it
    return file


def _is_that_large(dataset: h5py.Dataset) -> None:
    """Refuse a size that its bytes cannot hold: room would be made for it all the same."""
    size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if size > ROOM and size > DENSEST * stored:
        raise ValueError(
            f"{dataset.name} is of shape {dataset.shape}, {size:.3g} bytes, of which there are "
            f"{stored}"
        )


def _datasets(group: h5py.Group, where: str | Path) -> list[tuple[str, h5py.Dataset]]:
    """Datasets below a group; what lies in another file is refused."""
    found: list[tuple[str, h5py.Dataset]] = []
    for key in sorted(group):
        if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
            raise OSError(f"{where}: {key} links to another file, which is refused")
        item = group[key]
        if isinstance(item, h5py.Group):
            found += _datasets(item, where)
        elif item.external or item.is_virtual:
            raise OSError(f"{where}: {key} is stored in another file, which is refused")
        else:
            found.append((item.name.lstrip("/"), item))
    return found
