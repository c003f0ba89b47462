"""Kernel density between two quantities: a screening score, and an estimate in nats.

Both work on normal scores, so they are invariant to any monotone change of scale, and no outlier
drives them. Samples are binned linearly on a grid (Wand, 1994), and the histogram is smoothed by
two products with a Gaussian matrix, which at these sizes beats an FFT.

The *score* smooths widely (`3 n^(-1/6)`), which makes it powerful against weak dependence.

The *estimate* smooths narrowly and along the data's own covariance (Fukunaga, 1972): smoothing a
Gaussian so leaves its correlation as it is. Mutual information is split into that of the normal
scores' correlation, in closed form, and the rest, which is the negentropy of the decorrelated pair.
Two bandwidths are extrapolated, and what noise adds is taken off. It is known of permuted pairs,
whose mean is the same for all ranks without ties of a size; and it grows with the area that the
samples cover, so that on a narrow ridge it is less by the ratio of the areas.
"""

from functools import lru_cache

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints, normal_scores
from neuro.stats.dependence.grid import Floats32, Grid, grid

SCORE_BANDWIDTH, ESTIMATE_BANDWIDTH = 3.0, 0.4
"""Times `n^(-1/6)`, in units of the normal score."""
BATCH = 2**18
"""Grid points that are held at once: they should stay in the cache."""
TINY = np.float32(1e-30)
TWO_GAUSSIANS = float(np.log(2 * np.pi * np.e))
"""Entropy of two independent standard normal variables, nats."""
N_NULL = 48
"""Permuted pairs behind a null."""


