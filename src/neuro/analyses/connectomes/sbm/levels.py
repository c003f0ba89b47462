"""A partition without a truth: which level of a hierarchy, and what several partitions agree on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from neuro.analyses.connectomes.sbm.graph import Floats, Ints
from neuro.analyses.connectomes.sbm.planted import describe
from neuro.analyses.connectomes.sbm.strength import strength_nats

MAX_ROUNDS = 100


def two_views(adjacency: ArrayLike, partitions: Sequence[Ints]) -> Floats:
    """How well partitions alone describe a graph in two views of it.

    The weights of the edges that there are, given the popularities of their nodes and the transform
    that suits the partition best (`planted.describe`), and the strengths within, edges that there
    are not included (`strength.strength_nats`). A view sees nothing of what the other goes by. As
    both are of the same weights the sum is no description length but a composite likelihood (Varin,
    Reid & Firth 2011, Statistica Sinica 21:5-42): it ranks partitions.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge.
    partitions : sequence of ndarray, shape (n_nodes,)
        Block of each node.

    Returns
    -------
    nats : ndarray, shape (n_partitions,)
        The sum of both, smallest for the best partition.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight.
    """
    return describe(adjacency, partitions) + strength_nats(adjacency, partitions)


def choose_level(adjacency: ArrayLike, levels: Sequence[Ints]) -> int:
    """The level that describes the graph best were it the only one.

    The finest level always wins under the nested model itself, for which the coarser ones are
    priors. The rule asks instead which level alone `two_views` prefer.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge.
    levels : sequence of ndarray, shape (n_nodes,)
        Block of each node at each level, from the finest.

    Returns
    -------
    level : int
        Index into `levels`.

    Raises
    ------
    ValueError
        If there is no level, or the adjacency is malformed.
    """
    if not levels:
        raise ValueError("Levels must not be empty")
    return int(np.argmin(two_views(adjacency, levels)))


def consensus(partitions: Sequence[Ints]) -> tuple[Ints, Floats]:
    """The partition that several agree with most, and how much each node belongs to its block.

    Two nodes attract each other by how much more often than in half of the partitions they share a
    block. The partition of the largest sum of attractions within blocks (the median partition under
    Mirkin's distance) is sought by moves of single nodes from each of the partitions given.

    Parameters
    ----------
    partitions : sequence of ndarray, shape (n_nodes,)
        Partitions of the same nodes, of whatever labels.

    Returns
    -------
    blocks : ndarray, shape (n_nodes,)
        The consensus, labels 0, 1, ... by falling size.
    agreement : ndarray, shape (n_nodes,)
        Mean share of the partitions in which a node is with the others of its block; 1 for a node
        alone.

    Raises
    ------
    ValueError
        If there is no partition, or their lengths differ.
    """
    if not partitions:
        raise ValueError("Consensus needs at least one partition. Got none")
    if len({len(partition) for partition in partitions}) > 1:
        raise ValueError(
            "Partitions must be of the same nodes. "
            f"Got lengths {[len(partition) for partition in partitions]}"
        )
    together = np.mean([np.equal.outer(one, one) for one in partitions], axis=0)
    attraction = together - 0.5
    np.fill_diagonal(attraction, 0)
    found = [_settled(attraction, np.asarray(one)) for one in partitions]
    best = max(found, key=lambda one: float(attraction[np.equal.outer(one, one)].sum()))
    blocks = _by_size(best)
    same = np.equal.outer(blocks, blocks) & ~np.eye(len(blocks), dtype=bool)
    others = same.sum(axis=1)
    mean = (together * same).sum(axis=1) / np.maximum(others, 1)
    return blocks, np.where(others > 0, mean, 1.0)


def _settled(attraction: Floats, start: Ints) -> Ints:
    """Move each node to the block that attracts it most (or one of its own) until none moves."""
    n = len(start)
    blocks: Ints = np.unique(start, return_inverse=True)[1]
    for _ in range(MAX_ROUNDS):
        moved = False
        for v in range(n):
            pull = np.bincount(blocks, attraction[v], minlength=n + 1)
            unused = int(np.setdiff1d(np.arange(n + 1), blocks)[0])
            best = int(np.argmax(pull)) if pull.max() > 0 else unused
            if pull[best] > pull[blocks[v]] + 1e-12:
                blocks[v] = best
                moved = True
        if not moved:
            break
    return blocks


def _by_size(blocks: Ints) -> Ints:
    """Labels 0, 1, ... by falling size, among equals by the first node."""
    _, first, labels, sizes = np.unique(
        blocks, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.argsort(np.lexsort((first, -sizes)))
    named: Ints = rank[labels]
    return named
