"""Networks from correlation matrices that are there already, as tables of edges hold them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.builder import Network
from neuro.analyses.graphs.storage import check_matrix, from_edges
from neuro.analyses.graphs.thresholds import (
    SIGNS,
    Absolute,
    Density,
    Sign,
    Threshold,
    critical_r,
)

Floats = NDArray[np.float64]


def networks_of(
    matrix: Floats, thresholds: Sequence[Threshold], sign: Sign = "positive", where: str = "matrix"
) -> list[Network]:
    """Threshold a matrix of correlations.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Symmetric; the diagonal does not count.
    thresholds : sequence of Threshold
        A level of significance needs `n_effective`, and knows no `fdr` here.
    sign : str
        Which correlations count.
    where : str
        What the matrix is, for messages.

    Returns
    -------
    networks : list of Network
        In the order of the thresholds.

    Raises
    ------
    ValueError
        If the matrix is not square, symmetric or finite; or significance is asked for without the
        number of samples.
    """
    values = check_matrix(matrix, where)
    rows, columns = np.triu_indices(len(values), 1)
    pairs = values[rows, columns]
    size = np.abs(pairs) if sign == "absolute" else pairs * SIGNS[sign]
    return [
        _network(values, rows, columns, size, threshold, sign, where) for threshold in thresholds
    ]


def _network(
    values: Floats,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    size: Floats,
    threshold: Threshold,
    sign: Sign,
    where: str,
) -> Network:
    n = len(values)
    if isinstance(threshold, Density):
        strongest = np.argsort(-size, kind="stable")
        kept = strongest[: max(1, round(threshold.share * len(size)))]
        limit = float(size[kept[-1]])
    else:
        limit = _limit(threshold, len(size), sign, where)
        kept = np.flatnonzero(size > limit)
    edges = np.stack([rows[kept], columns[kept]], axis=1)
    weights = values[rows[kept], columns[kept]]
    strength, sides = np.zeros(n), np.zeros((2, n), np.int64)
    for ends in edges.T:
        strength += np.bincount(ends, weights, minlength=n)
        for k, side in enumerate((weights > 0, weights <= 0)):
            sides[k] += np.bincount(ends[side], minlength=n)
    return Network(from_edges(edges, n), limit, sign, strength, *sides)


def _limit(threshold: Threshold, n_pairs: int, sign: Sign, where: str) -> float:
    if isinstance(threshold, Absolute):
        return threshold.r
    if isinstance(threshold, Density):
        raise TypeError("a density has no limit of its own")
    if threshold.n_effective is None or threshold.correction == "fdr":
        raise ValueError(
            f"{where}: a table of edges does not tell how many samples its correlations are of; "
            "threshold by density, or give `significance` an `n_effective` and no `fdr`"
        )
    tests = n_pairs if threshold.correction == "bonferroni" else 1
    sided = 2 if sign == "absolute" else 1
    return critical_r(threshold.alpha / tests / sided, threshold.n_effective)
