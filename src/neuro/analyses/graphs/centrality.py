"""Centralities and other measures of nodes that need a graph's neighbors."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuro.analyses.graphs import kernels_lists
from neuro.analyses.graphs.storage import Graph, Ints

Floats = NDArray[np.float64]


def eigenvector_centrality(graph: Graph, tol: float = 1e-10) -> Floats:
    """Leading eigenvector of the adjacency, of unit length and not negative (Bonacich 1972).

    In a graph of several components, nodes outside the one with the largest eigenvalue have 0.

    Parameters
    ----------
    graph : Graph
        The graph.
    tol : float
        Relative accuracy of the eigenvalue.

    Returns
    -------
    centrality : ndarray, shape (n,)
        The eigenvector.

    Raises
    ------
    ValueError
        If the graph has no edge, or fewer than three nodes.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    if graph.n_edges == 0 or graph.n < 3:
        raise ValueError(
            f"eigenvector centrality needs three nodes and an edge, got {graph.n} and "
            f"{graph.n_edges}; lower the threshold"
        )
    indptr, indices = graph.adjacency()

    def times(x: Floats) -> Floats:
        out = np.empty(graph.n)
        kernels_lists.product(indptr, indices, np.ascontiguousarray(x).ravel(), out)
        return out

    operator = LinearOperator((graph.n, graph.n), matvec=times, dtype=np.float64)
    start = graph.degree + 1.0
    _, vectors = eigsh(operator, k=1, which="LA", v0=start / np.linalg.norm(start), tol=tol)
    vector = np.abs(vectors[:, 0])
    return np.asarray(vector / np.linalg.norm(vector))


def pagerank(
    graph: Graph, damping: float = 0.85, tol: float = 1e-10, max_iter: int = 500
) -> Floats:
    """Share of time that a random walker with restarts spends at each node (Brin & Page 1998).

    Parameters
    ----------
    graph : Graph
        The graph.
    damping : float
        Probability of following an edge rather than restarting anywhere.
    tol : float
        The walk has settled when shares change by less than this in sum.
    max_iter : int
        Steps at most.

    Returns
    -------
    share : ndarray, shape (n,)
        Sums to 1.

    Raises
    ------
    ValueError
        If it has not settled.
    """
    indptr, indices = graph.adjacency()
    degree = graph.degree
    inverse = np.divide(1.0, degree, out=np.zeros(graph.n), where=degree > 0)
    share, ahead = np.full(graph.n, 1 / graph.n), np.empty(graph.n)
    for _ in range(max_iter):
        kernels_lists.product(indptr, indices, share * inverse, ahead)
        lost = float(share[degree == 0].sum())
        new = damping * (ahead + lost / graph.n) + (1 - damping) / graph.n
        change = float(np.abs(new - share).sum())
        share = new
        if change < tol:
            return share
    raise ValueError(
        f"PageRank has not settled to {tol:g} in {max_iter} steps (last change {change:g}); "
        "raise max_iter or lower the damping"
    )


def core_numbers(graph: Graph) -> Ints:
    """Largest k for which a node is in the k-core, shape (n,) (Batagelj & Zaversnik 2003)."""
    core = np.empty(graph.n, np.int64)
    kernels_lists.core_numbers(*graph.adjacency(), core)
    return core


def participation(graph: Graph, modules: ArrayLike) -> Floats:
    """Participation coefficient: 1 - sum over modules of (k_im / k_i)^2 (Guimera & Amaral 2005).

    Parameters
    ----------
    graph : Graph
        The graph.
    modules : array_like, shape (n,)
        Label of each node's module.

    Returns
    -------
    coefficient : ndarray, shape (n,)
        0 for nodes without neighbors.
    """
    names, number = np.unique(np.asarray(modules), return_inverse=True)
    if number.shape != (graph.n,):
        raise ValueError(f"modules: must have shape ({graph.n},), got {number.shape}")
    counts = np.zeros((graph.n, len(names)), np.int64)
    kernels_lists.module_degrees(*graph.adjacency(), number.astype(np.int64), counts)
    degree = graph.degree.astype(float)
    squared = (counts.astype(float) ** 2).sum(axis=1)
    coefficient = 1 - squared / np.maximum(degree, 1) ** 2
    return np.where(degree > 0, coefficient, 0.0)


def distance_degree(graph: Graph, places: ArrayLike, edges: ArrayLike) -> Ints:
    """Varying-distance degree: each node's neighbors by how far away they are.

    Parameters
    ----------
    graph : Graph
        The graph.
    places : array_like, shape (n, 3)
        Where the nodes are, mm.
    edges : array_like, shape (n_bins + 1,)
        Edges of the bins, mm, ascending; a bin holds its lower edge. The last may be infinite.

    Returns
    -------
    counts : ndarray of int, shape (n, n_bins)
        Neighbors.

    Raises
    ------
    ValueError
        If the shapes or the order are wrong.
    """
    bounds = np.asarray(edges, dtype=np.float64)
    where = np.ascontiguousarray(places, dtype=np.float64)
    if bounds.ndim != 1 or len(bounds) < 2 or (np.diff(bounds) <= 0).any() or bounds[0] < 0:
        raise ValueError(f"edges: must ascend from 0 or above, got {bounds.tolist()}")
    if where.shape != (graph.n, 3):
        raise ValueError(f"places: must have shape ({graph.n}, 3), got {where.shape}")
    counts = np.zeros((graph.n, len(bounds) - 1), np.int64)
    kernels_lists.distance_degrees(*graph.adjacency(), where, bounds**2, counts)
    return counts


def local_efficiency(graph: Graph) -> Floats:
    """Mean inverse distance between a node's neighbors when it is gone (Latora & Marchiori 2001).

    Cost grows with the third power of the degree: affordable for regions, and for voxels below
    some hundred neighbors.

    Parameters
    ----------
    graph : Graph
        The graph.

    Returns
    -------
    efficiency : ndarray, shape (n,)
        0 where there are less than two neighbors.
    """
    out = np.zeros(graph.n)
    kernels_lists.local_efficiencies(*graph.adjacency(), out)
    return out
