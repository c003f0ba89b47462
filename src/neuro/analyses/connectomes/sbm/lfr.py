"""Weighted benchmark graphs with planted communities and mixing, after Lancichinetti & Fortunato.

Degrees and community sizes follow power laws; each node has the share `mixing_edges` of its edges
and `mixing_weights` of its strength outside its community (Lancichinetti & Fortunato 2009, Physical
Review E 80:016118). Weights are the products of two factors of the nodes, one pair inside and one
outside, that give each node its strength: the least structured ones that do.
"""

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.connectomes.sbm.graph import Floats, Ints

MAX_ATTEMPTS = 200
BALANCE_ROUNDS = 500
MAX_FACTOR = 1e3  # by which a node may differ from the root of its strength
SWAPS_PER_EDGE = 5

Edges = NDArray[np.bool_]


def lfr_graph(
    n_nodes: int,
    *,
    mean_degree: float,
    max_degree: int,
    mixing_edges: float,
    mixing_weights: float,
    strength_exponent: float = 1.0,
    degree_exponent: float = 2.0,
    size_exponent: float = 1.0,
    min_size: int | None = None,
    max_size: int | None = None,
    rng: np.random.Generator,
) -> tuple[Floats, Ints]:
    """Draw a graph and its communities.

    Parameters
    ----------
    n_nodes : int
        Number of nodes.
    mean_degree : float
        Mean number of edges of a node.
    max_degree : int
        Most edges of a node.
    mixing_edges, mixing_weights : float
        Share of a node's edges, and of its strength, outside its community, from 0 to 1.
    strength_exponent : float
        A node of degree k has the strength k to this power.
    degree_exponent, size_exponent : float
        The power laws fall with these powers.
    min_size, max_size : int | None
        Nodes of a community; by default as the smallest and largest inner degree ask for.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    adjacency : ndarray, shape (n_nodes, n_nodes)
        Symmetric weights. Edges that would be parallel are left out: a node's degree may fall short
        of its draw by a few.
    blocks : ndarray, shape (n_nodes,)
        Community of each node, labels 0, 1, ...

    Raises
    ------
    ValueError
        If a parameter is out of bounds, or no communities can hold these degrees.
    """
    _check(n_nodes, mean_degree, max_degree, mixing_edges, mixing_weights)
    degree = _degrees(n_nodes, mean_degree, max_degree, degree_exponent, rng)
    inner = np.rint((1 - mixing_edges) * degree).astype(np.int64)
    low = max(int(inner.min()) + 1, 3) if min_size is None else min_size
    high = min(max(int(inner.max()) + 1, low), n_nodes) if max_size is None else max_size
    if not 2 <= low <= high <= n_nodes:
        raise ValueError(
            f"Sizes must satisfy 2 <= min_size <= max_size <= {n_nodes} nodes. Got {low}, {high}"
        )
    blocks = _communities(inner, low, high, size_exponent, rng)
    edges = _inner_edges(inner, blocks, rng)
    edges |= _outer_edges(degree - edges.sum(axis=1), blocks, rng)
    strength = edges.sum(axis=1) ** strength_exponent
    same = np.equal.outer(blocks, blocks)
    inside = _balanced(edges & same, (1 - mixing_weights) * strength)
    return inside + _balanced(edges & ~same, mixing_weights * strength), blocks


def _check(n: int, mean_degree: float, max_degree: int, *mixing: float) -> None:
    if not 1 <= mean_degree <= max_degree < n:
        raise ValueError(
            "Degrees must satisfy 1 <= mean_degree <= max_degree < n_nodes. "
            f"Got {mean_degree}, {max_degree} and {n}"
        )
    for value, name in zip(mixing, ("mixing_edges", "mixing_weights"), strict=True):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1. Got {value}")


def _power_law(low: int, high: int, exponent: float) -> tuple[Ints, Floats]:
    values = np.arange(low, high + 1)
    mass = values.astype(float) ** -exponent
    return values, mass / mass.sum()


def _degrees(n: int, mean: float, most: int, exponent: float, rng: np.random.Generator) -> Ints:
    """Degrees of a power law whose lower end, between two whole numbers, gives the mean."""
    laws = [_power_law(low, most, exponent) for low in range(1, most + 1)]
    means = [float(values @ mass) for values, mass in laws]
    if mean < means[0]:
        raise ValueError(
            f"mean_degree must be at least {means[0]:.3g} for max_degree {most} and "
            f"degree_exponent {exponent}. Got {mean}"
        )
    above = min(int(np.searchsorted(means, mean, side="right")), most - 1)
    below = max(above - 1, 0)
    gap = means[above] - means[below]
    share = (mean - means[below]) / gap if gap > 0 else 0.0
    draws = [rng.choice(values, size=n, p=mass) for values, mass in (laws[below], laws[above])]
    return np.where(rng.random(n) < share, draws[1], draws[0]).astype(np.int64)


