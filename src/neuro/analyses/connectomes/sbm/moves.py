"""Moves of a search: one item, a merge of two blocks, a split of one, a new split of two."""

from math import exp

import numpy as np

from neuro.analyses.connectomes.sbm._borrowed import borrowed
from neuro.analyses.connectomes.sbm.energy import local_nats
from neuro.analyses.connectomes.sbm.graph import Floats, Ints
from neuro.analyses.connectomes.sbm.state import Data, State, shift
from neuro.stats.compiled import compiled, inner

MIN_GAIN = 1e-7  # less is rounding
MIN_ROUND = 1e-3  # nats for which another round is worth it


@compiled
def seed_moves(seed: int) -> None:
    """Seed the random numbers of the compiled moves, which are not NumPy's."""
    np.random.seed(seed)  # noqa: NPY002


@inner
def filled(size: Floats) -> Ints:
    """Blocks that have members."""
    blocks, n = np.empty(len(size), dtype=np.int64), 0
    for r in range(len(size)):
        if size[r] > 0:
            blocks[n] = r
            n += 1
    return blocks[:n]


@inner
def shuffled(items: Ints) -> Ints:
    """The same items in random order."""
    order = items.copy()
    for k in range(len(order)):
        other = np.random.randint(k, len(order))  # noqa: NPY002
        order[k], order[other] = order[other], order[k]
    return order


@inner
def items_of(state: State, data: Data, level: int) -> Ints:
    """Items of a level: the nodes, or the blocks below that have members."""
    if level == 0:
        return np.arange(len(data.indptr) - 1)
    return filled(state.size[level - 1])


@inner
def change(state: State, data: Data, level: int, item: int, s: int) -> float:
    """Move an item, and say by how many nats the description length has changed."""
    r = state.block[level, item]
    if r == s:
        return 0.0
    before = local_nats(state, data, level, r, s)
    shift(state, data, level, item, s)
    return local_nats(state, data, level, r, s) - before


@inner
def empty_block(state: State, level: int, r: int) -> int:
    """A block without members beside block r, or -1 where there is no room."""
    if level + 1 >= state.block.shape[0]:
        return -1
    for s in range(state.size.shape[1]):
        if state.size[level, s] == 0:
            state.block[level + 1, s] = state.block[level + 1, r]
            return s
    return -1


@inner
def candidates(
    state: State, data: Data, level: int, item: int, items: Ints, n_tries: int, out: Ints
) -> int:
    """Blocks an item may move to: all, or those around its neighbours where they are many."""
    n = 0
    if state.n_blocks[level] <= n_tries:
        for s in range(state.size.shape[1]):
            if state.size[level, s] > 0:
                out[n] = s
                n += 1
        return n
    for k in range(n_tries):
        other = items[np.random.randint(len(items))]  # noqa: NPY002
        if level == 0 and k % 3 > 0:
            other = item
            for _ in range(k % 3):
                low, high = data.indptr[other], data.indptr[other + 1]
                if high > low:
                    other = data.indices[np.random.randint(low, high)]  # noqa: NPY002
        out[n] = state.block[level, other]
        n += 1
    return n


@inner
def pick(gains: Floats, n: int, beta: float) -> int:
    """Index of one of n changes in nats: by heat bath, or the smallest for infinite beta."""
    best = 0
    for k in range(n):
        if gains[k] < gains[best]:
            best = k
    if not np.isfinite(beta):
        return best
    mass = 0.0
    for k in range(n):
        mass += exp(-beta * (gains[k] - gains[best]))
    left = np.random.random() * mass  # noqa: NPY002
    for k in range(n):
        left -= exp(-beta * (gains[k] - gains[best]))
        if left <= 0:
            return k
    return best


