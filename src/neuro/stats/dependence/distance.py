"""Distance correlation (Székely, Rizzo & Bakirov, 2007), in n log n steps per feature.

The sum of products of distances is taken with a tree over the outcome's ranks while the samples
are walked in the feature's order (Huo & Székely, 2016). Two categories are 0 or 1 apart; that
distance is half the sum of those of their indicators.
"""

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints


def distance_correlation(x: Block, y: Block) -> Floats:
    """Distance correlation of each feature with the outcome.

    Parameters
    ----------
    x, y : Block
        Features and outcome, quantities or categories.

    Returns
    -------
    correlation : ndarray, shape (n_features,)
        From 0, only where there is no dependence, to 1.
    """
    if x.categorical and y.categorical:
        return _of_categories(x, y)
    out = np.zeros(len(x))
    if not (x.categorical or y.categorical):
        _covariances(x.standard, x.order, y.standard, y.ranks, out)
        spread = _spread(x) * _spread(y)
        return _root(out, spread)
    categories, quantities = (x, y) if x.categorical else (y, x)
    for level in range(categories.n_levels):
        indicator = Block((categories.codes == level).astype(np.float64))
        part = np.zeros(len(x))
        if x.categorical:
            both = (np.repeat(quantities.standard, len(x), 0), indicator)
            order = np.repeat(quantities.order, len(x), 0)
            _covariances(both[0], order, both[1].values, indicator.ranks, part)
        else:
            _covariances(x.standard, x.order, indicator.values, indicator.ranks, part)
        out += part / 2
    return _root(out, _spread(quantities) * _spread(categories))


def _root(covariance: Floats, spread: Floats) -> Floats:
    squared = np.divide(
        covariance, np.sqrt(spread), out=np.zeros_like(covariance), where=spread > 0
    )
    root: Floats = np.sqrt(np.clip(squared, 0.0, 1.0))
    return root


def _spread(block: Block) -> Floats:
    """Distance variance, squared."""
    if block.categorical:
        shares = _shares(block)
        same = np.square(shares).sum(1)
        # Sum over pairs of categories of (p_kl - p_k p_l)^2, for a variable with itself.
        spread: Floats = same - 2 * (shares**3).sum(1) + same**2
        return spread
    out = np.zeros(len(block))
    _own(np.take_along_axis(block.standard, block.order, axis=1), out)
    return out


def _shares(block: Block) -> Floats:
    counts = np.stack([(block.codes == level).sum(1) for level in range(block.n_levels)], axis=1)
    shares: Floats = counts / block.n
    return shares


def _of_categories(x: Block, y: Block) -> Floats:
    first = np.stack([x.codes == k for k in range(x.n_levels)], axis=1).astype(np.float64)
    second = np.stack([y.codes[0] == k for k in range(y.n_levels)]).astype(np.float64)
    joint = first @ second.T / x.n
    apart = joint - joint.sum(2, keepdims=True) * joint.sum(1, keepdims=True)
    return _root(np.square(apart).sum((1, 2)), _spread(x) * _spread(y))


@compiled
def _row_means(sorted_values: Floats, means: Floats) -> None:
    """Mean distance of each of the sorted values to all."""
    n = len(sorted_values)
    total, before = sorted_values.sum(), 0.0
    for s in range(n):
        value = sorted_values[s]
        means[s] = (value * s - before + total - before - value * (n - s)) / n
        before += value


@compiled
def _own(sorted_values: Floats, out: Floats) -> None:
    n_variables, n = sorted_values.shape
    means = np.empty(n)
    for b in range(n_variables):
        _row_means(sorted_values[b], means)
        mean = sorted_values[b].mean()
        squares = 2 * np.square(sorted_values[b] - mean).sum() / n
        out[b] = squares + means.mean() ** 2 - 2 * np.square(means).mean()


@compiled
def _covariances(x: Floats, order: Ints, y: Floats, y_ranks: Ints, out: Floats) -> None:
    n_features, n = x.shape
    xs, ys, of_x, of_y = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    rank = np.empty(n, np.int64)
    tree = np.empty((2 * n, 4))
    y_means, sorted_y = np.empty(n), np.empty(n)
    for b in range(n_features):
        row = min(b, len(y) - 1)
        if b == row:  # else the outcome is the same as before
            by_y = np.argsort(y[row])
            for s in range(n):
                sorted_y[s] = y[row, by_y[s]]
            _row_means(sorted_y, of_y)
            for s in range(n):
                y_means[by_y[s]] = of_y[s]
        third = 0.0
        for s in range(n):
            i = order[b, s]
            xs[s], ys[s], rank[s] = x[b, i], y[row, i], y_ranks[row, i] + 1
        _row_means(xs, of_x)
        for s in range(n):
            third += of_x[s] * y_means[order[b, s]]
        first = _products(xs, ys, rank, tree)
        out[b] = 2 * first / n**2 + of_x.mean() * y_means.mean() - 2 * third / n


@compiled
def _products(xs: Floats, ys: Floats, rank: Ints, tree: Floats) -> float:
    """Sum over pairs of |x - x'| |y - y'|, walking ascending x with sums below each rank of y."""
    n = len(xs)
    size = len(tree)
    tree[:] = 0
    count, sum_x, sum_y, sum_xy, total = 0.0, 0.0, 0.0, 0.0, 0.0
    for s in range(n):
        a, b = xs[s], ys[s]
        c0, cx, cy, cxy = 0.0, 0.0, 0.0, 0.0
        i = rank[s]
        while i > 0:
            c0 += tree[i, 0]
            cx += tree[i, 1]
            cy += tree[i, 2]
            cxy += tree[i, 3]
            i -= i & -i
        # (a - x)(b - y) of those with y <= b, and (a - x)(y - b) of the others.
        below = a * b * c0 - b * cx - a * cy + cxy
        every = a * b * count - b * sum_x - a * sum_y + sum_xy
        total += 2 * below - every
        i = rank[s]
        while i < size:
            tree[i, 0] += 1
            tree[i, 1] += a
            tree[i, 2] += b
            tree[i, 3] += a * b
            i += i & -i
        count += 1
        sum_x += a
        sum_y += b
        sum_xy += a * b
    return total
