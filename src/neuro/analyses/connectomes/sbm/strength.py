"""Communities of more strength within than the strengths of their nodes explain.

Weights are quasi-Poisson with the mean s_i s_j times one factor within and another between
communities, s_i being node i's strength: the degree-corrected planted partition,
whose likelihood modularity stands for (Newman 2016, Physical Review E 94:052315). The dispersion
that divides the likelihood is Pearson's (McCullagh & Nelder 1989), and the partition costs its
nats: noise alone gains nothing, so that one community is an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma, log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from neuro.analyses.connectomes.sbm._borrowed import borrowed
from neuro.analyses.connectomes.sbm.graph import (
    Floats,
    Graph,
    Ints,
    build_graph,
    checked_partition,
)
from neuro.analyses.connectomes.sbm.moves import seed_moves, shuffled
from neuro.stats.compiled import compiled, inner

MAX_BLOCKS = 24
PRICES = np.array([0.0, 0.3, 0.6, 1.0])  # of a partition's nats, as the search goes on


class Sums(NamedTuple):
    """What does not change during a search."""

    indptr: Ints
    indices: Ints
    value: Floats
    strength: Floats
    total: float  # of the weights
    dispersion: float
    cost: Floats  # nats of a partition into this many blocks, but for their sizes


@dataclass(frozen=True)
class StrengthBlocks:
    """Communities of strength.

    Attributes
    ----------
    blocks : ndarray, shape (n_nodes,)
        Community of each node, labels 0, 1, ...; all 0 where no partition gains.
    gain : float
        Nats by which they shorten the description, against one community.
    dispersion : float
        Variance of the weights over their mean.
    """

    blocks: Ints
    gain: float
    dispersion: float


def fit_strength(
    adjacency: ArrayLike, *, n_restarts: int = 6, rng: np.random.Generator
) -> StrengthBlocks:
    """Fit assortative communities of strength.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge, zero on the diagonal.
    n_restarts : int
        Searches, each from a random partition.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    communities : StrengthBlocks
        The best found.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight.
    """
    sums = _sums(adjacency)
    n_nodes = len(sums.strength)
    most = min(MAX_BLOCKS, n_nodes)
    seed_moves(int(rng.integers(2**31)))
    best, nats = np.zeros(n_nodes, dtype=np.int64), 0.0
    for _ in range(n_restarts):
        block = rng.integers(0, rng.integers(2, most + 1) if most > 2 else most, n_nodes)
        found = _search(sums, block, most, PRICES)
        if found < nats:
            best, nats = np.unique(block, return_inverse=True)[1], found
    return StrengthBlocks(best, abs(nats), sums.dispersion)


def strength_nats(adjacency: ArrayLike, partitions: Sequence[Ints]) -> Floats:
    """Nats of given communities against a single one.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge, zero on the diagonal.
    partitions : sequence of ndarray, shape (n_nodes,)
        Community of each node.

    Returns
    -------
    nats : ndarray, shape (n_partitions,)
        Negative where communities shorten the description.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight.
    """
    sums = _sums(adjacency)
    named = [checked_partition(one, len(sums.strength)) for one in partitions]
    return np.array([_whole(sums, one, int(one.max()) + 1) for one in named])


def _sums(adjacency: ArrayLike) -> Sums:
    graph = build_graph(adjacency, "exponential")
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    strength: Floats = np.bincount(rows, graph.value, graph.n_nodes).astype(float)
    dispersion = _dispersion(graph, strength)
    total = float(strength.sum()) / 2
    n, blocks = graph.n_nodes, np.arange(1, graph.n_nodes + 1)
    ways = gammaln(n) - gammaln(blocks) - gammaln(n - blocks + 1) + gammaln(n + 1)
    cost = np.concatenate(([0.0], ways + 0.5 * np.log(total / dispersion)))
    return Sums(graph.indptr, graph.indices, graph.value, strength, total, dispersion, cost)


def _dispersion(graph: Graph, strength: Floats) -> float:
    """Pearson's estimate over all pairs of nodes, those without an edge included."""
    n = graph.n_nodes
    mean = np.outer(strength, strength)
    np.fill_diagonal(mean, 0)
    mean *= strength.sum() / mean.sum()
    weights = np.zeros((n, n))
    weights[np.repeat(np.arange(n), np.diff(graph.indptr)), graph.indices] = graph.value
    seen = np.triu(mean > 0, 1)
    squares = (weights[seen] - mean[seen]) ** 2 / mean[seen]
    return float(squares.sum() / max(seen.sum() - n, 1))


