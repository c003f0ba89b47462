"""Communities of a motif's graph: nested weighted block models, the shortest description wins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.connectomes.sbm.graph import Weights
from neuro.analyses.connectomes.sbm.nested import fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MODELS: tuple[tuple[Weights, bool], ...] = (
    ("normal", False),
    ("normal", True),
    ("lognormal", False),
    ("lognormal", True),
)
"""Weights' distribution, and whether degrees are corrected for, of the models that compete.

Not the exponential: loadings within a community are alike, which an exponential cannot say, and
it then describes them by ever more blocks, down to single neurons.
"""


@dataclass(frozen=True)
class Communities:
    """Communities of one motif's graph.

    Parameters
    ----------
    levels : ndarray of int, shape (n_levels, n_neurons)
        Block of each neuron, finest level first; neurons without any edge have -1.
    chosen : int
        The level chosen without ground truth.
    labels : ndarray of int, shape (n_neurons,)
        Community of each neuron: blocks of the chosen level whose neurons are bound to each other
        more than the graph's neurons are on average, numbered from 0 by size; -1 for neurons of
        other blocks, which merely surround the communities.
    confidence : ndarray, shape (n_neurons,)
        Mean share of the other neurons that restarts put with it, or apart from it, as here.
    description_length : float
        Of the best restart, nats.
    model : str
        The model that described the graph best, for the methods text.
    """

    levels: Ints
    chosen: int
    labels: Ints
    confidence: Floats
    description_length: float
    model: str


Finder = Callable[[Floats, np.random.Generator], Communities]
"""From a graph (n_neurons, n_neurons) to its communities."""


def block_communities(
    adjacency: Floats, rng: np.random.Generator, *, n_restarts: int = 8
) -> Communities:
    """Fit every model of :data:`MODELS`; keep the hierarchy with the shortest description.

    Parameters
    ----------
    adjacency : ndarray, shape (n_neurons, n_neurons)
        Symmetric, non-negative, zero diagonal. Neurons without edges belong to no community.
    rng : Generator
        Random numbers.
    n_restarts : int
        Searches with the best model, which make the confidence.

    Returns
    -------
    communities : Communities
        At all levels; the finest is the one chosen, since the description length itself decides
        how fine it is.
    """
    n = len(adjacency)
    linked = np.flatnonzero(adjacency.any(0))
    levels = np.full((1, n), -1, dtype=np.int64)
    if len(linked) < 3:
        levels[0, linked] = 0
        return Communities(levels, 0, levels[0], np.ones(n), 0.0, "too few neurons for a model")
    graph = adjacency[np.ix_(linked, linked)]
    first = [
        fit(graph, weights=weights, degree_corrected=corrected, rng=rng)
        for weights, corrected in MODELS
    ]
    best = min(first, key=lambda found: found.description_length)
    runs = [best] + [
        fit(graph, weights=best.weights, degree_corrected=best.degree_corrected, rng=rng)
        for _ in range(n_restarts - 1)
    ]
    best = min(runs, key=lambda found: found.description_length)
    levels = np.full((len(best.levels), n), -1, dtype=np.int64)
    levels[:, linked] = np.stack(best.levels)
    confidence = np.ones(n)
    confidence[linked] = _agreement(best.levels[0], [run.levels[0] for run in runs])
    corrected = "degree-corrected" if best.degree_corrected else "not degree-corrected"
    model = f"{best.weights} weights, {corrected}"
    labels = cohesive(adjacency, levels[0])
    return Communities(levels, 0, labels, confidence, best.description_length, model)


def cohesive(adjacency: Floats, blocks: Ints) -> Ints:
    """Keep the blocks whose mean affinity within is above that of all pairs.

    Parameters
    ----------
    adjacency : ndarray, shape (n_neurons, n_neurons)
        Symmetric, zero diagonal.
    blocks : ndarray of int, shape (n_neurons,)
        Block of each neuron, -1 for none.

    Returns
    -------
    labels : ndarray of int, shape (n_neurons,)
        0 for the largest block that is kept, and so on; -1 for none.
    """
    n = len(adjacency)
    overall = adjacency.sum() / (n * (n - 1))
    kept: list[Ints] = []
    for block in np.unique(blocks[blocks >= 0]):
        members = np.flatnonzero(blocks == block)
        size = len(members)
        within = adjacency[np.ix_(members, members)].sum() / max(1, size * (size - 1))
        if within > overall:
            kept.append(members)
    labels = np.full(n, -1, dtype=np.int64)
    for label, members in enumerate(sorted(kept, key=lambda m: (-len(m), m[0]))):
        labels[members] = label
    return labels


def _agreement(labels: Ints, runs: list[Ints]) -> Floats:
    """Per node, share of the others that runs put with it, or apart from it, as `labels` do."""
    together = labels[:, None] == labels
    same = [together == (run[:, None] == run) for run in runs]
    # A node always agrees with itself.
    agreement: Floats = (np.mean(same, axis=0).sum(1) - 1) / (len(labels) - 1)
    return agreement
