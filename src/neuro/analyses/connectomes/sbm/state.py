"""A hierarchy of partitions with the counts its description length needs, kept up to date.

Level 0 groups nodes into blocks; each further level groups the blocks of the level below. The top
level is a single block. Block labels of a level are the items of the next one.
"""

from math import log
from typing import NamedTuple

import numpy as np

from neuro.analyses.connectomes.sbm.graph import Floats, Graph, Ints, Weights
from neuro.analyses.connectomes.sbm.partitions import table
from neuro.stats.compiled import compiled, inner

KINDS: dict[Weights, int] = {
    "none": 0,
    "multigraph": 0,
    "exponential": 1,
    "normal": 2,
    "lognormal": 2,
    "geometric": 3,
}


class Data(NamedTuple):
    """What does not change during a fit."""

    indptr: Ints
    indices: Ints
    parallel: Floats  # edges of each pair, as `Graph.count`
    value: Floats
    degree: Floats
    degree_rank: Ints  # which of the distinct degrees
    kind: int
    degree_corrected: bool
    prior: Floats  # of the normal: mean, its weight, variance, its degrees of freedom
    log_gamma: Floats  # of 0, 1, 2, ...
    log_q: Floats


class State(NamedTuple):
    """Block of each item at each level, and counts between blocks."""

    block: Ints  # (n_levels, n_items)
    size: Floats  # (n_levels, n_blocks): items
    edges: Floats  # (n_levels, n_blocks, n_blocks)
    records: Floats  # the same: edges at level 0, pairs of blocks with an edge above
    total: Floats  # the same: sum of the weights
    squares: Floats  # (n_blocks, n_blocks): at level 0
    half_edges: Floats  # (n_blocks,): sum of degrees at level 0
    degrees: Floats  # (n_blocks, n_distinct): nodes of each degree at level 0
    log_degrees: Floats  # (n_blocks,): sum of the log-factorials of `degrees`
    n_blocks: Floats  # (n_levels,)
    n_pairs: Floats  # (n_levels,): pairs of blocks with an edge


def make_data(graph: Graph, weights: Weights, degree_corrected: bool) -> Data:
    """Arrays of a graph and tables of the functions that a fit evaluates most.

    Parameters
    ----------
    graph : Graph
        The graph.
    weights : str
        Model of the weights.
    degree_corrected : bool
        Whether nodes of a block may differ in degree.

    Returns
    -------
    data : Data
        The arrays.
    """
    degree = graph.degree
    _, rank = np.unique(degree, return_inverse=True)
    n_halves = int(degree.sum())
    value = graph.value
    spread = float(value.var()) or 1.0
    gammas = np.concatenate(([np.inf, 0.0, 0.0], np.cumsum(np.log(np.arange(2, n_halves + 4)))))
    return Data(
        graph.indptr,
        graph.indices,
        graph.count,
        value,
        degree.astype(float),
        rank.astype(np.int64),
        KINDS[weights],
        degree_corrected,
        np.array([value.mean(), 1.0, spread, 3.0]),
        gammas,
        table(n_halves, graph.n_nodes) if degree_corrected else table(1, 1),
    )


def make_state(data: Data, n_levels: int, capacity: int) -> State:
    """Empty counts for at most `capacity` blocks a level; fill them with `rebuild`.

    Parameters
    ----------
    data : Data
        The graph.
    n_levels : int
        Levels, the single block on top included.
    capacity : int
        Most blocks a level may have.

    Returns
    -------
    state : State
        All items in block 0 of each level, counts zero.
    """
    n_nodes = len(data.indptr) - 1
    shape = (n_levels, capacity, capacity)
    return State(
        np.zeros((n_levels, max(n_nodes, capacity)), dtype=np.int64),
        np.zeros((n_levels, capacity)),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros((capacity, capacity)),
        np.zeros(capacity),
        np.zeros((capacity, int(data.degree_rank.max()) + 1)),
        np.zeros(capacity),
        np.zeros(n_levels),
        np.zeros(n_levels),
    )


@compiled
def rebuild(state: State, data: Data) -> None:
    """Count everything anew from `state.block`."""
    for array in (state.edges, state.records, state.total):
        array.fill(0)
    state.squares.fill(0)
    state.size.fill(0)
    state.half_edges.fill(0)
    state.degrees.fill(0)
    state.log_degrees.fill(0)
    n_nodes = len(data.indptr) - 1
    for v in range(n_nodes):
        r = state.block[0, v]
        state.size[0, r] += 1
        _count_degree(state, data, v, r, 1.0)
        for t in range(data.indptr[v], data.indptr[v + 1]):
            if data.indices[t] > v:
                s = state.block[0, data.indices[t]]
                x = data.value[t]
                _count(state, 0, r, s, data.parallel[t], data.parallel[t], x)
                state.squares[r, s] += x * x
                if r != s:
                    state.squares[s, r] += x * x
    for level in range(1, state.block.shape[0]):
        _rebuild_above(state, level)
    for level in range(state.block.shape[0]):
        state.n_blocks[level] = state.n_pairs[level] = 0
        for r in range(state.size.shape[1]):
            state.n_blocks[level] += state.size[level, r] > 0
            for s in range(r + 1):
                state.n_pairs[level] += state.edges[level, r, s] > 0


