"""Weights with a popularity of each node within and another between communities.

The value of an edge is the mean of its layer (within a community or between two) plus the
popularities of both ends in this layer plus normal noise. The two popularities of a node have a
joint normal prior: where they agree, nodes merely differ in strength; where they do not, a node's
preference tells its community. It is the weighted kin of the popularity-adjusted block model
(Sengupta & Chen 2018, Journal of the Royal Statistical Society B 80:365-386).
"""

from math import log, pi
from typing import NamedTuple

import numpy as np

from neuro.analyses.connectomes.sbm._borrowed import borrowed
from neuro.analyses.connectomes.sbm.flat import move_nats
from neuro.analyses.connectomes.sbm.graph import Floats, Ints
from neuro.analyses.connectomes.sbm.moves import empty_block, pick, shuffled
from neuro.analyses.connectomes.sbm.state import Data, State, shift
from neuro.stats.compiled import compiled, inner

FLOOR = 1e-6


class Layers(NamedTuple):
    """Parameters of both layers, 0 within and 1 between communities."""

    popularity: Floats  # (2, n_nodes)
    sums: Floats  # (2, n_nodes): of values less the mean and the other end's popularity
    counts: Floats  # (2, n_nodes): edges, each as much as its precision
    mean: Floats  # (2,)
    noise: Floats  # (2,): variance at precision 1
    prior: Floats  # (2, 2): covariance of a node's two popularities
    precision: Floats  # (2 * n_edges,): of each edge, relative, with a geometric mean of 1


@inner
def solve(layers: Layers, n0: float, n1: float, s0: float, s1: float) -> tuple[float, ...]:
    """Posterior of one node's popularities from the counts and sums of its edges.

    Returns
    -------
    a0, a1 : float
        Its popularity within and between.
    nats : float
        What they and their uncertainty add to half the sum of squares over the noise.
    v0, v1, v01 : float
        Their posterior variances and covariance.
    """
    c00, c11, c01 = layers.prior[0, 0], layers.prior[1, 1], layers.prior[0, 1]
    det = c00 * c11 - c01 * c01
    p00 = c11 / det + n0 / layers.noise[0]
    p11 = c00 / det + n1 / layers.noise[1]
    p01 = -c01 / det
    h0, h1 = s0 / layers.noise[0], s1 / layers.noise[1]
    d = p00 * p11 - p01 * p01
    a0 = (p11 * h0 - p01 * h1) / d
    a1 = (p00 * h1 - p01 * h0) / d
    nats = 0.5 * log(d * det) - 0.5 * (a0 * h0 + a1 * h1)
    return a0, a1, nats, p11 / d, p00 / d, -p01 / d


@inner
def means(layers: Layers, n0: float, n1: float, s0: float, s1: float) -> tuple[float, float]:
    """The popularities of `solve` alone, which most calls need."""
    c00, c11, c01 = layers.prior[0, 0], layers.prior[1, 1], layers.prior[0, 1]
    noise0, noise1 = layers.noise[0], layers.noise[1]
    det = c00 * c11 - c01 * c01
    p00, p11, p01 = c11 / det + n0 / noise0, c00 / det + n1 / noise1, -c01 / det
    d = (p00 * p11 - p01 * p01) * noise0 * noise1
    return (p11 * s0 * noise1 - p01 * s1 * noise0) / d, (p00 * s1 * noise0 - p01 * s0 * noise1) / d


@inner
def refit(layers: Layers, data: Data, block: Ints, v: int) -> None:
    """Popularities of one node given all others."""
    for c in range(2):
        layers.sums[c, v] = layers.counts[c, v] = 0.0
    for t in range(data.indptr[v], data.indptr[v + 1]):
        j = data.indices[t]
        c = 0 if block[j] == block[v] else 1
        w = layers.precision[t]
        layers.sums[c, v] += w * (data.value[t] - layers.mean[c] - layers.popularity[c, j])
        layers.counts[c, v] += w
    _settle(layers, v)