def kde_score(x: Block, y: Block) -> Floats:
    """Dependence of quantities on a quantity, as mutual information of widely smoothed densities.

    Parameters
    ----------
    x : Block
        Features.
    y : Block
        The outcome.

    Returns
    -------
    scores : ndarray, shape (n_features,)
        From 0; it orders features, and is far below the mutual information.
    """
    bandwidth = SCORE_BANDWIDTH * x.n ** (-1 / 6)
    points = grid(x.n, bandwidth, 1.0, 2.0, 0.45, 64)
    smooth = points.smoother(bandwidth).astype(np.float32)
    cell, weight = points.cell, points.weight.astype(np.float32)
    scores = np.empty(len(x))
    step = max(1, BATCH // points.size**2)
    counts = np.empty((min(step, len(x)), points.size, points.size), np.float32)
    for start in range(0, len(x), step):
        ranks = x.ranks[start : start + step]
        joint = counts[: len(ranks)]
        _bin_ranks(ranks, y.ranks[0], cell, weight, joint)
        density = np.matmul(
            smooth, (joint.reshape(-1, points.size) @ smooth.T).reshape(joint.shape)
        )
        scores[start : start + step] = _information(density)
    return scores


def kde_estimate(x: Block, y: Block) -> Floats:
    """Mutual information of quantities with a quantity, consistent and without the null's bias.

    Parameters
    ----------
    x : Block
        Features.
    y : Block
        The outcome.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats; about 0, and so at times below it, where there is no dependence. At most `ln n`.
    """
    v = y.normal[0]
    estimates, area = np.empty(len(x)), np.empty(len(x))
    step = max(1, BATCH // _fine_grid(x.n).size ** 2)
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        estimates[part], area[part] = _raw(x.normal[part], v)
    noise, usual_area = _null(x.n)
    excess = noise * area / usual_area
    # Ties change the null, and are in it whatever the area: what has them has its own.
    if y.tied[0]:
        excess[:] = _mean_of_permuted(normal_scores(x.n)[::2], v, N_NULL)[0]
    for b in np.flatnonzero(x.tied):
        excess[b] = _mean_of_permuted(x.normal[b], v, N_NULL // 6)[0]
    return np.minimum(estimates - excess, np.log(x.n))


def _fine_grid(n: int) -> Grid:
    bandwidth = ESTIMATE_BANDWIDTH * n ** (-1 / 6)
    return grid(n, bandwidth, float(np.sqrt(2)), 2.0, 0.6, 256)


@lru_cache(maxsize=4096)
def _null(n: int) -> tuple[float, float]:
    scores = normal_scores(n)[::2]
    return _mean_of_permuted(scores, scores, N_NULL)


def _mean_of_permuted(u: Floats, v: Floats, n_permuted: int) -> tuple[float, float]:
    """Mean raw estimate and area of permuted pairs."""
    # A constant of calibration: always the same permutations for one n.
    rng = np.random.default_rng(len(u))
    total = np.zeros(2)
    for _ in range(n_permuted // 8):
        total += np.sum(_raw(rng.permuted(np.tile(u, (8, 1)), axis=1), v), axis=1)
    mean, area = total / (n_permuted // 8 * 8)
    return float(mean), float(area)


def _raw(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Estimate before noise is taken off, and area that is covered, for rows of `u`."""
    n = len(v)
    first, second = np.sqrt((u * u).mean(1)), np.sqrt((v * v).mean())
    scale = first * second
    r = np.divide((u * v).mean(1), scale, out=np.zeros(len(u)), where=scale > 0)
    # n distinct pairs can tell ln n nats at most.
    r = np.clip(r, -np.sqrt(1 - n**-2.0), np.sqrt(1 - n**-2.0))
    points = _fine_grid(n)
    joint = np.empty((len(u), points.size, points.size))
    _bin_rotated(
        u / np.maximum(first, 1e-12)[:, None], v / max(second, 1e-12), r, points.limit, joint
    )
    bandwidth = ESTIMATE_BANDWIDTH * n ** (-1 / 6)
    wide = _smoothed(joint, points.smoother(bandwidth))
    narrow = _smoothed(joint, points.smoother(bandwidth / np.sqrt(2)))
    # The bias of smoothing grows with the bandwidth's square, which halves.
    entropy = 2 * _entropy(narrow) - _entropy(wide) + 2 * np.log(points.step)
    information: Floats = TWO_GAUSSIANS - 0.5 * np.log1p(-r * r) - entropy
    return information, _area(wide, narrow)


def _smoothed(joint: Floats, smooth: Floats) -> Floats:
    rows = (joint.reshape(-1, len(smooth)) @ smooth.T).reshape(joint.shape)
    density: Floats = np.matmul(smooth, rows)
    return density


@compiled
def _bin_ranks(ranks: Ints, other: Ints, cell: Ints, weight: Floats32, joint: Floats32) -> None:
    n_features, n = ranks.shape
    share = np.float32(1 / n)
    for b in range(n_features):
        table = joint[b]
        table[:] = 0
        for s in range(n):
            i, j = cell[ranks[b, s]], cell[other[s]]
            p, q = weight[ranks[b, s]], weight[other[s]] * share
            rest = share - q
            table[i, j] += (1 - p) * rest
            table[i, j + 1] += (1 - p) * q
            table[i + 1, j] += p * rest
            table[i + 1, j + 1] += p * q


@compiled
def _bin_rotated(u: Floats, v: Floats, r: Floats, limit: float, joint: Floats) -> None:
    """Bin sum and difference, each with unit variance, which is symmetric in the two."""
    n_features, n = u.shape
    size = joint.shape[1]
    scale = (size - 1) / (2 * limit)
    for b in range(n_features):
        table = joint[b]
        table[:] = 0
        plus, minus = 1 / np.sqrt(2 * (1 + r[b])), 1 / np.sqrt(2 * (1 - r[b]))
        for s in range(n):
            p = ((u[b, s] + v[s]) * plus + limit) * scale
            q = ((u[b, s] - v[s]) * minus + limit) * scale
            p, q = min(max(p, 0.0), size - 1.001), min(max(q, 0.0), size - 1.001)
            i, j = int(p), int(q)
            p -= i
            q -= j
            table[i, j] += (1 - p) * (1 - q) / n
            table[i, j + 1] += (1 - p) * q / n
            table[i + 1, j] += p * (1 - q) / n
            table[i + 1, j + 1] += p * q / n


def _information(density: Floats32) -> Floats:
    """Mutual information of joint densities that sum to one, as the mean of the log ratio."""
    ratio = density.sum(2, keepdims=True) * density.sum(1, keepdims=True)
    np.divide(density, np.maximum(ratio, TINY), out=ratio)
    np.log(np.maximum(ratio, TINY, out=ratio), out=ratio)
    information: Floats = np.einsum("bij,bij->b", density, ratio).astype(np.float64)
    return np.maximum(information, 0.0)


@compiled
def _area(wide: Floats, narrow: Floats) -> Floats:
    """Mean of the variance of a density estimate over the estimate, but for a constant.

    The variance is that of the squared kernel, which is a narrower Gaussian. Divided by the
    density and integrated, it is twice the mean that noise takes off an entropy, to first order.
    """
    n_features, n_rows, n_columns = wide.shape
    out = np.zeros(n_features)
    for b in range(n_features):
        for i in range(n_rows):
            for j in range(n_columns):
                if wide[b, i, j] > 1e-12:
                    out[b] += narrow[b, i, j] / wide[b, i, j]
    return out


@compiled
def _entropy(density: Floats) -> Floats:
    n_features, n_rows, n_columns = density.shape
    out = np.zeros(n_features)
    for b in range(n_features):
        for i in range(n_rows):
            for j in range(n_columns):
                value = density[b, i, j]
                if value > 1e-300:
                    out[b] -= value * np.log(value)
    return out
