"""Graphs of regions: the measures that need all paths, through networkx."""

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs import centrality, cycles
from neuro.analyses.graphs.storage import Graph

Floats = NDArray[np.float64]

MOST_NODES = 1500
"""With more, networkx takes minutes."""


def as_networkx(graph: Graph) -> Any:
    """The graph as networkx has it."""
    peer = nx.empty_graph(graph.n)
    indptr, indices = graph.adjacency()
    rows = np.repeat(np.arange(graph.n), np.diff(indptr))
    later = rows < indices
    peer.add_edges_from(zip(rows[later].tolist(), indices[later].tolist(), strict=True))
    return peer


def modules_of(graph: Graph, seed: int) -> NDArray[np.int64]:
    """Louvain's modules, numbered by their size (Blondel et al. 2008), shape (n,)."""
    found = nx.community.louvain_communities(as_networkx(graph), seed=seed)
    label = np.zeros(graph.n, np.int64)
    for k, module in enumerate(sorted(found, key=lambda nodes: (-len(nodes), min(nodes)))):
        label[list(module)] = k
    return label


def node_measures(graph: Graph, modules: NDArray[np.int64]) -> dict[str, Floats]:
    """Closeness, betweenness, local efficiency and participation of each node.

    Raises
    ------
    ValueError
        If there are more than :data:`MOST_NODES` nodes.
    """
    if graph.n > MOST_NODES:
        raise ValueError(f"measures of all paths take at most {MOST_NODES} nodes, got {graph.n}")
    peer = as_networkx(graph)
    return {
        "closeness": np.array(list(nx.closeness_centrality(peer).values())),
        "betweenness": np.array(list(nx.betweenness_centrality(peer).values())),
        "local_efficiency": centrality.local_efficiency(graph),
        "participation": centrality.participation(graph, modules),
    }


def whole_measures(graph: Graph, modules: NDArray[np.int64]) -> dict[str, float]:
    """Density, transitivity, clustering, efficiency, path length, assortativity, modularity.

    Path length is that of the largest component.
    """
    peer = as_networkx(graph)
    counts = cycles.triangles(graph)
    largest = peer.subgraph(max(nx.connected_components(peer), key=len))
    found = {
        "density": graph.density,
        "transitivity": cycles.transitivity(graph, counts),
        "mean clustering": float(cycles.clustering(graph, counts).mean()),
        "global efficiency": float(nx.global_efficiency(peer)),
        "characteristic path length": float(nx.average_shortest_path_length(largest)),
        "largest component": len(largest) / graph.n,
    }
    if graph.n_edges:
        parts = [set(np.flatnonzero(modules == k).tolist()) for k in np.unique(modules)]
        found["modularity"] = float(nx.community.modularity(peer, parts))
        # Undefined where all that have an edge have equally many.
        if len(set(graph.degree[graph.degree > 0].tolist())) > 1:
            found["degree assortativity"] = float(nx.degree_assortativity_coefficient(peer))
    return found