@inner
def _rebuild_above(state: State, level: int) -> None:
    for i in range(state.size.shape[1]):
        if state.size[level - 1, i] == 0:
            continue
        r = state.block[level, i]
        state.size[level, r] += 1
        for j in range(i, state.size.shape[1]):
            m = state.edges[level - 1, i, j]
            if m > 0:
                s = state.block[level, j]
                _count(state, level, r, s, m, 1.0, state.total[level - 1, i, j])


@inner
def _count(state: State, level: int, r: int, s: int, m: float, c: float, x: float) -> None:
    state.edges[level, r, s] += m
    state.records[level, r, s] += c
    state.total[level, r, s] += x
    if r != s:
        state.edges[level, s, r] += m
        state.records[level, s, r] += c
        state.total[level, s, r] += x


@inner
def _count_degree(state: State, data: Data, v: int, r: int, sign: float) -> None:
    k = data.degree_rank[v]
    if sign < 0:
        state.log_degrees[r] -= log(state.degrees[r, k])
    state.degrees[r, k] += sign
    if sign > 0:
        state.log_degrees[r] += log(state.degrees[r, k])
    state.half_edges[r] += sign * data.degree[v]


@inner
def _add(state: State, level: int, r: int, s: int, m: float, c: float, x: float, stop: int) -> None:
    """Add edges between two blocks, and what follows from it up to the level `stop`.

    There both of the blocks that the edges move between have the same ancestor: all that changes
    is how many pairs of blocks below have an edge.
    """
    for above in range(level, stop):
        old = state.edges[above, r, s]
        _count(state, above, r, s, m, c, x)
        new = state.edges[above, r, s]
        if new == 0:  # no rounding is left behind
            state.total[above, r, s] = 0
            state.total[above, s, r] = 0
        c = (new > 0) * 1.0 - (old > 0) * 1.0
        state.n_pairs[above] += c
        r = state.block[above + 1, r]
        s = state.block[above + 1, s]
    if c != 0:
        _count(state, stop, r, s, 0.0, c, 0.0)


@inner
def shift(state: State, data: Data, level: int, item: int, s: int) -> None:
    """Move an item of a level (below the top) to block `s`; an empty `s` needs its parent set."""
    r = state.block[level, item]
    stop = level + 1
    a, b = state.block[stop, r], state.block[stop, s]
    while a != b:
        stop += 1
        a, b = state.block[stop, a], state.block[stop, b]
    if level == 0:
        _shift_node(state, data, item, r, s, stop)
    else:
        _shift_block(state, level, item, r, s, stop)
    state.block[level, item] = s
    _resize(state, level, s, 1.0)
    _resize(state, level, r, -1.0)


@inner
def _resize(state: State, level: int, r: int, sign: float) -> None:
    """One item more or less in a block, which may make the block appear or vanish."""
    for above in range(level, state.block.shape[0]):
        before = state.size[above, r]
        state.size[above, r] += sign
        if before > 0 and state.size[above, r] > 0:
            return
        state.n_blocks[above] += sign
        if above + 1 < state.block.shape[0]:
            r = state.block[above + 1, r]


@inner
def _shift_node(state: State, data: Data, v: int, r: int, s: int, stop: int) -> None:
    n = state.size.shape[1]
    m, x, xx = np.zeros(n), np.zeros(n), np.zeros(n)
    for t in range(data.indptr[v], data.indptr[v + 1]):
        u = state.block[0, data.indices[t]]
        m[u] += data.parallel[t]
        x[u] += data.value[t]
        xx[u] += data.value[t] ** 2
    for u in range(n):
        if m[u] > 0:
            _add(state, 0, r, u, -m[u], -m[u], -x[u], stop)
            _add(state, 0, s, u, m[u], m[u], x[u], stop)
            state.squares[r, u] -= xx[u]
            state.squares[s, u] += xx[u]
            state.squares[u, r] = state.squares[r, u]
            state.squares[u, s] = state.squares[s, u]
    _count_degree(state, data, v, r, -1.0)
    _count_degree(state, data, v, s, 1.0)


@inner
def _shift_block(state: State, level: int, item: int, r: int, s: int, stop: int) -> None:
    for j in range(state.size.shape[1]):
        m = state.edges[level - 1, item, j]
        if m > 0:
            x = state.total[level - 1, item, j]
            u = state.block[level, j]
            _add(state, level, r, r if j == item else u, -m, -1.0, -x, stop)
            _add(state, level, s, s if j == item else u, m, 1.0, x, stop)
