"""Mutual information from nearest neighbors.

Two quantities: the first estimator of Kraskov, Stögbauer & Grassberger (2004). A quantity and
categories: Ross (2014). Ties are counted as Gao et al. (2017) do. The values are sorted once; the
neighbors of a sample are looked for outwards in that order, until no nearer one can come.
"""

import numpy as np
from scipy.special import digamma

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints

START = 4
"""Samples on either side that are looked at first."""


def knn(x: Block, y: Block, n_neighbors: int = 3) -> Floats:
    """Mutual information of quantities with a quantity.

    Parameters
    ----------
    x, y : Block
        Features and outcome, which are brought to unit variance.
    n_neighbors : int
        Neighbors; more of them lower the variance and raise the bias.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats; at times below 0 where there is no dependence.

    Raises
    ------
    ValueError
        If there are not more samples than neighbors.
    """
    _enough(x.n, n_neighbors)
    out = np.empty(len(x))
    _ksg(x.standard, x.order, y.standard[0], y.order[0], n_neighbors, _digammas(x.n), out)
    return out


def knn_classes(x: Block, y: Block, n_neighbors: int = 3) -> Floats:
    """Mutual information between quantities and categories.

    Parameters
    ----------
    x, y : Block
        Features and outcome; one of them is categorical.
    n_neighbors : int
        Neighbors within a category, or all others of it where it has fewer samples. Categories of
        one sample are left out.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats; at times below 0 where there is no dependence.

    Raises
    ------
    ValueError
        If there are not more samples than neighbors.
    """
    _enough(x.n, n_neighbors)
    categories, quantities = (x, y) if x.categorical else (y, x)
    out = np.empty(len(x))
    _ross(
        np.take_along_axis(quantities.values, quantities.order, axis=1),
        quantities.order,
        categories.codes,
        categories.n_levels,
        n_neighbors,
        _digammas(x.n),
        out,
    )
    return out


def _enough(n: int, n_neighbors: int) -> None:
    if n <= n_neighbors:
        raise ValueError(f"n_neighbors must be below the {n} samples, got {n_neighbors}")


def _digammas(n: int) -> Floats:
    """Of the whole numbers from 0 (not used) to n + 1."""
    table: Floats = np.concatenate([[0.0], digamma(np.arange(1, n + 2))])
    return table


@compiled
def _within(values: Floats, at: int, radius: float) -> int:
    """Count sorted values nearer to one of them than a radius, or equal to it where that is 0."""
    center = values[at]
    # Differences are compared, not sums: rounding must not count the neighbor itself.
    low, high = 0, at
    while low < high:
        middle = (low + high) >> 1
        apart = center - values[middle]
        if apart < radius or apart <= 0:
            high = middle
        else:
            low = middle + 1
    first = low
    low, high = at, len(values) - 1
    while low < high:
        middle = (low + high + 1) >> 1
        apart = values[middle] - center
        if apart < radius or apart <= 0:
            low = middle
        else:
            high = middle - 1
    return low - first + 1


@compiled
def insert(nearest: Floats, distance: float) -> None:
    """Put a distance among the nearest, ascending; the farthest of them goes."""
    i = len(nearest) - 1
    while i > 0 and nearest[i - 1] > distance:
        nearest[i] = nearest[i - 1]
        i -= 1
    nearest[i] = distance


@compiled
def _kth(xs: Floats, ys: Floats, s: int, nearest: Floats) -> float:
    """Distance to the k-th neighbor in the larger of both coordinates; `xs` ascends."""
    n, last = len(xs), len(nearest) - 1
    nearest[:] = np.inf
    x, y = xs[s], ys[s]
    # A few on both sides bound the distance; then each side is walked as far as that.
    low, high = max(s - START, 0), min(s + START + 1, n)
    for other in range(low, high):
        distance = max(abs(xs[other] - x), abs(ys[other] - y))
        if distance < nearest[last] and other != s:
            insert(nearest, distance)
    while low > 0 and x - xs[low - 1] < nearest[last]:
        low -= 1
        distance = max(x - xs[low], abs(ys[low] - y))
        if distance < nearest[last]:
            insert(nearest, distance)
    while high < n and xs[high] - x < nearest[last]:
        distance = max(xs[high] - x, abs(ys[high] - y))
        if distance < nearest[last]:
            insert(nearest, distance)
        high += 1
    return float(nearest[last])


@compiled
def _ksg(
    x: Floats, order: Ints, y: Floats, y_order: Ints, k: int, digammas: Floats, out: Floats
) -> None:
    n_features, n = x.shape
    xs, ys, nearest = np.empty(n), np.empty(n), np.empty(k)
    sorted_y, rank = y[y_order], np.empty(n, np.int64)
    for s in range(n):
        rank[y_order[s]] = s
    for b in range(n_features):
        for s in range(n):
            xs[s], ys[s] = x[b, order[b, s]], y[order[b, s]]
        total = 0.0
        for s in range(n):
            radius = _kth(xs, ys, s, nearest)
            neighbors = k
            if radius <= 0:
                neighbors = -1
                for other in range(n):
                    neighbors += xs[other] == xs[s] and ys[other] == ys[s]
            total += digammas[neighbors]
            total -= digammas[_within(xs, s, radius)]
            total -= digammas[_within(sorted_y, rank[order[b, s]], radius)]
        out[b] = digammas[n] + total / n


@compiled
def _ross(
    sorted_values: Floats,
    order: Ints,
    codes: Ints,
    n_levels: int,
    n_neighbors: int,
    digammas: Floats,
    out: Floats,
) -> None:
    n = sorted_values.shape[1]
    counts, filled = np.empty(n_levels, np.int64), np.empty(n_levels, np.int64)
    own, kept, level = np.empty(n), np.empty(n), np.empty(n, np.int64)
    place = np.empty(n, np.int64)
    for b in range(len(out)):
        row, c = min(b, len(order) - 1), min(b, len(codes) - 1)
        counts[:] = 0
        for s in range(n):
            counts[codes[c, s]] += 1
        # Samples, in ascending order, of categories with more than one; then category by category.
        n_kept = 0
        for s in range(n):
            code = codes[c, order[row, s]]
            if counts[code] > 1:
                kept[n_kept], level[n_kept] = sorted_values[row, s], code
                n_kept += 1
        if n_kept == 0:
            out[b] = 0.0
            continue
        first = 0
        for code in range(n_levels):
            filled[code] = first
            first += counts[code] if counts[code] > 1 else 0
        for s in range(n_kept):
            own[filled[level[s]]], place[filled[level[s]]] = kept[s], s
            filled[level[s]] += 1
        total, start = 0.0, 0
        for code in range(n_levels):
            if counts[code] < 2:
                continue
            stop = start + counts[code]
            k = min(n_neighbors, counts[code] - 1)
            for s in range(start, stop):
                left, right, radius = s - 1, s + 1, 0.0
                for _ in range(k):
                    to_left = own[s] - own[left] if left >= start else np.inf
                    to_right = own[right] - own[s] if right < stop else np.inf
                    if to_left < to_right:
                        radius = to_left
                        left -= 1
                    else:
                        radius = to_right
                        right += 1
                total += digammas[k] - digammas[counts[code]]
                total -= digammas[_within(kept[:n_kept], place[s], radius)]
            start = stop
        out[b] = digammas[n_kept] + total / n_kept
