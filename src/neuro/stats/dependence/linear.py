"""Correlation: Pearson, Spearman, and the mutual information of a Gaussian with that correlation.

With categories, the correlation is that with the best score of the categories: the root of the
share of variance between them (the correlation ratio; of ranks, Kruskal and Wallis's).
"""

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints


def pearson(x: Block, y: Block) -> Floats:
    """Absolute correlation of each feature with the outcome, shape (n_features,), from 0 to 1."""
    return np.sqrt(_explained(x, y, ranked=False))


def spearman(x: Block, y: Block) -> Floats:
    """Absolute correlation of ranks, shape (n_features,), from 0 to 1."""
    return np.sqrt(_explained(x, y, ranked=True))


def gaussian(x: Block, y: Block) -> Floats:
    """Mutual information of each feature with the outcome if both were jointly Gaussian.

    Parameters
    ----------
    x, y : Block
        Features and outcome, quantities or categories.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats: `-ln(1 - r^2) / 2`, less its mean where there is no dependence; at most `ln n`.
    """
    explained = np.minimum(_explained(x, y, ranked=False), 1 - x.n**-2.0)
    levels = [block.codes.max(1) for block in (x, y) if block.categorical]
    degrees = np.maximum(levels[0], 1) if levels else np.ones(1)
    information: Floats = -0.5 * np.log1p(-explained) - degrees / (2 * x.n)
    return information


def _explained(x: Block, y: Block, *, ranked: bool) -> Floats:
    """Share of variance that one explains of the other."""
    if x.categorical or y.categorical:
        categories, quantities = (x, y) if x.categorical else (y, x)
        values = _standard_ranks(quantities) if ranked else quantities.standard
        if quantities.categorical:
            # Two sets of categories: their own numbers, if they are two, are scores enough.
            values = quantities.standard
        out = np.empty(len(x))
        _between(values, categories.codes, categories.n_levels, out)
        return np.clip(out, 0.0, 1.0)
    first, second = (_standard_ranks(b) if ranked else b.standard for b in (x, y))
    correlation = first @ second[0] / x.n
    squared: Floats = np.minimum(correlation**2, 1.0)
    return squared


def _standard_ranks(block: Block) -> Floats:
    return Block(block.ranks.astype(np.float64)).standard


@compiled
def _between(values: Floats, codes: Ints, n_levels: int, out: Floats) -> None:
    n = values.shape[1]
    sums, counts = np.empty(n_levels), np.empty(n_levels, np.int64)
    for b in range(len(out)):
        row, c = min(b, len(values) - 1), min(b, len(codes) - 1)
        sums[:] = 0
        counts[:] = 0
        for s in range(n):
            sums[codes[c, s]] += values[row, s]
            counts[codes[c, s]] += 1
        total = 0.0
        for k in range(n_levels):
            if counts[k] > 0:
                total += sums[k] ** 2 / counts[k]
        out[b] = total / n
