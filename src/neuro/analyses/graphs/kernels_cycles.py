"""Compiled loops that count cycles, over bits and over lists of neighbors."""

from typing import Any

import numpy as np
from numba import uint64

from neuro.analyses.graphs.kernels import STRIP, lowest, popcount
from neuro.stats.compiled import compiled


@compiled
def _strip_count(a: Any, b: Any) -> Any:
    """Bits common to two strips of `STRIP` words, by a tree of carry-save adders."""
    total = uint64(0)
    for k in range(8):
        x0 = a[k] & b[k]
        x1 = a[8 + k] & b[8 + k]
        x2 = a[16 + k] & b[16 + k]
        x3 = a[24 + k] & b[24 + k]
        x4 = a[32 + k] & b[32 + k]
        x5 = a[40 + k] & b[40 + k]
        x6 = a[48 + k] & b[48 + k]
        x7 = a[56 + k] & b[56 + k]
        s0 = x0 ^ x1
        c0 = (x0 & x1) | (s0 & x2)
        s0 ^= x2
        s1 = x3 ^ x4
        c1 = (x3 & x4) | (s1 & x5)
        s1 ^= x5
        s2 = x6 ^ x7
        c2 = (x6 & x7) | (s2 & s0)
        s2 ^= s0
        ones = s1 ^ s2
        c3 = s1 & s2
        t0 = c0 ^ c1
        f0 = (c0 & c1) | (t0 & c2)
        t0 ^= c2
        twos = t0 ^ c3
        f1 = t0 & c3
        fours = f0 ^ f1
        eights = f0 & f1
        total += (
            popcount(ones)
            + (popcount(twos) << uint64(1))
            + (popcount(fours) << uint64(2))
            + (popcount(eights) << uint64(3))
        )
    return total


@compiled
def triangles_of_rows(bits: Any, start: int, stop: int, tile: int, doubled: Any) -> None:
    """Add twice the triangles whose lowest node is in [start, stop) to all their nodes.

    For an edge i < j the common neighbors k > i are counted: each triangle is met from its lowest
    node i twice (as j and as k), which gives i two counts and each of the others one, doubled here.
    """
    n, n_words = bits.shape
    rows = stop - start
    upper = np.empty((rows, STRIP), np.uint64)
    for strip in range(start // 64 // STRIP, n_words // STRIP):
        w0 = strip * STRIP
        for r in range(rows):
            i = start + r
            for w in range(STRIP):
                at = w0 + w
                word = bits[i, at]
                if 64 * at + 63 <= i:
                    word = uint64(0)
                elif 64 * at <= i:
                    word &= (~uint64(0) << uint64(i - 64 * at)) << uint64(1)
                upper[r, w] = word
        for first in range(start // 64, (n + 63) // 64, tile):
            last = min(first + tile, n_words)
            for r in range(rows):
                i = start + r
                own = uint64(0)
                strip_i = upper[r]
                for w in range(max(first, i // 64), last):
                    word = bits[i, w]
                    if 64 * w <= i:
                        word &= (~uint64(0) << uint64(i - 64 * w)) << uint64(1)
                    while word:
                        j = 64 * w + lowest(word)
                        word &= word - uint64(1)
                        common = _strip_count(strip_i, bits[j, w0 : w0 + STRIP])
                        own += common
                        doubled[j] += 2 * common
                doubled[i] += own


@compiled
def triangles_of_lists(indptr: Any, indices: Any, start: int, stop: int, out: Any) -> None:
    """Add the triangles whose lowest node is in [start, stop) to all their nodes."""
    n = indptr.shape[0] - 1
    marked = np.zeros(n, np.uint8)
    for i in range(start, stop):
        first = np.searchsorted(indices[indptr[i] : indptr[i + 1]], i) + indptr[i]
        last = indptr[i + 1]
        for e in range(first, last):
            marked[indices[e]] = 1
        for e in range(first, last):
            j = indices[e]
            own = 0
            f = indptr[j + 1] - 1
            while f >= indptr[j] and indices[f] > j:
                k = indices[f]
                own += marked[k]
                out[k] += marked[k]
                f -= 1
            out[i] += own
            out[j] += own
        for e in range(first, last):
            marked[indices[e]] = 0


@compiled
def squares_of_rows(indptr: Any, indices: Any, start: int, stop: int, out: Any) -> None:
    """Add the 4-cycles through a node and an opposite later one, for nodes in [start, stop)."""
    n = indptr.shape[0] - 1
    paths = np.zeros(n, np.int32)
    for i in range(start, stop):
        for e in range(indptr[i], indptr[i + 1]):
            a = indices[e]
            f = indptr[a + 1] - 1
            while f >= indptr[a] and indices[f] > i:
                paths[indices[f]] += 1
                f -= 1
        for j in range(i + 1, n):
            c = np.int64(paths[j])
            if c:
                both = c * (c - 1) // 2
                out[i] += both
                out[j] += both
                paths[j] = 0


@compiled
def squares_of_bits(bits: Any, start: int, stop: int, tile: int, out: Any) -> None:
    """The same from bits: common neighbors of all pairs."""
    n, n_words = bits.shape
    common = np.zeros((stop - start, tile), np.int64)
    for first in range(start, n, tile):
        last = min(first + tile, n)
        common[:] = 0
        for strip in range(n_words // STRIP):
            w0 = strip * STRIP
            for i in range(start, stop):
                mine = bits[i, w0 : w0 + STRIP]
                for j in range(max(first, i + 1), last):
                    common[i - start, j - first] += _strip_count(mine, bits[j, w0 : w0 + STRIP])
        for i in range(start, stop):
            for j in range(max(first, i + 1), last):
                c = common[i - start, j - first]
                both = c * (c - 1) // 2
                out[i] += both
                out[j] += both
