"""Broken files: mutations of a good one, each decided by its number alone."""

import random
import struct
from collections.abc import Callable

WORDS = (
    b"", b"nan", b"n/a", b"inf", b"-1", b"0", b"1e309", b"99999999999999999999", b"1e-320",
    b"\t", b"\n", b"\r\n", b"\x00", b'"', b"'", b"{", b"[", b"]", b"}", b":", b"- ", b"&a ", b"*a",
    b"!!python/object/apply:os.getcwd []", b"../../x", b"/etc/passwd", b"=cmd|' /C calc'!A0",
    b"<script>alert(1)</script>", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", "µ".encode(),
    b"true", b"null", b"~",
)  # fmt: skip
NUMBERS = (0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, -(2**31), 2**24)
LAYOUTS = ("<h", ">h", "<i", ">i", "<q", ">q", "<f", ">f", "<d", ">d")
HEAD = 2048
"""Half of all places are among the first bytes: there the headers are."""


def mutate(good: bytes, seed: str) -> bytes:
    """One to four mutations of a file.

    Parameters
    ----------
    good : bytes
        The file.
    seed : str
        Decides everything.
    """
    rng = random.Random(seed)
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        rng.choice(MUTATIONS)(data, rng)
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    end = min(HEAD, len(data)) if rng.random() < 0.5 else len(data)
    return rng.randrange(end + 1)


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[min(_place(data, rng), len(data) - 1)] ^= 1 << rng.randrange(8)


def _byte(data: bytearray, rng: random.Random) -> None:
    if data:
        data[min(_place(data, rng), len(data) - 1)] = rng.choice((0, 9, 10, 32, 127, 128, 255))


def _number(data: bytearray, rng: random.Random) -> None:
    layout, value = rng.choice(LAYOUTS), rng.choice((*NUMBERS, rng.randrange(2**31)))
    size = struct.calcsize(layout)
    if layout[1] in "fd":
        value = rng.choice((float(value), float("nan"), float("inf"), -1e30, 1e-40))
    else:
        value = (value + 2 ** (8 * size - 1)) % 2 ** (8 * size) - 2 ** (8 * size - 1)
    at = _place(data, rng) // size * size
    data[at : at + size] = struct.pack(layout, value)


def _word(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at : at + rng.choice((0, 1, 4, 8))] = rng.choice(WORDS)


def _digits(data: bytearray, rng: random.Random) -> None:
    """Another number in a text."""
    at = _place(data, rng)
    while at < len(data) and not 48 <= data[at] <= 57:
        at += 1
    end = at
    while end < len(data) and (48 <= data[end] <= 57 or data[end] == 46):
        end += 1
    data[at:end] = rng.choice(WORDS[:9])


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng) :]


def _drop(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 16, 256, 4096))]


def _double(data: bytearray, rng: random.Random) -> None:
    at, size = _place(data, rng), rng.choice((1, 8, 64, 1024))
    data[at:at] = data[at : at + size]


def _swap(data: bytearray, rng: random.Random) -> None:
    a, b, size = _place(data, rng), _place(data, rng), rng.choice((1, 4, 80))
    data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def _noise(data: bytearray, rng: random.Random) -> None:
    at, size = _place(data, rng), rng.choice((1, 4, 32, 512))
    data[at : at + size] = rng.randbytes(size)


def _line(data: bytearray, rng: random.Random) -> None:
    """A line of a text is lost, or comes twice, or first."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(len(lines))
    line = lines.pop(at)
    lines[rng.choice((0, at, len(lines))) : 0] = [line] * rng.choice((0, 1, 2))
    data[:] = b"\n".join(lines)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _byte, _number, _number, _word, _digits, _cut, _drop, _double, _swap, _noise, _line,
)  # fmt: skip
