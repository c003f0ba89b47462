"""Agglomeration of one level under a single block: from one block an item down to one in all."""

import numpy as np

from neuro.analyses.connectomes.sbm._borrowed import borrowed
from neuro.analyses.connectomes.sbm.energy import gammaln, pair_nats, row_terms, total_nats
from neuro.analyses.connectomes.sbm.graph import Floats, Ints
from neuro.analyses.connectomes.sbm.moves import filled, items_of, members, sweep
from neuro.analyses.connectomes.sbm.partitions import log_partitions
from neuro.analyses.connectomes.sbm.state import Data, State, rebuild, shift
from neuro.stats.compiled import compiled, inner

Merges = tuple[Ints, Ints, Floats]


@inner
def _merged_block(state: State, data: Data, level: int, r: int, s: int) -> float:
    n = state.size[level, r] + state.size[level, s]
    table = data.log_gamma
    if level > 0:
        return -gammaln(table, n + 1)
    halves = state.half_edges[r] + state.half_edges[s]
    if not data.degree_corrected:
        return float(halves * np.log(n) - gammaln(table, n + 1))
    nats = gammaln(table, halves + 1) + log_partitions(data.log_q, halves, n)
    for k in range(state.degrees.shape[1]):
        nats -= gammaln(table, state.degrees[r, k] + state.degrees[s, k] + 1)
    return nats


@inner
def _merged_pairs(state: State, data: Data, level: int, r: int, s: int, blocks: Ints) -> float:
    """Nats of the edges of r and s as one block, among themselves and with all others."""
    table, kind, prior = data.log_gamma, data.kind, data.prior
    edges, total, size = state.edges[level], state.total[level], state.size[level]
    records, squares = state.records[level], state.squares
    n = size[r] + size[s]
    nats = 0.0
    for t in blocks:
        m = edges[r, t] + edges[s, t]
        if t == r:
            m += edges[s, s]
        if t == s or m == 0:
            continue
        c, x, xx = records[r, t] + records[s, t], total[r, t] + total[s, t], 0.0
        if kind == 2:
            xx = squares[r, t] + squares[s, t]
        places = 0.0 if level == 0 else n * size[t]
        if t == r:
            c, x, xx = c + records[s, s], x + total[s, s], xx + squares[s, s]
            places = -1.0 if level == 0 else n * (n + 1) / 2
        nats += pair_nats(table, kind, prior, m, c, x, xx, places)
    return nats


@inner
def _best_merges(state: State, data: Data, level: int, n_tries: int, row: Floats) -> Merges:
    """Blocks, the best partner of each among some tried, and the change in nats."""
    blocks = filled(state.size[level])
    gains = np.empty(len(blocks))
    gains.fill(np.inf)
    partner = blocks.copy()
    for k in range(len(blocks)):
        r = blocks[k]
        between = _pairs_with(state, data, level, r, blocks)
        for trial in range(min(n_tries, len(blocks))):
            other = trial if n_tries >= len(blocks) else np.random.randint(len(blocks))  # noqa: NPY002
            s = blocks[other]
            if s == r:
                continue
            gain = _merged_block(state, data, level, r, s) - row[r] - row[s]
            gain += _merged_pairs(state, data, level, r, s, blocks) + between[s]
            if gain < gains[k]:
                gains[k] = gain
                partner[k] = s
    return blocks, partner, gains


@inner
def _pairs_with(state: State, data: Data, level: int, r: int, blocks: Ints) -> Floats:
    """Nats of the edges between block r and each other, which two rows share."""
    nats = np.zeros(state.size.shape[1])
    size = state.size[level]
    for t in blocks:
        m = state.edges[level, r, t]
        if m > 0 and t != r:
            places = 0.0 if level == 0 else size[r] * size[t]
            c, x, xx = state.records[level, r, t], state.total[level, r, t], state.squares[r, t]
            nats[t] = pair_nats(data.log_gamma, data.kind, data.prior, m, c, x, xx, places)
    return nats


@inner
def _row_terms(state: State, data: Data, level: int) -> Floats:
    nats = np.zeros(state.size.shape[1])
    for r in range(len(nats)):
        if state.size[level, r] > 0:
            nats[r] = row_terms(state, data, level, r, r)
    return nats


@inner
def _merge_to(state: State, data: Data, level: int, target: int, n_tries: int) -> None:
    """Merge the best pairs of blocks until `target` are left."""
    while state.n_blocks[level] > target:
        rows = _row_terms(state, data, level)
        blocks, partner, gains = _best_merges(state, data, level, n_tries, rows)
        touched = np.zeros(state.size.shape[1])
        for _ in range(len(blocks)):
            k = np.argmin(gains)
            r, s = blocks[k], partner[k]
            if gains[k] == np.inf or state.n_blocks[level] <= target:
                break
            gains[k] = np.inf
            if touched[r] + touched[s] > 0:
                continue  # the gain is no longer what it was
            touched[r] = touched[s] = 1
            for item in members(state, data, level, r, r):
                shift(state, data, level, item, s)


@compiled
def separate(state: State, data: Data, level: int) -> float:
    """Each item of a level in a block of its own, all blocks in one above; returns the nats."""
    state, data = borrowed(state), borrowed(data)
    items = items_of(state, data, level)
    for k in range(len(items)):
        state.block[level, items[k]] = k
    for above in range(level + 1, state.block.shape[0]):
        state.block[above].fill(0)
    rebuild(state, data)
    return total_nats(state, data)


@compiled
def agglomerate(
    state: State, data: Data, level: int, target: int, n_tries: int, max_swept: int
) -> float:
    """Merge the blocks of a level until few are left, then move its items.

    Parameters
    ----------
    state : State
        A hierarchy whose blocks of the level are all in one block above.
    data : Data
        The graph.
    level : int
        Level below the top.
    target : int
        Blocks to keep.
    n_tries : int
        Partners tried for each block, and blocks tried for each item.
    max_swept : int
        With more blocks left, no items are moved.

    Returns
    -------
    nats : float
        The description length, but for constants.
    """
    state, data = borrowed(state), borrowed(data)
    _merge_to(state, data, level, target, n_tries)
    if target <= max_swept:
        sweep(state, data, level, n_tries, target < 1)
    return total_nats(state, data)
