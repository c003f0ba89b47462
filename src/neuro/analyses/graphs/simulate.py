"""Cohorts whose truth is known: planted triangles at equal degree, and sites with effects."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.graphs.cohort import Cohort

Floats = NDArray[np.float64]

CLIQUE = 5
"""Nodes of a planted clique; all nodes have one neighbor less."""


@dataclass(frozen=True, eq=False)
class TriangleCohort:
    """Time series of two groups that differ in triangles alone.

    Parameters
    ----------
    series : list of ndarray, shape (n_times, n_nodes)
        A subject's time series.
    labels : ndarray of bool, shape (n_subjects,)
        Whether the subject has the planted cliques.
    planted : ndarray of bool, shape (n_nodes,)
        Nodes of the cliques.
    density : float
        Share of pairs that share a source.
    """

    series: list[NDArray[np.float32]]
    labels: NDArray[np.bool_]
    planted: NDArray[np.bool_]
    density: float


def triangle_cohort(
    rng: np.random.Generator,
    *,
    n_subjects: int = 40,
    n_nodes: int = 300,
    n_planted: int = 40,
    n_times: int = 400,
    noise: float = 1.0,
) -> TriangleCohort:
    """Simulate two groups with the same degrees and correlations, but other triangles.

    Every edge of a subject's graph is a source that its two nodes share, so that edges have the
    correlation 1 / (degree + noise^2), and other pairs none. All graphs are regular of one degree.
    In the second group the planted nodes form cliques; elsewhere edges are drawn at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    n_subjects : int
        Subjects, half of them with cliques.
    n_nodes, n_planted : int
        Nodes, and those in cliques; multiples of 5.
    n_times : int
        Samples.
    noise : float
        Standard deviation of each node's own noise.
    """
    labels = np.arange(n_subjects) % 2 == 1
    planted = np.arange(n_nodes) < n_planted
    series = []
    for label in labels:
        parts = [_cliques(n_planted) if label else _regular(n_planted, rng)]
        parts.append(_regular(n_nodes - n_planted, rng) + n_planted)
        edges = np.concatenate(parts)
        loading = np.zeros((len(edges), n_nodes), np.float32)
        loading[np.arange(len(edges)), edges[:, 0]] = 1
        loading[np.arange(len(edges)), edges[:, 1]] = 1
        sources = rng.standard_normal((n_times, len(edges)), dtype=np.float32)
        own = noise * rng.standard_normal((n_times, n_nodes), dtype=np.float32)
        series.append(sources @ loading + own)
    return TriangleCohort(series, labels, planted, (CLIQUE - 1) / (n_nodes - 1))


def _cliques(n: int) -> NDArray[np.int64]:
    rows, columns = np.triu_indices(CLIQUE, 1)
    starts = np.arange(0, n, CLIQUE)[:, None]
    return np.stack([(starts + rows).ravel(), (starts + columns).ravel()], axis=1)


def _regular(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A random regular graph without multiple edges: cliques whose edges swap their ends."""
    edges = _cliques(n)
    there = set(map(tuple, edges.tolist()))
    for _ in range(8 * len(edges)):
        e, f = rng.integers(len(edges), size=2)
        (a, b), (c, d) = edges[e].tolist(), edges[f].tolist()
        if rng.random() < 0.5:
            c, d = d, c
        first, second = tuple(sorted((a, d))), tuple(sorted((c, b)))
        if len({a, b, c, d}) < 4 or first in there or second in there:
            continue
        there -= {tuple(sorted((a, b))), tuple(sorted((c, d)))}
        there |= {first, second}
        edges[e], edges[f] = first, second
    return edges


def site_cohort(
    rng: np.random.Generator,
    *,
    effect: float,
    site_effect: float = 1.5,
    n_sites: int = 8,
    n_per_site: int = 30,
    n_features: int = 200,
    n_affected: int = 20,
) -> Cohort:
    """A cohort of several sites, whose features and share of patients differ.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    effect : float
        Shift of the patients' affected features, standard deviations.
    site_effect : float
        Standard deviation of the sites' shifts.
    n_sites, n_per_site : int
        Sites, and subjects at each.
    n_features, n_affected : int
        Features, and those that the disease shifts.

    Returns
    -------
    cohort : Cohort
        Shares of patients run from 15 to 85 % over the sites.
    """
    sites = np.repeat([f"site{k + 1}" for k in range(n_sites)], n_per_site)
    shares = rng.permutation(np.linspace(0.15, 0.85, n_sites))
    labels = np.concatenate(
        [rng.permutation(np.arange(n_per_site) < round(share * n_per_site)) for share in shares]
    )
    shifts = site_effect * rng.standard_normal((n_sites, n_features))
    spreads = rng.uniform(0.8, 1.25, (n_sites, n_features))
    features = rng.standard_normal((len(sites), n_features))
    features = features * np.repeat(spreads, n_per_site, axis=0)
    features += np.repeat(shifts, n_per_site, axis=0)
    features[np.ix_(labels, np.arange(n_affected))] += effect
    return Cohort(
        features=features,
        labels=labels,
        subjects=np.array([f"{k:04d}" for k in range(len(labels))]),
        sites=sites,
        confounds=rng.standard_normal((len(labels), 2)),
        regions=np.arange(n_features) // 10,
    )
