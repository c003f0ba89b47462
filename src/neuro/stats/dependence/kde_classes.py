"""Class-conditional kernel densities: a quantity against categories.

The densities of the normal scores within the classes share one bandwidth, and their mixture is
the density of all: mutual information is then the mean divergence of a class from the mixture.
The score smooths widely, the estimate narrowly, with two bandwidths that are extrapolated and the
mean over permuted labels taken off.
"""

from functools import lru_cache

import numpy as np

from neuro.stats.compiled import compiled
from neuro.stats.dependence.block import Block, Floats, Ints, normal_scores
from neuro.stats.dependence.grid import grid

SCORE_BANDWIDTH, ESTIMATE_BANDWIDTH = 2.5, 0.4
"""Times `n^(-1/5)`, in units of the normal score."""
BATCH = 2**21
N_NULL = 200


def class_score(x: Block, y: Block) -> Floats:
    """Dependence between quantities and categories, from widely smoothed densities.

    Parameters
    ----------
    x : Block
        Features: quantities where the outcome is categorical, else categories.
    y : Block
        The outcome.

    Returns
    -------
    scores : ndarray, shape (n_features,)
        From 0; it orders features.
    """
    return np.maximum(_divergence(x, y, SCORE_BANDWIDTH * x.n**-0.2), 0.0)


def class_estimate(x: Block, y: Block) -> Floats:
    """Mutual information between quantities and categories.

    Parameters
    ----------
    x, y : Block
        As :func:`class_score`.

    Returns
    -------
    information : ndarray, shape (n_features,)
        Nats; at times below 0 where there is no dependence.
    """
    estimates = _extrapolated(x, y)
    categories, quantities = (x, y) if x.categorical else (y, x)
    for b in range(len(x)):
        c = b if len(categories) > 1 else 0
        counts = np.sort(np.bincount(categories.codes[c]))
        if quantities.tied[b if len(quantities) > 1 else 0]:
            row = quantities.values[b if len(quantities) > 1 else 0]
            estimates[b] -= _mean_of_permuted(row, counts, N_NULL // 8)
        else:
            estimates[b] -= _null(x.n, tuple(counts.tolist()))
    return estimates


@lru_cache(maxsize=4096)
def _null(n: int, counts: tuple[int, ...]) -> float:
    return _mean_of_permuted(normal_scores(n)[::2], np.array(counts), N_NULL)


def _mean_of_permuted(quantity: Floats, counts: Ints, n_permuted: int) -> float:
    # A constant of calibration: always the same permutations for one n.
    rng = np.random.default_rng(len(quantity))
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.float64)
    permuted = Block(rng.permuted(np.tile(labels, (n_permuted, 1)), axis=1), categorical=True)
    return float(_extrapolated(permuted, Block(quantity[None])).mean())


def _extrapolated(x: Block, y: Block) -> Floats:
    bandwidth = ESTIMATE_BANDWIDTH * x.n**-0.2
    wide, narrow = _divergence(x, y, bandwidth), _divergence(x, y, bandwidth / np.sqrt(2))
    # The bias of smoothing grows with the bandwidth's square, which halves.
    estimates: Floats = 2 * narrow - wide
    return estimates


def _divergence(x: Block, y: Block, bandwidth: float) -> Floats:
    categories, quantities = (x, y) if x.categorical else (y, x)
    points = grid(x.n, bandwidth, 1.0, 2.0, 0.5, 1024)
    smooth = points.smoother(bandwidth).T.copy()
    out = np.empty(len(x))
    n_levels = categories.n_levels
    step = max(1, BATCH // (points.size * n_levels))
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        codes = categories.codes[part] if x.categorical else categories.codes
        ranks = quantities.ranks if x.categorical else quantities.ranks[part]
        size = len(out[part])
        joint = np.zeros((size, n_levels, points.size))
        _bin_classes(codes, ranks, points.cell, points.weight, joint)
        density = (joint.reshape(-1, points.size) @ smooth).reshape(joint.shape)
        _mean_divergence(density, out[part])
    return out


@compiled
def _bin_classes(codes: Ints, ranks: Ints, cell: Ints, weight: Floats, joint: Floats) -> None:
    n_features, n = len(joint), ranks.shape[1]
    for b in range(n_features):
        c, r = min(b, len(codes) - 1), min(b, len(ranks) - 1)
        table = joint[b]
        for s in range(n):
            i, p = cell[ranks[r, s]], weight[ranks[r, s]]
            table[codes[c, s], i] += (1 - p) / n
            table[codes[c, s], i + 1] += p / n


@compiled
def _mean_divergence(density: Floats, out: Floats) -> None:
    n_features, n_levels, size = density.shape
    shares = np.empty(n_levels)
    for b in range(n_features):
        table = density[b]
        for k in range(n_levels):
            shares[k] = table[k].sum()
        total = 0.0
        for g in range(size):
            mixture = 0.0
            for k in range(n_levels):
                mixture += table[k, g]
            for k in range(n_levels):
                if table[k, g] > 1e-300:
                    total += table[k, g] * np.log(table[k, g] / (mixture * shares[k]))
        out[b] = total
