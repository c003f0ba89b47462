"""A network that grows stripe by stripe, while tiles of correlations come in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs import kernels, kernels_lists
from neuro.analyses.graphs.storage import Graph, Ints, words
from neuro.analyses.graphs.thresholds import SIGNS, Sign

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """Where edges begin.

    Parameters
    ----------
    high : float
        Every pair above is an edge.
    low : float
        Of the pairs above this, but not above `high`, the strongest are, up to `wanted`.
    wanted : int
        Number of edges; 0 where `high` decides alone.
    """

    high: float
    low: float
    wanted: int = 0


@dataclass(frozen=True, eq=False)
class Network:
    """A thresholded correlation network.

    Parameters
    ----------
    graph : Graph
        Its edges.
    threshold : float
        Size of correlation above which pairs are edges; at a density, that of the weakest edge.
    sign : str
        Which correlations count.
    strength : ndarray, shape (n,)
        Weighted degree: sum of the edges' correlations, with their signs.
    positive, negative : ndarray of int, shape (n,)
        Signed degree: edges with correlations above and below 0.
    """

    graph: Graph
    threshold: float
    sign: Sign
    strength: Floats
    positive: Ints
    negative: Ints


class Stripe:
    """What some rows of the upper triangle add to a network."""

    def __init__(self, start: int, stop: int, n: int, bits: NDArray[np.uint64]) -> None:
        self.start, self.stop, self.bits = start, stop, bits
        self.row_strength = np.zeros(stop - start)
        self.column_strength = np.zeros(n)
        self.degrees = np.zeros((2, n), np.int64)
        self.tied, self.n_tied = np.empty((0, 3), np.float32), 0
        self.lists: tuple[Ints, NDArray[np.int32]] = (np.empty(0, int), np.empty(0, np.int32))


class Builder:
    """The network of one threshold.

    Parameters
    ----------
    n : int
        Nodes.
    sign : str
        Which correlations count.
    limit : Limit
        Where edges begin.
    as_lists : bool
        Keep neighbors as lists instead of bits.
    """

    def __init__(self, n: int, sign: Sign, limit: Limit, as_lists: bool) -> None:
        self.n, self.sign, self.limit = n, sign, limit
        self.bits = None if as_lists else np.zeros((n, words(n)), np.uint64)
        self.strength = np.zeros(n)
        self.degrees = np.zeros((2, n), np.int64)
        self.later: list[tuple[Ints, NDArray[np.int32]]] = []
        self.tied: list[NDArray[np.float32]] = []

    def begin(self, start: int, stop: int) -> Stripe:
        """An empty stripe; with bits, it writes into the graph's own rows."""
        if self.bits is not None:
            return Stripe(start, stop, self.n, self.bits[start:stop])
        own = np.zeros((stop - start, words(self.n)), np.uint64)
        return Stripe(start, stop, self.n, own)

    def take(self, tile: NDArray[np.float32], row: int, column: int, stripe: Stripe) -> None:
        """Find a tile's edges."""
        tied: Any = kernels.threshold_tile(
            tile,
            row,
            column,
            SIGNS[self.sign],
            np.float32(self.limit.low),
            np.float32(self.limit.high),
            stripe.bits,
            stripe.row_strength,
            stripe.column_strength,
            stripe.degrees,
            stripe.tied,
            stripe.n_tied,
        )
        stripe.tied, stripe.n_tied = tied
        if self.bits is None and column + tile.shape[1] == self.n:
            self._list(stripe)

    def _list(self, stripe: Stripe) -> None:
        counts = np.empty(stripe.stop - stripe.start, np.int64)
        kernels.row_counts(stripe.bits, counts)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        indices = np.empty(indptr[-1], np.int32)
        kernels.unpack(stripe.bits, indptr, indices)
        stripe.lists = (counts, indices)
        stripe.bits = np.empty((0, 0), np.uint64)

    def add(self, stripe: Stripe) -> None:
        """Add a stripe's sums; stripes come in order, so that sums do not depend on threads."""
        self.strength[stripe.start : stripe.stop] += stripe.row_strength
        self.strength += stripe.column_strength
        self.degrees += stripe.degrees
        self.tied.append(stripe.tied[: stripe.n_tied].copy())
        if self.bits is None:
            self.later.append(stripe.lists)

    @property
    def fits(self) -> bool:
        """Whether the weakest edge is within the limit's bounds."""
        above = int(self.degrees.sum()) // 2
        between = sum(len(part) for part in self.tied)
        return not self.limit.wanted or above <= self.limit.wanted <= above + between

    def finish(self) -> Network:
        """The network, once all stripes are added."""
        rows, columns, weakest = self._strongest_tied()
        if self.bits is None:
            graph = Graph(self.n, neighbors=self._whole(rows, columns))
        else:
            kernels.mirror(self.bits)
            kernels.set_edges(rows, columns, self.bits)
            graph = Graph(self.n, self.bits)
        return Network(graph, weakest, self.sign, self.strength, *self.degrees)

    def _strongest_tied(self) -> tuple[NDArray[np.int32], NDArray[np.int32], float]:
        """Edges from the threshold's bin, and the weakest edge's size."""
        tied = np.concatenate(self.tied)
        self.tied = []
        missing = max(0, self.limit.wanted - int(self.degrees.sum()) // 2)
        if not missing:
            return np.empty(0, np.int32), np.empty(0, np.int32), self.limit.high
        size = np.abs(tied[:, 2])
        weakest = np.partition(size, len(size) - missing)[len(size) - missing]
        equal = np.flatnonzero(size == weakest)
        equal = equal[np.lexsort((tied[equal, 1], tied[equal, 0]))]
        above = np.flatnonzero(size > weakest)
        added = tied[np.concatenate([above, equal[: missing - len(above)]])]
        rows, columns = (added[:, k].astype(np.int32) for k in (0, 1))
        side = (added[:, 2] <= 0).astype(int)
        for nodes in (rows, columns):
            self.strength += np.bincount(nodes, added[:, 2], minlength=self.n)
            for k in (0, 1):
                self.degrees[k] += np.bincount(nodes[side == k], minlength=self.n)
        return rows, columns, float(weakest)

    def _whole(
        self, rows: NDArray[np.int32], columns: NDArray[np.int32]
    ) -> tuple[Ints, NDArray[np.int32]]:
        counts = np.concatenate([counts for counts, _ in self.later])
        indices = np.concatenate([indices for _, indices in self.later])
        if len(rows):
            keys = np.repeat(np.arange(self.n), counts) * self.n + indices
            more = np.sort(rows.astype(np.int64) * self.n + columns)
            keys = np.insert(keys, np.searchsorted(keys, more), more)
            indices = (keys % self.n).astype(np.int32)
            counts = counts + np.bincount(rows, minlength=self.n)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        whole_indptr, whole = np.empty(self.n + 1, np.int64), np.empty(2 * len(indices), np.int32)
        kernels_lists.symmetric_lists(indptr, indices, whole_indptr, whole)
        return whole_indptr, whole