@inner
def sweep(state: State, data: Data, level: int, n_tries: int, grow: bool) -> float:
    """Move each item of a level where it gains most, in random order; returns the change in nats.

    Only with `grow` may blocks appear or vanish.
    """
    items = items_of(state, data, level)
    options = np.empty(max(n_tries, state.size.shape[1]) + 1, dtype=np.int64)
    total = 0.0
    for item in shuffled(items):
        r = state.block[level, item]
        alone = state.size[level, r] == 1
        if alone and not grow:
            continue
        n = candidates(state, data, level, item, items, n_tries, options)
        if grow and not alone:
            options[n] = empty_block(state, level, r)
            n += 1
        best, to = -MIN_GAIN, r
        for s in options[:n]:
            if s == r or s < 0:
                continue
            gain = change(state, data, level, item, s)
            shift(state, data, level, item, r)
            if gain < best:
                best, to = gain, s
        if to != r:
            shift(state, data, level, item, to)
            total += best
    return total


@inner
def members(state: State, data: Data, level: int, r: int, s: int) -> Ints:
    """Items in one of two blocks."""
    items, n = items_of(state, data, level), 0
    for item in items:
        if state.block[level, item] == r or state.block[level, item] == s:
            items[n] = item
            n += 1
    return items[:n]


@inner
def merge(state: State, data: Data, level: int, r: int, s: int) -> float:
    """Put all items of block r into s where that shortens the description; returns the change."""
    before = local_nats(state, data, level, r, s)
    moved = members(state, data, level, r, r)
    for item in moved:
        shift(state, data, level, item, s)
    gain = local_nats(state, data, level, r, s) - before
    if gain < -MIN_GAIN:
        return gain
    for item in moved:
        shift(state, data, level, item, r)
    return 0.0


@inner
def split(state: State, data: Data, level: int, r: int, s: int, n_sweeps: int) -> float:
    """Deal the items of two blocks (one may be empty) anew; keep it where it gains."""
    before = local_nats(state, data, level, r, s)
    dealt = members(state, data, level, r, s)
    old = np.empty_like(dealt)
    for k in range(len(dealt)):
        old[k] = state.block[level, dealt[k]]
    for k, item in enumerate(shuffled(dealt)):
        to = r if k == 0 else s if k == 1 or np.random.random() < 0.5 else r  # noqa: NPY002
        if state.block[level, item] != to:
            shift(state, data, level, item, to)
    for _ in range(n_sweeps):
        total = 0.0
        for item in dealt:
            here = state.block[level, item]
            if state.size[level, here] == 1:
                continue
            gain = change(state, data, level, item, r + s - here)
            if gain < 0:
                total += gain
            else:
                shift(state, data, level, item, here)
        if total > -MIN_GAIN:
            break
    gain = local_nats(state, data, level, r, s) - before
    if gain < -MIN_GAIN:
        return gain
    for k in range(len(dealt)):
        if state.block[level, dealt[k]] != old[k]:
            shift(state, data, level, dealt[k], old[k])
    return 0.0


@inner
def merge_split(state: State, data: Data, level: int, n_tries: int) -> float:
    """For each block a few merges, one split and one new split with another block."""
    total = 0.0
    blocks = filled(state.size[level])
    for r in shuffled(blocks):
        for s in shuffled(blocks)[:n_tries]:
            if s != r and state.size[level, r] > 0 and state.size[level, s] > 0:
                total += merge(state, data, level, r, s)
        if state.size[level, r] < 2:
            continue
        s = empty_block(state, level, r)
        if s >= 0:
            total += split(state, data, level, r, s, 4)
        s = blocks[np.random.randint(len(blocks))]  # noqa: NPY002
        if s != r and state.size[level, s] > 0:
            total += split(state, data, level, r, s, 4)
    return total


@compiled
def refine(state: State, data: Data, max_rounds: int, n_tries: int) -> float:
    """Moves at all levels for as long as they gain; returns the change in nats."""
    state, data = borrowed(state), borrowed(data)
    grow = max_rounds > 0  # compiled code would be made twice, for this constant and the other
    total = 0.0
    for _ in range(max_rounds):
        gain = 0.0
        for level in range(state.block.shape[0] - 1):
            gain += sweep(state, data, level, n_tries, grow)
            gain += merge_split(state, data, level, n_tries)
        total += gain
        if gain > -MIN_ROUND:
            break
    return total
