"""Description length of a hierarchy in nats, whole or the part that a move can change.

Degree-corrected or not: Peixoto 2017, Physical Review E 95:012317; nested: Peixoto 2014, Physical
Review X 4:011047; weights: Peixoto 2018, Physical Review E 97:012306. Records (weights) of level 0
and the sums of each level above follow the microcanonical exponential or geometric distribution;
the normal's mean and variance are integrated out under their conjugate prior.
"""

from math import lgamma, log, pi

from neuro.analyses.connectomes.sbm.graph import Floats
from neuro.analyses.connectomes.sbm.partitions import log_partitions
from neuro.analyses.connectomes.sbm.state import Data, State
from neuro.stats.compiled import compiled, inner

LOG_2 = log(2.0)


@inner
def gammaln(table: Floats, z: float) -> float:
    """Logarithm of the gamma function of a whole number, from the table where it reaches."""
    if z < len(table):
        return float(table[int(z)])
    return lgamma(z)


@inner
def log_binomial(table: Floats, n: float, k: float) -> float:
    """Logarithm of the ways to choose k of n."""
    if k <= 0 or k >= n:
        return 0.0
    return gammaln(table, n + 1) - gammaln(table, k + 1) - gammaln(table, n - k + 1)


@compiled
def normal_nats(n: float, x: float, xx: float, prior: Floats) -> float:
    """Minus log evidence of normal values, under a normal-inverse-gamma prior."""
    m0, k0, v0, d0 = prior[0], prior[1], prior[2], prior[3]
    spread = max(xx - x * x / n, 0.0)
    dn = d0 + n
    vn = v0 * d0 + spread + n * k0 / (k0 + n) * (m0 - x / n) ** 2
    likelihood = lgamma(dn / 2) - lgamma(d0 / 2) + 0.5 * log(k0 / (k0 + n)) - n / 2 * log(pi)
    return float(dn / 2 * log(vn) - d0 / 2 * log(d0 * v0) - likelihood)


@inner
def records_nats(table: Floats, kind: int, n: float, x: float) -> float:
    """Nats of n records given their sum."""
    if n <= 1 or kind == 0 or kind == 2:
        return 0.0
    if kind == 1:
        return (n - 1) * log(x) - gammaln(table, n)
    return log_binomial(table, n - 1 + x, x)


@inner
def pair_nats(
    table: Floats, kind: int, prior: Floats, m: float, c: float, x: float, xx: float, places: float
) -> float:
    """Nats of m > 0 edges between two blocks, and of their c records with sum x.

    Arguments are plain numbers, as passing whole states makes up most of such a call's time.
    `places` is the number of pairs of items above level 0, where edges may be parallel; at level 0
    it is 0, or -1 within a block.
    """
    if places > 0:
        return log_binomial(table, places + m - 1, m) + records_nats(table, kind, c, x)
    nats = -gammaln(table, m + 1) + places * m * LOG_2
    if kind == 2:
        return nats + normal_nats(m, x, xx, prior)
    return nats + records_nats(table, kind, m, x)


@inner
def pairs_of(state: State, data: Data, level: int, r: int, skip: int) -> float:
    """Nats of all pairs of block r with itself or another, but for block `skip` if there is one."""
    table, kind, prior = data.log_gamma, data.kind, data.prior
    edges, total = state.edges[level, r], state.total[level, r]
    records, squares, size = state.records[level, r], state.squares[r], state.size[level]
    nats = 0.0
    for t in range(len(edges)):
        m = edges[t]
        if m == 0 or t == skip:
            continue
        places = 0.0 if r != t else -1.0
        if level > 0:
            places = size[r] * size[t] if r != t else size[r] * (size[r] + 1) / 2
        nats += pair_nats(table, kind, prior, m, records[t], total[t], squares[t], places)
    return nats


@inner
def block_term(state: State, data: Data, level: int, r: int) -> float:
    """Nats of a block's members, and at level 0 of their degrees."""
    n = state.size[level, r]
    if n == 0:
        return 0.0
    if level > 0:
        return -gammaln(data.log_gamma, n + 1)
    halves = state.half_edges[r]
    if data.degree_corrected:  # the members' orders cancel
        known = log_partitions(data.log_q, halves, n)
        nats = gammaln(data.log_gamma, halves + 1) + known - state.log_degrees[r]
    else:
        nats = halves * log(n) - gammaln(data.log_gamma, n + 1)
    return float(nats)


@inner
def level_terms(state: State, data: Data) -> float:
    """Nats that depend on the numbers of blocks and of pairs of blocks with edges alone."""
    table = data.log_gamma
    n = float(len(data.indptr) - 1)
    nats = 0.0
    for level in range(len(state.n_blocks)):
        blocks = state.n_blocks[level]
        nats += log_binomial(table, n - 1, blocks - 1) + gammaln(table, n + 1) + log(n)
        n = blocks
        if n == 1:
            break
    if data.kind == 1 or data.kind == 3:
        top = len(state.n_blocks) - 1
        nats += records_nats(data.log_gamma, data.kind, state.n_pairs[0], state.total[top, 0, 0])
    return nats


@inner
def row_terms(state: State, data: Data, level: int, r: int, s: int) -> float:
    """Nats of all pairs that one of two blocks is part of, and of the blocks."""
    nats = block_term(state, data, level, r) + pairs_of(state, data, level, r, state.size.shape[1])
    if s != r:
        nats += block_term(state, data, level, s) + pairs_of(state, data, level, s, r)
    return nats


@inner
def local_nats(state: State, data: Data, level: int, r: int, s: int) -> float:
    """The part of the description length that moving items between two blocks can change."""
    nats = level_terms(state, data)
    for above in range(level, state.block.shape[0]):
        nats += row_terms(state, data, above, r, s)
        if r == s:
            break
        r, s = state.block[above + 1, r], state.block[above + 1, s]
    return nats


@compiled
def total_nats(state: State, data: Data) -> float:
    """The description length, but for what no partition changes (`constant_nats`)."""
    nats = level_terms(state, data)
    for level in range(state.block.shape[0]):
        for r in range(state.size.shape[1]):
            if state.size[level, r] == 0:
                continue
            # Each pair of two blocks is seen from both, a block's own edges once.
            twice = pairs_of(state, data, level, r, r)
            own = pairs_of(state, data, level, r, state.size.shape[1]) - twice
            nats += block_term(state, data, level, r) + own + twice / 2
    return nats


@compiled
def constant_nats(data: Data) -> float:
    """What no partition changes: the orders of parallel edges and of each node's half-edges."""
    nats = 0.0
    for m in data.parallel:
        nats += 0.5 * gammaln(data.log_gamma, m + 1)
    if data.degree_corrected:
        for k in data.degree:
            nats -= gammaln(data.log_gamma, k + 1)
    return nats
