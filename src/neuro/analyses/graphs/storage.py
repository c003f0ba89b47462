"""A graph as packed bits, or as lists of neighbors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuro.analyses.graphs import kernels

Ints = NDArray[np.int64]


def words(n: int) -> int:
    """Words of a row: whole strips of the kernels."""
    per_strip = 64 * kernels.STRIP
    return -(-n // per_strip) * kernels.STRIP


@dataclass(frozen=True, eq=False)
class Graph:
    """An undirected graph without loops; kept as bits, as neighbors, or both.

    Parameters
    ----------
    n : int
        Nodes.
    bits : ndarray of uint64, shape (n, n_words) | None
        Symmetric adjacency, 64 nodes a word; words beyond the last node are 0.
    neighbors : tuple of ndarray | None
        `indptr` (n + 1,) and `indices`: the neighbors of each node, ascending.
    """

    n: int
    bits: NDArray[np.uint64] | None = None
    neighbors: tuple[Ints, NDArray[np.int32]] | None = None

    def __post_init__(self) -> None:
        if self.bits is None and self.neighbors is None:
            raise ValueError("a graph needs bits or neighbors")

    @cached_property
    def degree(self) -> Ints:
        """Number of neighbors, shape (n,)."""
        if self.neighbors is not None:
            return np.diff(self.neighbors[0])
        out = np.empty(self.n, np.int64)
        kernels.row_counts(self.bits, out)
        return out

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return int(self.degree.sum()) // 2

    @property
    def density(self) -> float:
        """Share of all pairs that are edges."""
        return self.n_edges / (self.n * (self.n - 1) / 2)

    def adjacency(self) -> tuple[Ints, NDArray[np.int32]]:
        """Neighbors of every node: `indptr` and `indices`, made from the bits if need be."""
        if self.neighbors is not None:
            return self.neighbors
        indptr = np.concatenate([[0], np.cumsum(self.degree)]).astype(np.int64)
        indices = np.empty(indptr[-1], np.int32)
        kernels.unpack(self.bits, indptr, indices)
        return indptr, indices

    def packed(self) -> NDArray[np.uint64]:
        """The bits, made from the neighbors if need be."""
        if self.bits is not None:
            return self.bits
        indptr, indices = self.adjacency()
        bits = np.zeros((self.n, words(self.n)), np.uint64)
        rows = np.repeat(np.arange(self.n, dtype=np.int32), np.diff(indptr))
        kernels.set_edges(rows, indices, bits)
        return bits

    def dense(self) -> NDArray[np.uint8]:
        """The adjacency matrix, for small graphs."""
        indptr, indices = self.adjacency()
        matrix = np.zeros((self.n, self.n), np.uint8)
        matrix[np.repeat(np.arange(self.n), np.diff(indptr)), indices] = 1
        return matrix


def from_edges(edges: ArrayLike, n: int) -> Graph:
    """A graph of a list of edges.

    Parameters
    ----------
    edges : array_like of int, shape (n_edges, 2)
        Pairs of nodes; order and repetition do not matter.
    n : int
        Nodes.

    Raises
    ------
    ValueError
        If an edge is a loop or names a node that is not there.
    """
    pairs = np.asarray(edges, dtype=np.int32).reshape(-1, 2)
    rows, columns = pairs[:, 0], pairs[:, 1]
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n):
        raise ValueError(f"edges name nodes from {pairs.min()} to {pairs.max()}, of {n} nodes")
    if (rows == columns).any():
        raise ValueError(f"edges: {int((rows == columns).sum())} loops; leave them out")
    bits = np.zeros((n, words(n)), np.uint64)
    kernels.set_edges(rows, columns, bits)
    return Graph(n, bits)


def from_matrix(matrix: ArrayLike) -> Graph:
    """A graph with an edge wherever a symmetric matrix is not zero, but for the diagonal.

    Raises
    ------
    ValueError
        If the matrix is not square, not symmetric or not finite.
    """
    values = check_matrix(matrix)
    return from_edges(np.argwhere(np.triu(values != 0, 1)), len(values))


def check_matrix(matrix: ArrayLike, where: str = "matrix") -> NDArray[np.float64]:
    """A connectivity matrix that can be one.

    Raises
    ------
    ValueError
        If it is not square, not symmetric or not finite.
    """
    values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"{where}: must be square, got shape {values.shape}")
    if not np.isfinite(values).all():
        bad = np.argwhere(~np.isfinite(values))
        raise ValueError(
            f"{where}: {len(bad)} values are not finite, the first at {tuple(map(int, bad[0]))}; "
            "leave regions without signal out"
        )
    off = np.abs(values - values.T)
    if off.max(initial=0) > 1e-8 * max(1.0, float(np.abs(values).max(initial=0))):
        i, j = map(int, np.unravel_index(int(off.argmax()), off.shape))
        raise ValueError(
            f"{where}: must be symmetric, but [{i}, {j}] is {values[i, j]:g} and [{j}, {i}] is "
            f"{values[j, i]:g}; directed connectivity has no 3-cycle map here: average it with "
            "its transpose if that is meant"
        )
    return values
