"""MATLAB files up to version 7.2, whose structure is looked at before scipy reads them.

The parser of scipy takes an element's type as the index into a table, and follows nested cells
without end: a damaged file ends the whole process. So every element that it will read is checked
first: a known type, within its parent, and as many of them as the array's class and size ask for.

References
----------
MATLAB: MAT-File Format, R2019b, chapter 1 (Level 5 MAT-files).
"""

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neuro.io.damage import reading

HEADER = 128
ORDERS = {b"IM": "<", b"MI": ">"}
VERSION = 0x0100
MATRIX, COMPRESSED = 14, 15
UINT32 = 6
WHOLE, LETTERS = (5, 6), (1, 16)
"""Types of sizes, and of names."""
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
"""Bytes of a number, by type."""
TEXT = {1, 2, 3, 4, 5, 6, 16, 17, 18}
CELL, STRUCT, CHAR, NUMBERS, OPAQUE = 1, 2, 4, range(6, 16), 17
COMPLEX = 0x0800
NAMES = {3: "an object", 5: "a sparse matrix", 16: "a function", OPAQUE: "an object"}
MOST_DIMS, MOST_LEVELS = 32, 32
GROWTH = 1100
"""Largest growth of what zlib compressed: what claims more is no such thing."""

Element = tuple[int, memoryview]


class _NotReadError(ValueError):
    """The file is whole, but this is not read."""


class _Array(NamedTuple):
    """What an array's first elements tell."""

    kind: int
    complex: bool
    n: int
    name: str
    rest: Iterator[Element]


def load(
    path: str | Path, names: Collection[str] | None = None, *, squeeze: bool = False
) -> dict[str, Any]:
    """Read variables of a MATLAB file.

    Parameters
    ----------
    path : str | Path
        The file, of version 5 to 7.2.
    names : collection of str, optional
        Variables to read; all without.
    squeeze : bool
        Whether axes of length 1 are left out.

    Returns
    -------
    variables : dict
        Those that are there, by name.

    Raises
    ------
    ValueError
        If the file is damaged, of another version, or a wanted variable is an object, a function or
        a sparse matrix.
    """
    from scipy.io import loadmat

    with reading(path, "not a readable MATLAB file"):
        try:
            _check(Path(path), names)
        except _NotReadError as error:
            raise ValueError(f"{path}: {error}") from None
        listed = None if names is None else list(names)
        found = loadmat(path, appendmat=False, variable_names=listed, squeeze_me=squeeze)
    return {name: value for name, value in found.items() if not name.startswith("__")}


def _check(path: Path, names: Collection[str] | None) -> None:
    left = path.stat().st_size - HEADER
    with path.open("rb") as file:
        head = file.read(HEADER)
        order = ORDERS.get(head[126:128])
        if order is None or struct.unpack(f"{order}H", head[124:126])[0] != VERSION:
            raise ValueError("no MATLAB file of version 5 to 7.2")
        while left > 0:
            kind, size = _tag(file.read(8), order)
            left -= 8 + size
            if left < 0:
                raise ValueError("a variable goes on beyond the end of the file")
            data = memoryview(file.read(size))
            if kind == COMPRESSED:
                [(kind, data), *more] = _elements(memoryview(_inflated(data)), order)
                if more:
                    raise ValueError("more than one variable in a compressed element")
            if kind != MATRIX:
                raise ValueError(f"an element of type {kind} in the place of a variable")
            array = _array(data, order)
            if names is None or array.name in names:
                _check_rest(array, order, 0)


def _check_rest(array: _Array, order: str, level: int) -> None:
    """Check an array's data, and all below it."""
    if level > MOST_LEVELS:
        raise ValueError(f"arrays in arrays, more than {MOST_LEVELS} deep")
    if array.kind in NUMBERS:
        for _ in range(1 + array.complex):
            kind, data = _next(array.rest, SIZES)
            if len(data) != SIZES[kind] * array.n:
                raise ValueError(f"{len(data)} bytes for {array.n} numbers")
    elif array.kind == CHAR:
        kind, data = _next(array.rest, TEXT)
        if 0 < len(data) < array.n:  # none: spaces
            raise ValueError(f"{len(data)} bytes for {array.n} letters")
    elif array.kind in (CELL, STRUCT):
        n = array.n * (1 if array.kind == CELL else _n_fields(array.rest, order))
        for _ in range(n):
            _, data = _next(array.rest, {MATRIX})
            if len(data):
                _check_rest(_array(data, order), order, level + 1)
    elif array.kind in NAMES:
        raise _NotReadError(
            f"{array.name or 'part of a variable'} is {NAMES[array.kind]}; only numbers, texts, "
            "cells and structures are read: save it as one of them"
        )
    else:
        raise ValueError(f"{array.name!r} is of no known class")
    if next(array.rest, None) is not None:
        raise ValueError("more in an array than belongs to it")


def _array(data: memoryview, order: str) -> _Array:
    """Class, size and name of an array."""
    rest = _elements(data, order)
    _, flags = _next(rest, {UINT32}, 8)
    told = struct.unpack(f"{order}I", flags[:4])[0]
    kind, n = told & 0xFF, 0
    if kind != OPAQUE:  # which tells no size
        _, sizes = _next(rest, WHOLE)
        dims = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
        if not 2 <= len(dims) <= MOST_DIMS or min(dims) < 0:
            raise ValueError(f"an array of size {dims}")
        n = math.prod(dims)
    _, name = _next(rest, LETTERS)
    return _Array(kind, bool(told & COMPLEX), n, bytes(name).decode("latin1"), rest)


def _n_fields(rest: Iterator[Element], order: str) -> int:
    """Fields of a structure, from the room of each name and the names."""
    _, room = _next(rest, WHOLE, 4)
    length = int(struct.unpack(f"{order}i", room[:4])[0])
    _, names = _next(rest, LETTERS)
    if length <= 0 or len(names) % length:
        raise ValueError(f"names of fields of {length} letters in {len(names)}")
    return len(names) // length


def _next(rest: Iterator[Element], kinds: Collection[int], least: int = 0) -> Element:
    found = next(rest, None)
    if found is None:
        raise ValueError("an array lacks a part")
    if found[0] not in kinds or len(found[1]) < least:
        raise ValueError(f"an element of type {found[0]} and {len(found[1])} bytes out of place")
    return found


def _elements(data: memoryview, order: str) -> Iterator[Element]:
    """Type and content of each element, padded to eight bytes."""
    at = 0
    while at < len(data):
        kind, size = _tag(data[at : at + 8], order)
        if kind >> 16:  # a small one, within its tag
            kind, size, at = kind & 0xFFFF, kind >> 16, at + 4
            after = at + 4
            if size > 4:
                raise ValueError(f"a small element of {size} bytes")
        else:
            at += 8
            after = at + size + -size % 8
        if at + size > len(data):
            raise ValueError("an element goes on beyond what it belongs to")
        yield kind, data[at : at + size]
        at = after


def _tag(data: bytes | memoryview, order: str) -> tuple[int, int]:
    if len(data) < 8:
        raise ValueError("the tag of an element is cut off")
    kind, size = struct.unpack(f"{order}II", data)
    return kind, size


def _inflated(data: memoryview) -> bytes:
    stream = zlib.decompressobj()
    found = stream.decompress(data, GROWTH * len(data) + 64)
    if not stream.eof:
        raise ValueError("a compressed variable is cut off")
    return found
