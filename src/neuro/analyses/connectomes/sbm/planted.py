"""Communities told apart by within and between alone: weights with popularities of nodes.

Values are Box-Cox transforms of the weights (Box & Cox 1964), whose exponent is chosen by the
evidence as well. Edges follow the degree-corrected block model. The nats of both and of all
parameters make a description length of the same data as that of the nested model: the smaller of
the two wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.vq import kmeans2
from scipy.linalg import cho_factor, cho_solve

from neuro.analyses.connectomes.sbm.energy import constant_nats, total_nats
from neuro.analyses.connectomes.sbm.graph import (
    Floats,
    Graph,
    Ints,
    build_graph,
    checked_partition,
)
from neuro.analyses.connectomes.sbm.moves import seed_moves
from neuro.analyses.connectomes.sbm.popularity import Layers, anneal, settle
from neuro.analyses.connectomes.sbm.state import Data, State, make_data, make_state, rebuild

EXPONENTS = (0.0, 0.25, 0.5, 1.0)
MAX_BLOCKS = 24
N_PARAMETERS = 7  # two means, noise and its slope, three of the prior
N_BINS = 10
N_SETTLE = 12  # updates of the popularities of fixed communities
FROM_CHANCE = np.concatenate((np.linspace(0.1, 1.5, 14), np.full(20, np.inf)))
FROM_GUESS = np.concatenate((np.linspace(0.7, 1.5, 5), np.full(20, np.inf)))


@dataclass(frozen=True)
class PlantedBlocks:
    """Communities and their description length.

    Attributes
    ----------
    blocks : ndarray, shape (n_nodes,)
        Community of each node, labels 0, 1, ...
    description_length : float
        Nats of the graph, its weights, the communities and the parameters.
    exponent : float
        Of the Box-Cox transform of the weights, 0 for the logarithm.
    """

    blocks: Ints
    description_length: float
    exponent: float


def transformed(graph: Graph, exponent: float) -> Graph:
    """Box-Cox transform of positive weights over their geometric mean.

    Parameters
    ----------
    graph : Graph
        A graph with the weights' logarithms as values.
    exponent : float
        0 keeps the logarithm.

    Returns
    -------
    graph : Graph
        The same edges with transformed values.
    """
    logs = graph.value - graph.value.mean()
    value = logs if exponent == 0 else np.expm1(exponent * logs) / exponent
    jacobian = float((graph.value - exponent * logs).sum() / 2)
    return replace(graph, value=value, log_jacobian=jacobian)


def fit_planted(
    adjacency: ArrayLike,
    *,
    starts: Sequence[Ints] = (),
    n_restarts: int = 4,
    rng: np.random.Generator,
) -> PlantedBlocks:
    """Fit communities with popularities of nodes by minimum description length.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights, zero where there is no edge, zero on the diagonal.
    starts : sequence of ndarray, shape (n_nodes,)
        Partitions to start from beside those found from the spectrum and by chance.
    n_restarts : int
        Starts from the spectrum, and as many by chance.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    communities : PlantedBlocks
        The best found.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight, or a start is not of its nodes.
    """
    logs = build_graph(adjacency, "lognormal")
    seed_moves(int(rng.integers(2**31)))
    whole = np.zeros(logs.n_nodes, dtype=np.int64)
    exponent = _best_exponent(logs, whole)
    data = _data(logs, exponent)
    precision = _precision(data, whole)
    named = [checked_partition(start, logs.n_nodes) for start in starts]
    guesses = [start for start in named if start.max() < MAX_BLOCKS]
    guesses += _spectral_starts(data, n_restarts, rng)
    found = [_climb(data, precision, guess, FROM_GUESS) for guess in [whole, *guesses]]
    for _ in range(n_restarts):
        chance = rng.integers(0, rng.integers(2, 7), logs.n_nodes)
        found.append(_climb(data, precision, chance, FROM_CHANCE))
    blocks = min(found, key=lambda one: one[0])[1]
    ranked = [one for _, one in sorted(found, key=lambda one: one[0])[:3]]
    exponent = _best_exponent(logs, blocks)
    data = _data(logs, exponent)
    precision = _precision(data, blocks)
    again = [_climb(data, precision, one, FROM_GUESS)[1] for one in ranked]
    nats, best = min(
        ((describe(adjacency, one, exponent), k) for k, one in enumerate([*again, blocks]))
    )
    return PlantedBlocks([*again, blocks][best], nats, exponent)


def describe(adjacency: ArrayLike, blocks: Ints, exponent: float) -> float:
    """Description length of given communities, the popularities integrated out exactly.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric positive weights.
    blocks : ndarray, shape (n_nodes,)
        Community of each node.
    exponent : float
        Of the Box-Cox transform.

    Returns
    -------
    nats : float
        The description length.

    Raises
    ------
    ValueError
        If the adjacency is malformed or has a negative weight, or `blocks` are not of its nodes.
    """
    logs = build_graph(adjacency, "lognormal")
    data = _data(logs, exponent)
    blocks = checked_partition(blocks, logs.n_nodes)
    state, layers = _start(data, blocks, _precision(data, blocks))
    settle(layers, data, state.block[0], N_SETTLE)
    edges = total_nats(state, data) + constant_nats(data)
    cost = 0.5 * N_PARAMETERS * np.log(len(data.value) / 2) + np.log(len(EXPONENTS))
    jacobian = transformed(logs, exponent).log_jacobian
    return float(edges + _exact_nats(data, layers, state.block[0]) + cost + jacobian)


def _exact_nats(data: Data, layers: Layers, block: Ints) -> float:
    """Minus log evidence of the values under the fitted means, noises and prior."""
    n = len(data.indptr) - 1
    rows = np.repeat(np.arange(n), np.diff(data.indptr))
    layer = (block[rows] != block[data.indices]).astype(int)
    left = data.value - layers.mean[layer]
    precision = np.kron(np.linalg.inv(layers.prior), np.eye(n))
    at, to = layer * n + rows, layer * n + data.indices
    noise = layers.noise[layer] / layers.precision
    np.add.at(precision, (at, at), 1 / noise)
    np.add.at(precision, (at, to), 1 / noise)
    pull = np.bincount(at, left / noise, minlength=2 * n)
    factor = cho_factor(precision, lower=True)
    log_det = 2 * np.log(np.diagonal(factor[0])).sum() + n * np.linalg.slogdet(layers.prior)[1]
    scatter = (left**2 / noise + np.log(2 * np.pi * noise)).sum() / 2
    return float(0.5 * (scatter + log_det - pull @ cho_solve(factor, pull)))


def _data(logs: Graph, exponent: float) -> Data:
    """Arrays whose edges count for the block model, and whose values for the popularities."""
    return make_data(transformed(logs, exponent), "none", True)


def _start(data: Data, blocks: Ints, precision: Floats | None = None) -> tuple[State, Layers]:
    n_nodes = len(blocks)
    state = make_state(data, 2, max(min(MAX_BLOCKS, n_nodes), int(blocks.max()) + 1))
    state.block[0, :n_nodes] = blocks
    rebuild(state, data)
    spread = float(data.value.var()) / 2 + 1e-6
    layers = Layers(
        np.zeros((2, n_nodes)),
        np.zeros((2, n_nodes)),
        np.zeros((2, n_nodes)),
        np.full(2, data.value.mean()),
        np.full(2, spread),
        np.array([[1.0, 0.5], [0.5, 1.0]]) * spread,
        np.ones(len(data.value)) if precision is None else precision,
    )
    return state, layers


def _precision(data: Data, blocks: Ints) -> Floats:
    """Relative precision of each edge, as far as the noise grows or falls with the fitted value.

    The slope is that of the log mean squares of the residuals over bins of the fitted values.
    """
    state, layers = _start(data, blocks)
    settle(layers, data, state.block[0], N_SETTLE)
    fitted, left = _fitted(data, layers, blocks)
    order = np.array_split(np.argsort(fitted, kind="stable"), N_BINS)
    at = [float(fitted[part].mean()) for part in order if len(part)]
    log_squares = [float(np.log((left[part] ** 2).mean() + 1e-12)) for part in order if len(part)]
    slope = float(np.polyfit(at, log_squares, 1)[0]) if np.ptp(at) > 0 else 0.0
    exponent = np.clip(-slope * (fitted - fitted.mean()), -4, 4)
    precision: Floats = np.exp(exponent - exponent.mean())
    return precision


def _fitted(data: Data, layers: Layers, blocks: Ints) -> tuple[Floats, Floats]:
    rows = np.repeat(np.arange(len(blocks)), np.diff(data.indptr))
    layer = (blocks[rows] != blocks[data.indices]).astype(int)
    a = layers.popularity
    fitted = layers.mean[layer] + a[layer, rows] + a[layer, data.indices]
    return fitted, data.value - fitted


def _climb(data: Data, precision: Floats, guess: Ints, betas: Floats) -> tuple[float, Ints]:
    """Approximate nats and communities found from a guess."""
    state, layers = _start(data, guess, precision)
    nats = anneal(state, data, layers, betas) + total_nats(state, data)
    blocks: Ints = np.unique(state.block[0, : len(guess)], return_inverse=True)[1]
    return nats, blocks


def _best_exponent(logs: Graph, blocks: Ints) -> float:
    """The exponent under which the weights are most probable given communities."""
    nats = []
    for exponent in EXPONENTS:
        data = _data(logs, exponent)
        state, layers = _start(data, blocks, _precision(data, blocks))
        cost = settle(layers, data, state.block[0], N_SETTLE)
        nats.append(cost + transformed(logs, exponent).log_jacobian)
    return EXPONENTS[int(np.argmin(nats))]


def _spectral_starts(data: Data, n_starts: int, rng: np.random.Generator) -> list[Ints]:
    """Clusters of nodes by the strongest eigenvectors of what one popularity does not explain."""
    state, layers = _start(data, np.zeros(len(data.indptr) - 1, dtype=np.int64))
    settle(layers, data, state.block[0], N_SETTLE)
    n = len(data.indptr) - 1
    rows = np.repeat(np.arange(n), np.diff(data.indptr))
    residual = np.zeros((n, n))
    fitted = layers.mean[0] + layers.popularity[0, rows] + layers.popularity[0, data.indices]
    residual[rows, data.indices] = data.value - fitted
    values, vectors = np.linalg.eigh(residual)
    strongest = np.argsort(-np.abs(values))[:4]
    features = vectors[:, strongest] * np.sqrt(np.abs(values[strongest]))
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    counts = [min(k, n) for k in range(2, 2 + n_starts)]
    return [kmeans2(features, k, minit="++", seed=rng)[1].astype(np.int64) for k in counts]
