"""The graph a block model sees: checked, symmetric, as sparse rows."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Weights = Literal["exponential", "normal", "lognormal", "geometric", "multigraph", "none"]
POSITIVE = ("exponential", "lognormal")
COUNTS = ("geometric", "multigraph")


@dataclass(frozen=True)
class Graph:
    """An undirected graph without self-loops.

    Attributes
    ----------
    indptr : ndarray, shape (n_nodes + 1,)
        Where the neighbours of each node begin.
    indices : ndarray, shape (2 * n_edges,)
        Neighbours of each node.
    count : ndarray, shape (2 * n_edges,)
        Parallel edges: 1 but for multigraphs.
    value : ndarray, shape (2 * n_edges,)
        The weight as the model sees it: its logarithm for the log-normal.
    log_jacobian : float
        Nats to add to the description length of `value` to get that of the weights.
    """

    indptr: Ints
    indices: Ints
    count: Floats
    value: Floats
    log_jacobian: float

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1

    @property
    def degree(self) -> Ints:
        """Number of edges of each node, shape (n_nodes,)."""
        sums = np.concatenate(([0.0], np.cumsum(self.count)))
        degree: Ints = np.rint(sums[self.indptr[1:]] - sums[self.indptr[:-1]]).astype(np.int64)
        return degree


def checked_adjacency(adjacency: ArrayLike) -> Floats:
    """Adjacency as a float matrix, or an error that says what is wrong with it.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights, zero where there is no edge.

    Returns
    -------
    adjacency : ndarray, shape (n_nodes, n_nodes)
        The same as float64.

    Raises
    ------
    ValueError
        If it is not square, not finite or not symmetric, or has self-loops or no edge.
    """
    matrix = np.asarray(adjacency, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"Adjacency must be a square matrix. Got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        i, j = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(f"Weights must be finite. Got {matrix[i, j]} between nodes {i} and {j}")
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
        i, j = np.unravel_index(np.argmax(np.abs(matrix - matrix.T)), matrix.shape)
        raise ValueError(
            f"Adjacency must be symmetric. Got {matrix[i, j]} from node {i} to {j} "
            f"but {matrix[j, i]} back: symmetrise it, e.g. (A + A.T) / 2"
        )
    if np.diagonal(matrix).any():
        node = int(np.flatnonzero(np.diagonal(matrix))[0])
        raise ValueError(
            f"Self-loops are not part of the model. Got {matrix[node, node]} at node {node}: "
            "set the diagonal to zero"
        )
    if not matrix.any():
        raise ValueError(f"The graph has no edge: all {len(matrix)} x {len(matrix)} weights are 0")
    return matrix


def checked_partition(blocks: ArrayLike, n_nodes: int) -> Ints:
    """Labels 0, 1, ... of a partition, whatever labels it came with.

    Parameters
    ----------
    blocks : array-like, shape (n_nodes,)
        Block of each node.
    n_nodes : int
        Number of nodes of the graph.

    Returns
    -------
    blocks : ndarray, shape (n_nodes,)
        The same partition.

    Raises
    ------
    ValueError
        If it is not one label for each node.
    """
    labels = np.asarray(blocks)
    if labels.shape != (n_nodes,):
        raise ValueError(f"A partition of {n_nodes} nodes needs as many labels. Got {labels.shape}")
    named: Ints = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return named


def build_graph(adjacency: ArrayLike, weights: Weights) -> Graph:
    """Sparse rows of a checked adjacency, with its weights as the model takes them.

    Parameters
    ----------
    adjacency : array-like, shape (n_nodes, n_nodes)
        Symmetric weights, zero where there is no edge.
    weights : {'exponential', 'normal', 'lognormal', 'geometric', 'multigraph', 'none'}
        Model of the weights.

    Returns
    -------
    graph : Graph
        The graph.

    Raises
    ------
    ValueError
        If the adjacency is malformed, or its weights do not suit the model.
    """
    if weights not in get_args(Weights):
        raise ValueError(f"Allowed weights are {', '.join(get_args(Weights))}. Got {weights!r}")
    matrix = checked_adjacency(adjacency)
    rows, columns = np.nonzero(matrix)
    value = matrix[rows, columns]
    if weights in (*POSITIVE, *COUNTS) and value.min() < 0:
        at = int(np.argmin(value))
        raise ValueError(
            f"Weights of the {weights} model must not be negative. Got {value[at]} between "
            f"nodes {rows[at]} and {columns[at]}: the normal model takes any sign"
        )
    if weights in COUNTS and (value != np.rint(value)).any():
        at = int(np.flatnonzero(value != np.rint(value))[0])
        raise ValueError(
            f"Weights of the {weights} model must be whole numbers. Got {value[at]} between "
            f"nodes {rows[at]} and {columns[at]}"
        )
    log_jacobian = 0.0
    if weights == "lognormal":
        value = np.log(value)
        log_jacobian = float(value.sum() / 2)
    count = value if weights == "multigraph" else np.ones(len(value))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(matrix)))))
    return Graph(indptr.astype(np.int64), columns.astype(np.int64), count, value, log_jacobian)
