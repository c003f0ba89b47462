"""Description length of a given hierarchy, written out plainly.

The search keeps its own counts; this is the same length from the labels alone, for hierarchies
from elsewhere, and to hold the search's arithmetic against.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from neuro.analyses.connectomes.sbm.energy import normal_nats
from neuro.analyses.connectomes.sbm.graph import (
    Floats,
    Graph,
    Ints,
    Weights,
    build_graph,
    checked_partition,
)
from neuro.analyses.connectomes.sbm.partitions import log_partitions, table
from neuro.analyses.connectomes.sbm.state import KINDS, make_data


def description_length(
    adjacency: ArrayLike,
    levels: Sequence[Ints],
    *,
    weights: Weights = "exponential",
    degree_corrected: bool = True,
) -> float:
    """Nats of a graph, its weights and a hierarchy of blocks.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights, zero where there is no edge, zero on the diagonal.
    levels : sequence of ndarray, shape (n_nodes,)
        Block of each node at each level, from the finest; a single block is put on top where the
        last level has more.
    weights : str
        Model of the weights, as in `fit`.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.

    Returns
    -------
    nats : float
        The description length.

    Raises
    ------
    ValueError
        If the adjacency is malformed, or a level does not group the one below.
    """
    graph = build_graph(adjacency, weights)
    steps = _steps(levels, graph.n_nodes)
    edges, total, squares = _block_sums(graph, steps[0])
    nats = graph.log_jacobian + float(gammaln(graph.count + 1).sum() / 2)
    nats += _node_nats(graph.degree, steps[0], degree_corrected) + _partition_nats(steps[0])
    some = np.triu(edges) > 0
    nats -= float(gammaln(edges[some] + 1).sum() + np.log(2) * np.diagonal(edges).sum())
    kind = KINDS[weights]
    if kind == 2:
        prior = make_data(graph, weights, degree_corrected).prior
        rows = zip(edges[some], total[some], squares[some], strict=True)
        nats += sum(normal_nats(*row, prior) for row in rows)
    if kind not in (1, 3):
        return nats + _above(edges, None, kind, steps)
    nats += float(_records(kind, edges[some], total[some]).sum())
    nats += float(_records(kind, np.array([some.sum()]), np.array([total[some].sum()]))[0])
    return nats + _above(edges, total, kind, steps)


def _steps(levels: Sequence[Ints], n_nodes: int) -> list[Ints]:
    """Block of each item (nodes, then blocks) at each level, a single block on top."""
    steps: list[Ints] = []
    below: Ints = np.arange(n_nodes)
    for number, level in enumerate([*levels, np.zeros(n_nodes, dtype=np.int64)]):
        labels = checked_partition(level, n_nodes)
        step = np.zeros(int(below.max()) + 1, dtype=np.int64)
        step[below] = labels
        if not np.array_equal(step[below], labels):
            raise ValueError(f"Level {number} must group the blocks of level {number - 1} whole")
        steps.append(step)
        below = labels
        if number > 0 and labels.max() == 0:
            break
    return steps


def _block_sums(graph: Graph, block: Ints) -> tuple[Floats, Floats, Floats]:
    """Edges, sums and sums of squares of the weights between blocks; a block's own seen once."""
    n = int(block.max()) + 1
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    sums = []
    for what in (graph.count, graph.value, graph.value**2):
        matrix = np.zeros((n, n))
        np.add.at(matrix, (block[rows], block[graph.indices]), what)
        sums.append(matrix - np.diag(np.diagonal(matrix)) / 2)
    return sums[0], sums[1], sums[2]


def _node_nats(degree: Ints, block: Ints, degree_corrected: bool) -> float:
    """Which half-edges of a block are whose, and for degree correction how many each node has."""
    nats = 0.0
    for r in range(int(block.max()) + 1):
        mine = degree[block == r]
        halves = int(mine.sum())
        if not degree_corrected:
            nats += halves * float(np.log(len(mine)))
            continue
        known = log_partitions(table(int(degree.sum()), len(degree)), halves, len(mine))
        nats += float(gammaln(halves + 1) - gammaln(mine + 1).sum()) + known
        nats += float(gammaln(len(mine) + 1) - gammaln(np.bincount(mine) + 1).sum())
    return nats


def _partition_nats(step: Ints) -> float:
    sizes = np.bincount(step)
    n, b = len(step), len(sizes)
    ways = gammaln(n) - gammaln(b) - gammaln(n - b + 1) + gammaln(n + 1)
    return float(ways - gammaln(sizes + 1).sum() + np.log(n))


def _records(kind: int, n: Floats, total: Floats) -> Floats:
    """Nats of n records given their sum: exponential (1) or geometric (3)."""
    if kind == 1:
        several: Floats = np.where(n > 1, (n - 1) * np.log(total) - gammaln(n), 0.0)
        return several
    ways: Floats = gammaln(n + total) - gammaln(total + 1) - gammaln(n)
    return ways


def _above(edges: Floats, total: Floats | None, kind: int, steps: list[Ints]) -> float:
    """Nats of the numbers of edges between blocks, and of the sums of weights, level by level."""
    nats = 0.0
    for step in steps[1:]:
        nats += _partition_nats(step)
        n = int(step.max()) + 1
        i, j = np.nonzero(np.triu(edges))
        at = np.minimum(step[i], step[j]), np.maximum(step[i], step[j])
        records, counts, sums = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
        np.add.at(records, at, 1)
        np.add.at(counts, at, edges[i, j])
        if total is not None:
            np.add.at(sums, at, total[i, j])
        size = np.bincount(step)
        places = np.outer(size, size) - np.diag(size * (size - 1) // 2)
        some = counts > 0
        m = counts[some]
        nats += float((gammaln(places[some] + m) - gammaln(places[some]) - gammaln(m + 1)).sum())
        if total is not None:
            nats += float(_records(kind, records[some], sums[some]).sum())
            total = sums
        edges = counts
    return nats