def _communities(
    inner: Ints, low: int, high: int, exponent: float, rng: np.random.Generator
) -> Ints:
    """Community of each node, such that each has room for its nodes' inner edges."""
    for _ in range(MAX_ATTEMPTS):
        sizes = _sizes(len(inner), low, high, exponent, rng)
        free = sizes.copy()
        blocks = np.full(len(inner), -1)
        for v in np.argsort(-inner, kind="stable"):
            fits = np.flatnonzero((free > 0) & (sizes > inner[v]))
            if len(fits) == 0:
                break
            blocks[v] = rng.choice(fits, p=free[fits] / free[fits].sum())
            free[blocks[v]] -= 1
        if blocks.min() >= 0:
            return blocks
    raise ValueError(
        f"No communities of {low} to {high} of {len(inner)} nodes were found that hold inner "
        f"degrees up to {inner.max()}: raise max_size or mixing_edges, or lower max_degree"
    )


def _sizes(n: int, low: int, high: int, exponent: float, rng: np.random.Generator) -> Ints:
    """Sizes of a power law that add up to n."""
    values, mass = _power_law(low, high, exponent)
    sizes: list[int] = []
    while sum(sizes) < n:
        sizes.append(int(rng.choice(values, p=mass)))
    sizes[-1] -= sum(sizes) - n
    if sizes[-1] < low and len(sizes) > 1:  # the rest joins the others, one by one
        rest = sizes.pop()
        for k in range(rest):
            sizes[k % len(sizes)] += 1
    return np.array(sizes)


def _inner_edges(inner: Ints, blocks: Ints, rng: np.random.Generator) -> Edges:
    """Edges within communities: each node to those that lack most, then shuffled by swaps."""
    edges = np.zeros((len(inner), len(inner)), dtype=bool)
    for r in range(int(blocks.max()) + 1):
        members = np.flatnonzero(blocks == r)
        own = np.zeros((len(members), len(members)), dtype=bool)
        lacking = inner[members].copy()
        for _ in range(len(members)):  # Havel & Hakimi: simple wherever that is possible
            v = int(np.argmax(lacking))
            others = np.argsort(-lacking + rng.random(len(members)) / 2)
            others = others[(others != v) & (lacking[others] > 0)][: lacking[v]]
            own[v, others] = own[others, v] = True
            lacking[others] -= 1
            lacking[v] = 0
        _swap(own, rng)
        edges[np.ix_(members, members)] = own
    return edges


def _swap(edges: Edges, rng: np.random.Generator) -> None:
    """Swap the ends of random pairs of edges, which keeps all degrees."""
    ends = np.argwhere(np.triu(edges))
    for _ in range(SWAPS_PER_EDGE * len(ends)):
        one, two = rng.integers(len(ends), size=2)
        a, b = ends[one]
        c, d = ends[two] if rng.random() < 0.5 else ends[two][::-1]
        if len({a, b, c, d}) == 4 and not edges[a, d] and not edges[c, b]:
            edges[a, b] = edges[b, a] = edges[c, d] = edges[d, c] = False
            edges[a, d] = edges[d, a] = edges[c, b] = edges[b, c] = True
            ends[one], ends[two] = (a, d), (c, b)


def _outer_edges(outer: Ints, blocks: Ints, rng: np.random.Generator) -> Edges:
    """Edges between communities: random pairs of open ends, drawn again where not allowed."""
    edges = np.zeros((len(outer), len(outer)), dtype=bool)
    open_ends = np.repeat(np.arange(len(outer)), outer)
    for _ in range(MAX_ATTEMPTS):
        rng.shuffle(open_ends)
        n_pairs = len(open_ends) // 2
        left = list(open_ends[2 * n_pairs :])
        for a, b in open_ends[: 2 * n_pairs].reshape(-1, 2):
            if blocks[a] == blocks[b] or edges[a, b]:
                left += [a, b]
            else:
                edges[a, b] = edges[b, a] = True
        if len(left) < 2:
            break
        open_ends = np.array(left)
    return edges


def _balanced(edges: Edges, strength: Floats) -> Floats:
    """Weights that are products of factors of the nodes and add up to the strengths.

    Not all strengths can be had: a node's may be more than all of its neighbours'. The factors keep
    within bounds then, and such nodes fall short.
    """
    start = np.sqrt(np.where(edges.any(axis=1), strength, 0.0))
    factor = start
    for _ in range(BALANCE_ROUNDS):
        reached = factor * (edges @ factor)
        ratio = np.divide(strength, reached, out=np.ones(len(factor)), where=reached > 0)
        factor = np.clip(factor * np.sqrt(ratio), start / MAX_FACTOR, start * MAX_FACTOR)
        if np.abs(ratio - 1).max() < 1e-9:
            break
    weights: Floats = np.outer(factor, factor) * edges
    return weights
