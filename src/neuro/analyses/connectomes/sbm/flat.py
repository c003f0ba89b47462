"""Change of the description length of edges under a single block, without making the move.

It is what `moves.change` finds by moving and counting, for the degree-corrected model of two levels
and no weights: planted communities ask for it at each node and each block.
"""

from math import log

from neuro.analyses.connectomes.sbm.energy import LOG_2, gammaln, log_binomial
from neuro.analyses.connectomes.sbm.graph import Floats
from neuro.analyses.connectomes.sbm.partitions import log_partitions
from neuro.analyses.connectomes.sbm.state import Data, State
from neuro.stats.compiled import compiled, inner


@inner
def _factorials(table: Floats, old: float, new: float) -> float:
    return gammaln(table, old + 1) - gammaln(table, new + 1)


@inner
def _blocks_nats(data: Data, n_blocks: float, n_edges: float) -> float:
    """Nats that depend on the number of blocks alone."""
    table = data.log_gamma
    n_nodes = len(data.indptr) - 1
    places = n_blocks * (n_blocks + 1) / 2
    nats = log_binomial(table, n_nodes - 1.0, n_blocks - 1) + log(n_blocks)
    return nats + log_binomial(table, places + n_edges - 1, n_edges)


@compiled
def move_nats(state: State, data: Data, v: int, s: int, to_block: Floats) -> float:
    """Nats that moving a node to block s would add.

    Parameters
    ----------
    state : State
        Two levels.
    data : Data
        The graph.
    v, s : int
        The node and the block, which may be empty.
    to_block : ndarray, shape (n_blocks,)
        Edges of the node to each block.

    Returns
    -------
    nats : float
        The change of the description length.
    """
    r = state.block[0, v]
    if r == s:
        return 0.0
    table, edges = data.log_gamma, state.edges[0]
    nats = -LOG_2 * (to_block[s] - to_block[r])
    nats += _factorials(table, edges[r, r], edges[r, r] - to_block[r])
    nats += _factorials(table, edges[s, s], edges[s, s] + to_block[s])
    nats += _factorials(table, edges[r, s], edges[r, s] + to_block[r] - to_block[s])
    for u in range(len(to_block)):
        if to_block[u] > 0 and u != r and u != s:
            nats += _factorials(table, edges[r, u], edges[r, u] - to_block[u])
            nats += _factorials(table, edges[s, u], edges[s, u] + to_block[u])
    k, rank = data.degree[v], data.degree_rank[v]
    for b, sign in ((r, -1.0), (s, 1.0)):
        n, halves = state.size[0, b], state.half_edges[b]
        nats -= _factorials(table, halves, halves + sign * k)
        nats += log_partitions(data.log_q, halves + sign * k, n + sign)
        nats -= log_partitions(data.log_q, halves, n)
    nats += log(state.degrees[r, rank]) - log(state.degrees[s, rank] + 1)
    more = (state.size[0, s] == 0) * 1.0 - (state.size[0, r] == 1) * 1.0
    if more != 0:
        n_edges = state.edges[1, 0, 0]
        old = state.n_blocks[0]
        nats += _blocks_nats(data, old + more, n_edges) - _blocks_nats(data, old, n_edges)
    return float(nats)
