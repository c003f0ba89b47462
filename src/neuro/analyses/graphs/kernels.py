"""Compiled loops over tiles of correlations and bit-packed adjacency.

A row of an adjacency is `n_words` words of 64 bits; bit b of word w is node 64 w + b. All kernels
release the GIL: callers run them from threads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types, uint64
from numba.extending import intrinsic

from neuro.stats.compiled import compiled

STRIP = 64
"""Words of a strip: rows have whole strips."""

Kernel = Callable[..., Any]


def _popcount(typing_context: Any, word: Any) -> Any:
    """Number of bits that are set in a 64-bit word."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def _lowest(typing_context: Any, word: Any) -> Any:
    """Position of the lowest bit that is set in a 64-bit word; the word must not be 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], context.get_constant(types.boolean, True))

    return types.uint64(types.uint64), generate


popcount: Kernel = intrinsic(_popcount)
lowest: Kernel = intrinsic(_lowest)


@compiled
def pack_word(values: Any, start: int, stop: int, limit: float) -> Any:
    """Bits of the values above a limit, of up to 64 values."""
    word = uint64(0)
    if stop - start == 64:
        for b in range(64):
            word |= uint64(values[start + b] > limit) << uint64(b)
    else:
        for b in range(stop - start):
            word |= uint64(values[start + b] > limit) << uint64(b)
    return word


@compiled
def histogram_tile(tile: Any, row0: int, column0: int, absolute: bool, counts: Any) -> None:
    """Count a tile's values above the diagonal, or their sizes, in bins over [-1, 1]."""
    n_bins = counts.shape[0]
    scale = np.float32(n_bins / 2)
    for r in range(tile.shape[0]):
        for c in range(max(0, row0 + r + 1 - column0), tile.shape[1]):
            v = abs(tile[r, c]) if absolute else tile[r, c]
            bin_ = int((v + np.float32(1)) * scale)
            counts[min(max(bin_, 0), n_bins - 1)] += 1


@compiled
def threshold_tile(
    tile: Any,
    row0: int,
    column0: int,
    sign: int,
    low: Any,
    high: Any,
    bits: Any,
    row_strength: Any,
    column_strength: Any,
    degrees: Any,
    tied: Any,
    found: int,
) -> Any:
    """Pack a tile's edges above the diagonal, and add their weights and signs.

    `sign` is 1 for values above `high`, -1 for those below -`high`, 0 for both. Degrees are
    (2, n): of positive and of negative edges. Values above `low` that are not above `high` are
    no edges yet: they are appended to `tied` as (row, column, value), which is returned with its
    new length.
    """
    word0 = column0 // 64
    n_columns = tile.shape[1]
    size = np.empty(n_columns, np.float32)
    for r in range(tile.shape[0]):
        values = tile[r]
        for c in range(n_columns):
            size[c] = abs(values[c]) if sign == 0 else values[c] * np.float32(sign)
        first = max(0, row0 + r + 1 - column0)
        for w in range(first // 64, (n_columns + 63) // 64):
            word = pack_word(size, 64 * w, min(64 * w + 64, n_columns), low)
            if 64 * w < first:
                word &= ~uint64(0) << uint64(first - 64 * w)
            kept = word
            while word:
                at = 64 * w + lowest(word)
                bit = word & (~word + uint64(1))
                word ^= bit
                v = values[at]
                if size[at] <= high:
                    kept ^= bit
                    if found == tied.shape[0]:
                        longer = np.empty((2 * found + 1024, 3), np.float32)
                        longer[:found] = tied
                        tied = longer
                    tied[found, 0] = row0 + r
                    tied[found, 1] = column0 + at
                    tied[found, 2] = v
                    found += 1
                    continue
                row_strength[r] += v
                column_strength[column0 + at] += v
                side = 0 if v > 0 else 1
                degrees[side, row0 + r] += 1
                degrees[side, column0 + at] += 1
            bits[r, word0 + w] = kept
    return tied, found


@compiled
def transpose_64(block: Any) -> None:
    """Transpose a block of 64 words of 64 bits in place, by halves (Warren 2013, ch. 7)."""
    width = 32
    mask = uint64(0x00000000FFFFFFFF)
    while width:
        k = 0
        while k < 64:
            swapped = ((block[k] >> uint64(width)) ^ block[k + width]) & mask
            block[k] ^= swapped << uint64(width)
            block[k + width] ^= swapped
            k = (k + width + 1) & ~width
        width >>= 1
        mask ^= mask << uint64(width)


@compiled
def mirror(bits: Any) -> None:
    """Copy the bits above the diagonal below it, in place."""
    n = bits.shape[0]
    block = np.empty(64, np.uint64)
    for row_block in range((n + 63) // 64):
        start = 64 * row_block
        rows = min(64, n - start)
        for w in range(row_block, (n + 63) // 64):
            some = uint64(0)
            for r in range(rows):
                block[r] = bits[start + r, w]
                some |= block[r]
            if not some:
                continue
            for r in range(rows, 64):
                block[r] = uint64(0)
            transpose_64(block)
            for r in range(min(64, n - 64 * w)):
                bits[64 * w + r, row_block] |= block[r]


@compiled
def set_edges(rows: Any, columns: Any, bits: Any) -> None:
    """Set the bits of edges, in both directions."""
    for e in range(rows.shape[0]):
        i, j = rows[e], columns[e]
        bits[i, j >> 6] |= uint64(1) << uint64(j & 63)
        bits[j, i >> 6] |= uint64(1) << uint64(i & 63)


@compiled
def row_counts(bits: Any, out: Any) -> None:
    """Number of bits set in each row."""
    for i in range(bits.shape[0]):
        count = uint64(0)
        for w in range(bits.shape[1]):
            count += popcount(bits[i, w])
        out[i] = count


@compiled
def unpack(bits: Any, indptr: Any, indices: Any) -> None:
    """Columns of the set bits, row by row."""
    for i in range(bits.shape[0]):
        at = indptr[i]
        for w in range(bits.shape[1]):
            word = bits[i, w]
            while word:
                indices[at] = 64 * w + lowest(word)
                word &= word - uint64(1)
                at += 1


@compiled
def permute(bits: Any, rank: Any, out: Any) -> None:
    """Renumber nodes: node i becomes `rank[i]`; `out` is 0 before."""
    for i in range(bits.shape[0]):
        row = out[rank[i]]
        for w in range(bits.shape[1]):
            word = bits[i, w]
            while word:
                j = rank[64 * w + lowest(word)]
                word &= word - uint64(1)
                row[j >> 6] |= uint64(1) << uint64(j & 63)
