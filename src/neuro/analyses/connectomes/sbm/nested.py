"""Nested weighted stochastic block model: the hierarchy with the shortest description.

Each restart agglomerates the nodes to ever fewer blocks, builds the levels above each of these
partitions in the same way, takes the best hierarchy and refines it by moves of single items,
merges, splits and new splits at all levels, each judged by its exact change of the whole
description length (Peixoto 2014, Physical Review X 4:011047; 2020, Physical Review E 102:012305).
"""

from dataclasses import dataclass
from math import ceil, log2

import numpy as np
from numpy.typing import ArrayLike

from neuro.analyses.connectomes.sbm.agglomerate import agglomerate
from neuro.analyses.connectomes.sbm.energy import constant_nats, total_nats
from neuro.analyses.connectomes.sbm.graph import Ints, Weights, build_graph
from neuro.analyses.connectomes.sbm.moves import refine, seed_moves
from neuro.analyses.connectomes.sbm.state import Data, State, make_data, make_state, rebuild

MAX_START_BLOCKS = 300
LADDER_RATIO = (0.7, 0.5)  # of nodes and of blocks, as the next
LADDER_TRIES = (6, 4)
MAX_SWEPT = (32, 8)  # blocks of a partition whose items are moved
N_TRIES = 6
MAX_ROUNDS = 30


@dataclass(frozen=True)
class NestedBlocks:
    """A hierarchy of partitions.

    Attributes
    ----------
    levels : list of ndarray, shape (n_nodes,)
        Block of each node at each level, from the finest to a single block, labels 0, 1, ...
    description_length : float
        Nats of the graph, its weights and the hierarchy.
    weights : str
        Model of the weights.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.
    """

    levels: list[Ints]
    description_length: float
    weights: Weights
    degree_corrected: bool


def fit(
    adjacency: ArrayLike,
    *,
    weights: Weights = "exponential",
    degree_corrected: bool = True,
    nested: bool = True,
    n_restarts: int = 1,
    rng: np.random.Generator,
) -> NestedBlocks:
    """Fit a stochastic block model by minimum description length.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights, zero where there is no edge, zero on the diagonal.
    weights : {'exponential', 'normal', 'lognormal', 'geometric', 'multigraph', 'none'}
        Model of the weights given the edges; `multigraph` takes them for numbers of parallel
        edges, `none` ignores them.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.
    nested : bool
        Whether the numbers of edges between blocks are themselves described by blocks.
    n_restarts : int
        Searches, of which the shortest description is kept.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    blocks : NestedBlocks
        The hierarchy.

    Raises
    ------
    ValueError
        If the adjacency is malformed or does not suit the weights, or `n_restarts` is not
        positive.
    """
    if n_restarts < 1:
        raise ValueError(f"n_restarts must be at least 1. Got {n_restarts}")
    graph = build_graph(adjacency, weights)
    data = make_data(graph, weights, degree_corrected)
    best: tuple[float, list[Ints]] | None = None
    for seed in rng.integers(2**31, size=n_restarts):
        found = _search(data, nested, int(seed))
        if best is None or found[0] < best[0]:
            best = found
    assert best is not None
    nats = best[0] + constant_nats(data) + graph.log_jacobian
    return NestedBlocks(_projected(best[1], graph.n_nodes), nats, weights, degree_corrected)


def _search(data: Data, nested: bool, seed: int) -> tuple[float, list[Ints]]:
    """One restart: nats (without constants) and the block of each item of each level."""
    seed_moves(seed)
    n_nodes = len(data.indptr) - 1
    flat = make_state(data, 2, min(n_nodes, MAX_START_BLOCKS))
    starts = [([partition], nats) for partition, nats in zip(*_ladder(flat, data, 0), strict=True)]
    found = [_stacked(data, *start) if nested else start[::-1] for start in starts]
    best = min(found, key=lambda hierarchy: hierarchy[0])
    n_levels = 2 if not nested else 2 + ceil(log2(n_nodes) / 2)
    most = len(np.unique(best[1][0]))
    state = make_state(data, n_levels, min(n_nodes, 2 * most + 16))
    for level, partition in enumerate(best[1][: n_levels - 1]):
        state.block[level, : len(partition)] = partition
    rebuild(state, data)
    return _refined(state, data)


def _ladder(state: State, data: Data, level: int) -> tuple[list[Ints], list[float]]:
    """Partitions of a level's items of ever fewer blocks, labels 0, 1, ..., and their nats."""
    n_items = len(data.indptr) - 1 if level == 0 else int(state.n_blocks[level - 1])
    ladder = np.zeros((60, state.block.shape[1]), dtype=np.int64)
    nats = np.zeros(len(ladder))
    kind = min(level, 1)
    ratio, n_tries, most = LADDER_RATIO[kind], LADDER_TRIES[kind], MAX_SWEPT[kind]
    n_steps = agglomerate(state, data, level, ratio, n_tries, most, ladder, nats)
    steps = [np.unique(step[:n_items], return_inverse=True)[1] for step in ladder[:n_steps]]
    return steps, nats[:n_steps].tolist()


def _stacked(data: Data, below: list[Ints], flat: float) -> tuple[float, list[Ints]]:
    """Best hierarchy on top of given levels, whose nats under a single block are known."""
    n_blocks = int(below[-1].max()) + 1
    level = len(below)
    if n_blocks <= 2:
        return flat, below
    state = make_state(data, level + 2, max(int(below[0].max()) + 1, 2))
    for k, partition in enumerate(below):
        state.block[k, : len(partition)] = partition
    rebuild(state, data)
    steps, costs = _ladder(state, data, level)
    chosen = int(np.argmin(costs))
    if steps[chosen].max() == 0 or costs[chosen] >= flat:
        return flat, below
    return _stacked(data, [*below, steps[chosen]], costs[chosen])


def _refined(state: State, data: Data) -> tuple[float, list[Ints]]:
    """Nats and levels after moves at all levels."""
    refine(state, data, MAX_ROUNDS, N_TRIES)
    items = np.arange(len(data.indptr) - 1)
    levels = []
    for level in range(len(state.block)):
        labels, partition = np.unique(state.block[level, items], return_inverse=True)
        levels.append(partition)
        items = labels
        if len(labels) == 1:
            break
    return total_nats(state, data), levels


def _projected(partitions: list[Ints], n_nodes: int) -> list[Ints]:
    """Block of each node at each level, the single block on top included."""
    levels = [partitions[0]]
    for partition in partitions[1:]:
        levels.append(partition[levels[-1]])
    if levels[-1].max() > 0:
        levels.append(np.zeros(n_nodes, dtype=np.int64))
    return levels
