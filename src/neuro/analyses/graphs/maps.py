"""Feature maps of a network: what each node is like, by name."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs import centrality, cycles
from neuro.analyses.graphs.builder import Network

Floats = NDArray[np.float64]

MEASURES: dict[str, tuple[str, Callable[[Network, int], Any]]] = {
    "degree": ("degree", lambda net, _: net.graph.degree),
    "strength": ("weighted degree", lambda net, _: net.strength),
    "signed_degree": ("signed degree", lambda net, _: net.positive - net.negative),
    "cycles3": ("3-cycles", lambda net, n: cycles.triangles(net.graph, n)),
    "cycles4": ("4-cycles", lambda net, n: cycles.squares(net.graph, n)),
    "clustering": ("clustering", lambda net, _: cycles.clustering(net.graph)),
    "eigenvector": (
        "eigenvector centrality",
        lambda net, _: centrality.eigenvector_centrality(net.graph),
    ),
    "pagerank": ("PageRank", lambda net, _: centrality.pagerank(net.graph)),
    "core": ("core number", lambda net, _: centrality.core_numbers(net.graph)),
    "local_efficiency": (
        "local efficiency",
        lambda net, _: centrality.local_efficiency(net.graph),
    ),
}
"""Title of each measure, and how it is had."""


def feature_maps(
    network: Network, measures: Sequence[str], n_threads: int = 1
) -> dict[str, Floats]:
    """Maps of a network.

    Parameters
    ----------
    network : Network
        Of :func:`neuro.analyses.graphs.stream.networks`.
    measures : sequence of str
        Names of :data:`MEASURES`.
    n_threads : int
        Threads.

    Returns
    -------
    maps : dict of str to ndarray, shape (n_nodes,)
        By name.

    Raises
    ------
    ValueError
        If a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> signals = neuro.graphs.standardize(np.random.default_rng(0).standard_normal((50, 40)))
    >>> (network,) = neuro.graphs.networks(signals, [neuro.graphs.Density(0.1)])
    >>> maps = neuro.graphs.feature_maps(network, ["degree", "clustering"])
    >>> int(maps["degree"].sum()) == 2 * network.graph.n_edges
    True
    """
    if unknown := sorted(set(measures) - set(MEASURES)):
        raise ValueError(f"measures: {unknown} unknown; allowed: {sorted(MEASURES)}")
    return {
        name: np.asarray(MEASURES[name][1](network, n_threads), dtype=np.float64)
        for name in measures
    }