@inner
def _nats(sums: Sums, within: float, squares: float, blocks: float, price: float) -> float:
    """Nats against one community, but for the sizes of the blocks.

    `within` is the weight within blocks and `squares` the sum of the blocks' squared strengths.
    Less within than expected counts against a partition as much as more counts for it.
    """
    if blocks == 1:
        return np.inf
    expected = squares / (4 * sums.total)
    between = sums.total - within
    fit = 0.0
    if within > 0:
        fit += within * log(within / expected)
    if between > 0:
        fit += between * log(between / (sums.total - expected))
    if within < expected:
        fit = -fit
    return float(price * sums.cost[int(blocks)] - fit / sums.dispersion)


@inner
def _inside(size: Floats, mass: Floats, weights: Floats) -> tuple[float, float, float]:
    """Weight within blocks, sum of their squared strengths, and their number."""
    within, squares, blocks = 0.0, 0.0, 0.0
    for r in range(len(size)):
        within += 0.5 * weights[r, r]
        squares += mass[r] * mass[r]
        blocks += size[r] > 0
    return within, squares, blocks


@inner
def _counts(sums: Sums, block: Ints, n_blocks: int) -> tuple[Floats, Floats, Floats]:
    """Sizes and strengths of blocks, and weights between them (twice those within)."""
    size, mass = np.zeros(n_blocks), np.zeros(n_blocks)
    weights = np.zeros((n_blocks, n_blocks))
    for v in range(len(block)):
        size[block[v]] += 1
        mass[block[v]] += sums.strength[v]
        for t in range(sums.indptr[v], sums.indptr[v + 1]):
            weights[block[v], block[sums.indices[t]]] += sums.value[t]
    return size, mass, weights


@inner
def _sweep(sums: Sums, block: Ints, n_blocks: int, price: float) -> int:
    """Choose the block of each node once; returns how many moved."""
    size, mass, weights = _counts(sums, block, n_blocks)
    within, squares, blocks = _inside(size, mass, weights)
    to_block = np.zeros(n_blocks)
    moved = 0
    for v in shuffled(np.arange(len(block))):
        r, s = block[v], sums.strength[v]
        to_block.fill(0)
        for t in range(sums.indptr[v], sums.indptr[v + 1]):
            to_block[block[sums.indices[t]]] += sums.value[t]
        size[r] -= 1
        mass[r] -= s
        within -= to_block[r]
        squares -= s * s + 2 * s * mass[r]
        blocks -= size[r] == 0
        best, q, new = np.inf, r, size[r] == 0
        for k in range(n_blocks):
            to = r if k == 0 else k - 1 if k <= r else k  # where it was comes first and wins ties
            if size[to] == 0 and to != r:
                if new:
                    continue  # one block without members is as good as another
                new = True
            larger = squares + s * s + 2 * s * mass[to]
            nats = _nats(sums, within + to_block[to], larger, blocks + (size[to] == 0), price)
            nats -= price * log(size[to] + 1)
            if nats < best:
                best, q = nats, to
        within += to_block[q]
        squares += s * s + 2 * s * mass[q]
        blocks += size[q] == 0
        size[q] += 1
        mass[q] += s
        block[v] = q
        moved += int(q != r)
    return moved


@compiled
def _whole(sums: Sums, block: Ints, n_blocks: int) -> float:
    size, mass, weights = _counts(sums, block, n_blocks)
    within, squares, blocks = _inside(size, mass, weights)
    if blocks == 1:
        return 0.0
    nats = _nats(sums, within, squares, blocks, 1.0)
    for n in size:
        nats -= lgamma(n + 1)
    return nats


@inner
def _merge(sums: Sums, block: Ints, n_blocks: int, price: float) -> bool:
    """Merge the two blocks that gain most by it, if any do."""
    size, mass, weights = _counts(sums, block, n_blocks)
    within, squares, blocks = _inside(size, mass, weights)
    best, pair = _nats(sums, within, squares, blocks, price) - 1e-9, (-1, -1)
    for r in range(n_blocks):
        for s in range(r):
            if size[r] > 0 and size[s] > 0:
                larger = squares + 2 * mass[r] * mass[s]
                nats = _nats(sums, within + weights[r, s], larger, blocks - 1, price)
                members = lgamma(size[r] + 1) + lgamma(size[s] + 1)
                nats += price * (members - lgamma(size[r] + size[s] + 1))
                if nats < best:
                    best, pair = nats, (r, s)
    if pair[0] < 0:
        return False
    for v in range(len(block)):
        if block[v] == pair[0]:
            block[v] = pair[1]
    return True


@compiled
def _search(sums: Sums, block: Ints, n_blocks: int, prices: Floats) -> float:
    """Settle and merge in turn; changes the partition in place, returns its nats."""
    sums = borrowed(sums)
    for price in prices:
        while True:
            for _ in range(20):
                if _sweep(sums, block, n_blocks, price) == 0:
                    break
            if not _merge(sums, block, n_blocks, price):
                break
    return _whole(sums, block, n_blocks)