@inner
def _settle(layers: Layers, v: int) -> None:
    n, s = layers.counts[:, v], layers.sums[:, v]
    found = means(layers, n[0], n[1], s[0], s[1])
    layers.popularity[0, v] = found[0]
    layers.popularity[1, v] = found[1]


@inner
def _evidence_by_block(
    layers: Layers, data: Data, block: Ints, v: int, by_block: Floats, everywhere: Floats
) -> None:
    """Counts, sums and squares of a node's residuals per block, as if within and as if between.

    The popularity of a neighbour is that without this edge: it would else speak for things to stay
    as they are.
    """
    by_block.fill(0)
    everywhere.fill(0)
    for t in range(data.indptr[v], data.indptr[v + 1]):
        j, x, w = data.indices[t], data.value[t], layers.precision[t]
        c = 0 if block[j] == block[v] else 1
        n, total = layers.counts[:, j], layers.sums[:, j]
        own = w * (x - layers.mean[c] - layers.popularity[c, v])
        first, second = (w, 0.0) if c == 0 else (0.0, w)
        s0, s1 = (own, 0.0) if c == 0 else (0.0, own)
        found = means(layers, n[0] - first, n[1] - second, total[0] - s0, total[1] - s1)
        within = x - layers.mean[0] - found[0]
        between = x - layers.mean[1] - found[1]
        row = by_block[block[j]]
        row[0] += w
        row[1] += w * within
        row[2] += w * within * within
        row[3] += w * between
        row[4] += w * between * between
        row[5] += 1
    for row in by_block:
        for z in range(6):
            everywhere[z] += row[z]


@inner
def _nats_in(layers: Layers, row: Floats, everywhere: Floats) -> float:
    """Nats of a node's weights were it in the block of this row."""
    n0, n1 = row[0], everywhere[0] - row[0]
    nats = solve(layers, n0, n1, row[1], everywhere[3] - row[3])[2]
    nats += 0.5 * row[2] / layers.noise[0] + 0.5 * (everywhere[4] - row[4]) / layers.noise[1]
    n_within, n_between = row[5], everywhere[5] - row[5]
    nats += 0.5 * (n_within * log(layers.noise[0]) + n_between * log(layers.noise[1]))
    return float(nats)


@inner
def sweep_popularity(state: State, data: Data, layers: Layers, beta: float) -> int:
    """Choose the block of each node once, by edges and weights; returns how many moved."""
    n_blocks = state.size.shape[1]
    by_block, everywhere = np.zeros((n_blocks, 6)), np.zeros(6)
    options, nats = np.zeros(n_blocks + 1, dtype=np.int64), np.zeros(n_blocks + 1)
    level = len(state.block) - 2  # 0; compiled code would be made anew for the constant
    moved = 0
    for v in shuffled(np.arange(len(data.indptr) - 1)):
        r = state.block[0, v]
        _evidence_by_block(layers, data, state.block[0], v, by_block, everywhere)
        new = empty_block(state, level, r) if state.size[0, r] > 1 else -1
        n = 0
        for s in range(n_blocks):
            if state.size[0, s] > 0 or s == new:
                nats[n] = move_nats(state, data, v, s, by_block[:, 5])
                nats[n] += _nats_in(layers, by_block[s], everywhere)
                options[n] = s
                n += 1
        s = options[pick(nats, n, beta)]
        if s != r:
            moved += 1
            shift(state, data, level, v, s)
            _hand_over(layers, data, state.block[0], v, r, s)
        refit(layers, data, state.block[0], v)
    return moved


@inner
def _hand_over(layers: Layers, data: Data, block: Ints, v: int, r: int, s: int) -> None:
    """Edges of a node that moved from block r to s change layer at the other end too."""
    for t in range(data.indptr[v], data.indptr[v + 1]):
        j, x, w = data.indices[t], data.value[t], layers.precision[t]
        if block[j] == r or block[j] == s:
            old = 0 if block[j] == r else 1
            new = 1 - old
            layers.sums[old, j] -= w * (x - layers.mean[old] - layers.popularity[old, v])
            layers.counts[old, j] -= w
            layers.sums[new, j] += w * (x - layers.mean[new] - layers.popularity[new, v])
            layers.counts[new, j] += w
            _settle(layers, j)


