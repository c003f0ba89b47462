"""Cycles of three and four nodes through each node, and what follows from them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs import kernels, kernels_cycles
from neuro.analyses.graphs.signals import Signals
from neuro.analyses.graphs.storage import Graph, Ints

Floats = NDArray[np.float64]

WORTH = 0.8
"""Nodes are reordered where that brings the cost of counting below this share."""

BITS_TILE_WORDS, BITS_ROWS = 4, 512
"""Nodes of a tile of the bit kernels: what stays in a core's own cache."""
LOOKUP, WORD = 1.2, 0.45
"""Rough costs, ns: following a list's entry, and counting a word."""


def triangles(graph: Graph, n_threads: int = 1) -> Ints:
    """3-cycle map: the number of triangles through each node.

    Bits: for every edge the common neighbors are counted, above the edge's lower node alone.
    Where degrees differ much, hubs are put last first. Lists: neighbors' later neighbors are
    looked up. Both are exact; the cheaper is taken.

    Parameters
    ----------
    graph : Graph
        The graph.
    n_threads : int
        Threads.

    Returns
    -------
    counts : ndarray of int, shape (n,)
        Triangles.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> from neuro.analyses.graphs.storage import from_edges
    >>> neuro.graphs.triangles(from_edges([[0, 1], [1, 2], [0, 2], [2, 3]], n=4)).tolist()
    [1, 1, 1, 0]
    """
    by_lists = LOOKUP * graph.n_edges * graph.degree.mean() / 3
    by_bits = WORD * graph.n_edges * (graph.n / 64) * 2 / 3
    if graph.bits is None or (graph.neighbors is not None and by_lists < by_bits):
        indptr, indices = graph.adjacency()

        def count(start: int, stop: int, out: Ints) -> None:
            kernels_cycles.triangles_of_lists(indptr, indices, start, stop, out)

        return _in_threads(count, graph.n, 1024, n_threads)
    bits, rank = graph.packed(), _by_degree(graph.degree)
    if rank is not None:
        ordered = np.zeros_like(bits)
        kernels.permute(bits, rank, ordered)
        bits = ordered

    def count_bits(start: int, stop: int, out: Ints) -> None:
        kernels_cycles.triangles_of_rows(bits, start, stop, BITS_TILE_WORDS, out)

    counts = _in_threads(count_bits, graph.n, BITS_ROWS, n_threads) // 2
    return counts if rank is None else counts[rank]


def _by_degree(degree: Ints) -> Ints | None:
    """Ranks of the nodes by degree, if counting in that order saves much; None if not.

    An edge costs as many words as there are nodes above its lower one: with hubs last, most edges
    are short. How short is estimated as if edges met at random.
    """
    n, twice = len(degree), float(degree.sum())
    if not twice:
        return None
    order = np.argsort(degree, kind="stable")
    d = degree[order].astype(float)
    later = twice - np.cumsum(d)
    cost = float((d * later / twice * np.arange(n, 0, -1)).sum())
    if cost > WORTH * (twice / 2) * n * 2 / 3:
        return None
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    return rank


def squares(graph: Graph, n_threads: int = 1) -> Ints:
    """4-cycle map: the number of cycles of four nodes through each node, chords or not.

    Parameters
    ----------
    graph : Graph
        The graph.
    n_threads : int
        Threads.

    Returns
    -------
    counts : ndarray of int, shape (n,)
        4-cycles.
    """
    degree = graph.degree.astype(float)
    by_lists = LOOKUP * float((degree**2).sum()) / 2
    by_bits = WORD * graph.n**2 / 2 * (graph.n / 64)
    if by_lists < by_bits:
        indptr, indices = graph.adjacency()

        def count(start: int, stop: int, out: Ints) -> None:
            kernels_cycles.squares_of_rows(indptr, indices, start, stop, out)

        return _in_threads(count, graph.n, 1024, n_threads)
    bits = graph.packed()

    def count_bits(start: int, stop: int, out: Ints) -> None:
        kernels_cycles.squares_of_bits(bits, start, stop, BITS_ROWS, out)

    return _in_threads(count_bits, graph.n, BITS_ROWS, n_threads)


def _in_threads(count: Callable[[int, int, Ints], Any], n: int, rows: int, n_threads: int) -> Ints:
    """Add up what blocks of rows count; every thread has sums of its own."""
    # All threads take the next block from one iterator: a slower one takes fewer.
    starts = iter(range(0, n, rows))

    def work(_: int) -> Ints:
        out = np.zeros(n, np.int64)
        for start in starts:
            count(start, min(start + rows, n), out)
        return out

    with ThreadPoolExecutor(n_threads) as pool:
        parts = list(pool.map(work, range(n_threads)))
    total: Ints = np.array(parts).sum(axis=0)
    return total


def clustering(graph: Graph, counts: Ints | None = None) -> Floats:
    """Clustering coefficient: the share of pairs of neighbors that are neighbors themselves.

    Parameters
    ----------
    graph : Graph
        The graph.
    counts : ndarray | None
        Its :func:`triangles`, if they are known.

    Returns
    -------
    coefficient : ndarray, shape (n,)
        0 where there are less than two neighbors.
    """
    counts = triangles(graph) if counts is None else counts
    pairs = graph.degree * (graph.degree - 1) / 2
    return np.divide(counts, pairs, out=np.zeros(graph.n), where=pairs > 0)


def transitivity(graph: Graph, counts: Ints | None = None) -> float:
    """Three times the triangles over the paths of two edges; 0 where there is none."""
    counts = triangles(graph) if counts is None else counts
    paths = float((graph.degree * (graph.degree - 1) / 2).sum())
    return float(counts.sum()) / paths if paths else 0.0


def weighted_cycles(signals: Signals) -> Floats:
    """Unthresholded weighted 3-cycles: sum of C_ij C_jk C_ki over all j, k that differ from i, j.

    The diagonal of (C - I)^3 for the correlations C = Z Z', in O(n T^2) without C:
    (C^3)_ii = z_i' (Z'Z)^2 z_i and (C^2)_ii = z_i' Z'Z z_i.

    Parameters
    ----------
    signals : ndarray of float32, shape (n, n_times)
        Of :func:`neuro.analyses.graphs.signals.standardize`.

    Returns
    -------
    sums : ndarray, shape (n,)
        Each triangle counts twice, once in each direction.
    """
    z = signals.astype(np.float64)
    gram = z.T @ z
    once = z @ gram
    return np.asarray((once**2).sum(axis=1) - 3 * (once * z).sum(axis=1) + 2)


def weighted_strength(signals: Signals) -> Floats:
    """Unthresholded strength: the sum of a node's correlations with all others, in O(n T)."""
    z = signals.astype(np.float64)
    return np.asarray(z @ z.sum(axis=0) - 1)
