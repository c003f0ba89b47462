"""Compiled loops over lists of neighbors: `indptr` and `indices`, ascending for each node."""

from typing import Any

import numpy as np
from numba import uint64

from neuro.analyses.graphs.kernels import lowest, popcount
from neuro.stats.compiled import compiled


@compiled
def symmetric_lists(indptr: Any, indices: Any, whole_indptr: Any, whole: Any) -> None:
    """Neighbors of every node from the lists of later neighbors, ascending."""
    n = indptr.shape[0] - 1
    counts = np.zeros(n, np.int64)
    for i in range(n):
        counts[i] += indptr[i + 1] - indptr[i]
        for e in range(indptr[i], indptr[i + 1]):
            counts[indices[e]] += 1
    whole_indptr[0] = 0
    for i in range(n):
        whole_indptr[i + 1] = whole_indptr[i] + counts[i]
    at = whole_indptr[:n].copy()
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            whole[at[j]] = i
            at[j] += 1
            whole[at[i]] = j
            at[i] += 1


@compiled
def product(indptr: Any, indices: Any, x: Any, out: Any) -> None:
    """Adjacency times a vector."""
    for i in range(indptr.shape[0] - 1):
        total = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            total += x[indices[e]]
        out[i] = total


@compiled
def core_numbers(indptr: Any, indices: Any, core: Any) -> None:
    """Largest k of whose k-core each node is a part (Batagelj & Zaversnik 2003)."""
    n = indptr.shape[0] - 1
    largest = 0
    for i in range(n):
        core[i] = indptr[i + 1] - indptr[i]
        largest = max(largest, core[i])
    begin = np.zeros(largest + 2, np.int64)
    for i in range(n):
        begin[core[i] + 1] += 1
    for d in range(largest + 1):
        begin[d + 1] += begin[d]
    order = np.empty(n, np.int64)
    place = np.empty(n, np.int64)
    at = begin.copy()
    for i in range(n):
        place[i] = at[core[i]]
        order[place[i]] = i
        at[core[i]] += 1
    for p in range(n):
        i = order[p]
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if core[j] > core[i]:
                head = begin[core[j]]
                other = order[head]
                if other != j:
                    order[head], order[place[j]] = j, other
                    place[other], place[j] = place[j], head
                begin[core[j]] += 1
                core[j] -= 1


@compiled
def module_degrees(indptr: Any, indices: Any, modules: Any, out: Any) -> None:
    """Number of each node's neighbors in each module."""
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            out[i, modules[indices[e]]] += 1


@compiled
def distance_degrees(indptr: Any, indices: Any, places: Any, squares: Any, out: Any) -> None:
    """Number of each node's neighbors by bins of squared distance: [squares[k], squares[k + 1])."""
    n_bins = squares.shape[0] - 1
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            apart = 0.0
            for k in range(3):
                apart += (places[i, k] - places[j, k]) ** 2
            for b in range(n_bins):
                if squares[b] <= apart < squares[b + 1]:
                    out[i, b] += 1
                    break


@compiled
def _sum_of_inverse_distances(bits: Any) -> float:
    d, n_words = bits.shape
    seen = np.empty(n_words, np.uint64)
    front = np.empty(n_words, np.uint64)
    ahead = np.empty(n_words, np.uint64)
    total = 0.0
    for p in range(d):
        seen[:] = 0
        front[:] = 0
        seen[p >> 6] = front[p >> 6] = uint64(1) << uint64(p & 63)
        step = 0
        found = uint64(1)
        while found:
            step += 1
            ahead[:] = 0
            for w in range(n_words):
                word = front[w]
                while word:
                    q = 64 * w + lowest(word)
                    word &= word - uint64(1)
                    for v in range(n_words):
                        ahead[v] |= bits[q, v]
            found = uint64(0)
            for v in range(n_words):
                front[v] = ahead[v] & ~seen[v]
                seen[v] |= front[v]
                found += popcount(front[v])
            total += found / step
    return total


@compiled
def local_efficiencies(indptr: Any, indices: Any, out: Any) -> None:
    """Mean inverse distance between each node's neighbors, in the graph of the neighbors alone."""
    n = indptr.shape[0] - 1
    number = np.full(n, -1, np.int64)
    for i in range(n):
        first, d = indptr[i], indptr[i + 1] - indptr[i]
        if d < 2:
            continue
        for p in range(d):
            number[indices[first + p]] = p
        n_words = (d + 63) // 64
        bits = np.zeros((d, n_words), np.uint64)
        for p in range(d):
            j = indices[first + p]
            for e in range(indptr[j], indptr[j + 1]):
                q = number[indices[e]]
                if q >= 0:
                    bits[p, q >> 6] |= uint64(1) << uint64(q & 63)
        for p in range(d):
            number[indices[first + p]] = -1
        out[i] = _sum_of_inverse_distances(bits) / (d * (d - 1))