@inner
def update(layers: Layers, data: Data, block: Ints) -> float:
    """Refit all popularities, then means, noise and prior; returns the nats of the weights.

    The uncertainty of each node is taken given all others (mean field).
    """
    n_nodes = len(data.indptr) - 1
    spread, nats = np.zeros((2, 2)), 0.0
    unsure = np.zeros((2, n_nodes))
    for v in range(n_nodes):
        refit(layers, data, block, v)
        n, s = layers.counts[:, v], layers.sums[:, v]
        a0, a1, own, v0, v1, v01 = solve(layers, n[0], n[1], s[0], s[1])
        spread[0, 0] += (a0 * a0 + v0) / n_nodes
        spread[1, 1] += (a1 * a1 + v1) / n_nodes
        spread[0, 1] += (a0 * a1 + v01) / n_nodes
        unsure[0, v], unsure[1, v] = v0, v1
        half = 0.5 * (a0 * s[0] / layers.noise[0] + a1 * s[1] / layers.noise[1])
        nats += own + half + _prior_nats(layers, a0, a1)
    nats += _settle_noise(layers, data, block, unsure)
    _set_prior(layers, spread)
    return nats


@inner
def _settle_noise(layers: Layers, data: Data, block: Ints, unsure: Floats) -> float:
    """Means and noise from what the popularities leave; returns the nats of it before."""
    edges, rest, mass, squares, nats = np.zeros(2), np.zeros(2), np.zeros(2), 0.0, 0.0
    for v in range(len(data.indptr) - 1):
        for t in range(data.indptr[v], data.indptr[v + 1]):
            j, w = data.indices[t], layers.precision[t]
            c = 0 if block[j] == block[v] else 1
            left = data.value[t] - layers.mean[c]
            left -= layers.popularity[c, v] + layers.popularity[c, j]
            edges[c] += 0.5
            mass[c] += 0.5 * w
            rest[c] += 0.5 * w * left
            squares += 0.5 * w * (left * left + unsure[c, v] + unsure[c, j])
            nats += 0.25 * w * left * left / layers.noise[c]
    for c in range(2):
        nats += 0.5 * edges[c] * log(2 * pi * layers.noise[c])
        if edges[c] > 0:
            layers.mean[c] += rest[c] / mass[c]
    layers.noise.fill(max(squares / (edges[0] + edges[1]), FLOOR))
    return nats


@inner
def _prior_nats(layers: Layers, a0: float, a1: float) -> float:
    c00, c11, c01 = layers.prior[0, 0], layers.prior[1, 1], layers.prior[0, 1]
    det = c00 * c11 - c01 * c01
    return float(0.5 * (a0 * a0 * c11 + a1 * a1 * c00 - 2 * a0 * a1 * c01) / det)


@inner
def _set_prior(layers: Layers, spread: Floats) -> None:
    """Covariance of the popularities, kept away from perfect correlation."""
    c00, c11 = max(spread[0, 0], FLOOR), max(spread[1, 1], FLOOR)
    most = 0.98 * np.sqrt(c00 * c11)
    c01 = min(max(spread[0, 1], -most), most)
    layers.prior[0, 0], layers.prior[1, 1] = c00, c11
    layers.prior[0, 1] = layers.prior[1, 0] = c01


@compiled
def settle(layers: Layers, data: Data, block: Ints, n_rounds: int) -> float:
    """Several updates; returns the nats of the last."""
    layers, data = borrowed(layers), borrowed(data)
    nats = 0.0
    for _ in range(n_rounds):
        nats = update(layers, data, block)
    return nats


@compiled
def anneal(state: State, data: Data, layers: Layers, betas: Floats) -> float:
    """Sweeps at these inverse temperatures, until none moves at the infinite one."""
    state, data, layers = borrowed(state), borrowed(data), borrowed(layers)
    nats = settle(layers, data, state.block[0], 4)
    for beta in betas:
        moved = sweep_popularity(state, data, layers, beta)
        nats = update(layers, data, state.block[0])
        if moved == 0 and not np.isfinite(beta):
            break
    return nats
