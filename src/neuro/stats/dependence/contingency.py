"""Mutual information of two discrete variables, from their contingency table."""

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints


def contingency(x: Block, y: Block) -> Floats:
    """Mutual information of categories with categories, bias-corrected (Miller & Madow, 1955).

    Parameters
    ----------
    x, y : Block
        Categorical features and outcome.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats; the plug-in estimate less `(cells - rows - columns + 1) / 2 n`, of those that are
        occupied; at times below 0 where there is no dependence.
    """
    return corrected_information(x.codes, y.codes[0], x.n_levels, y.n_levels)


def corrected_information(first: Ints, second: Ints, n_first: int, n_second: int) -> Floats:
    """As :func:`contingency`, of codes: (n_features, n_samples) with (n_samples,)."""
    plain, excess = table_information(first, second, n_first, n_second)
    corrected: Floats = plain - excess
    return corrected


def table_information(
    first: Ints, second: Ints, n_first: int, n_second: int
) -> tuple[Floats, Floats]:
    """Plug-in mutual information and its bias after Miller and Madow, nats each."""
    plain, excess = np.empty(len(first)), np.empty(len(first))
    _tables(first, second, n_first, n_second, x_log_x(first.shape[1]), plain, excess)
    return plain, excess


def x_log_x(n: int) -> Floats:
    """`i ln i` for the counts from 0 to n."""
    counts = np.arange(n + 1, dtype=np.float64)
    table: Floats = counts * np.log(np.maximum(counts, 1))
    return table


@compiled
def _tables(
    first: Ints,
    second: Ints,
    n_first: int,
    n_second: int,
    logs: Floats,
    plain: Floats,
    excess: Floats,
) -> None:
    n_features, n = first.shape
    table = np.empty((n_first, n_second), np.int64)
    rows, columns = np.empty(n_first, np.int64), np.empty(n_second, np.int64)
    for b in range(n_features):
        table[:] = 0
        rows[:] = 0
        columns[:] = 0
        for s in range(n):
            i, j = first[b, s], second[s]
            table[i, j] += 1
            rows[i] += 1
            columns[j] += 1
        total, occupied = logs[n], 1
        for i in range(n_first):
            total -= logs[rows[i]]
            occupied -= rows[i] > 0
            for j in range(n_second):
                total += logs[table[i, j]]
                occupied += table[i, j] > 0
        for j in range(n_second):
            total -= logs[columns[j]]
            occupied -= columns[j] > 0
        plain[b] = total / n
        excess[b] = occupied / (2 * n)
