"""Cycles and centralities equal other libraries', closed forms and brute force."""

from itertools import combinations, pairwise, permutations
from math import comb

import networkx as nx
import numpy as np
import pytest

from neuro.analyses.graphs import centrality, cycles
from neuro.analyses.graphs.signals import standardize
from neuro.analyses.graphs.storage import Graph, from_edges, from_matrix

N = 2000


def random_edges(n, p, seed=0):
    upper = np.triu(np.random.default_rng(seed).random((n, n)) < p, 1)
    return np.argwhere(upper)


def as_lists(graph):
    return Graph(graph.n, neighbors=graph.adjacency())


@pytest.fixture(scope="module")
def edges():
    return random_edges(N, 0.03)


@pytest.fixture(scope="module")
def graph(edges):
    return from_edges(edges, N)


@pytest.fixture(scope="module")
def peer(edges):
    g = nx.empty_graph(N)
    g.add_edges_from(edges.tolist())
    return g


def test_triangles_equal_networkx(graph, peer):
    expected = list(nx.triangles(peer).values())
    np.testing.assert_array_equal(cycles.triangles(graph), expected)
    np.testing.assert_array_equal(cycles.triangles(graph, n_threads=3), expected)
    np.testing.assert_array_equal(cycles.triangles(as_lists(graph), n_threads=2), expected)


def test_hubs_last_or_not_the_triangles_are_the_same(monkeypatch):
    n = 600
    rng = np.random.default_rng(5)
    fame = rng.pareto(1.5, n)
    upper = np.triu(rng.random((n, n)) < np.minimum(0.02 * fame[:, None] * fame, 0.9), 1)
    graph = from_edges(np.argwhere(upper), n)
    assert cycles._by_degree(graph.degree) is not None
    ordered = cycles.triangles(graph, n_threads=2)
    monkeypatch.setattr(cycles, "WORTH", 0.0)
    np.testing.assert_array_equal(ordered, cycles.triangles(graph))
    a = graph.dense().astype(float)
    np.testing.assert_array_equal(ordered, (a @ a * a).sum(axis=1) / 2)


def test_triangles_equal_igraph(graph, edges):
    igraph = pytest.importorskip("igraph")
    listed = np.array(igraph.Graph(n=N, edges=edges).list_triangles())
    np.testing.assert_array_equal(cycles.triangles(graph), np.bincount(listed.ravel(), minlength=N))


def test_clustering_equals_bctpy(graph):
    bct = pytest.importorskip("bct")
    ours = cycles.clustering(graph)
    np.testing.assert_allclose(ours, bct.clustering_coef_bu(graph.dense().astype(float)))


@pytest.mark.parametrize("n", [3, 5, 64, 65, 200])
def test_complete_graphs_and_rings(n):
    complete = from_matrix(np.ones((n, n)) - np.eye(n))
    for form in (complete, as_lists(complete)):
        assert (cycles.triangles(form) == comb(n - 1, 2)).all()
        assert (cycles.squares(form) == 3 * comb(n - 1, 3)).all()
    assert cycles.transitivity(complete) == 1
    ring = from_edges([(i, (i + 1) % n) for i in range(n)], n)
    assert (cycles.triangles(ring) == (n == 3)).all()
    assert (cycles.squares(ring) == (n == 4)).all()


def test_random_graphs_have_the_expected_triangles():
    n, p = 1500, 0.05
    counts = cycles.triangles(from_edges(random_edges(n, p, seed=4), n))
    expected = comb(n - 1, 2) * p**3
    assert counts.mean() == pytest.approx(expected, rel=0.03)


def test_squares_equal_the_definition():
    n = 9
    edges = random_edges(n, 0.5, seed=1)
    graph = from_edges(edges, n)
    linked = graph.dense()
    counts = np.zeros(n, int)
    for nodes in combinations(range(n), 4):
        first, *rest = nodes
        rings = {min((first, *p), (first, *p[::-1])) for p in permutations(rest)}
        for ring in rings:
            if all(linked[ring[k], ring[(k + 1) % 4]] for k in range(4)):
                counts[list(nodes)] += 1
    np.testing.assert_array_equal(cycles.squares(graph), counts)


@pytest.mark.parametrize("density", [0.002, 0.1, 0.6])
def test_squares_and_triangles_equal_matrix_products(density):
    n = 900
    graph = from_edges(random_edges(n, density, seed=2), n)
    a = graph.dense().astype(float)
    paths = a @ a
    np.testing.assert_array_equal(cycles.triangles(graph), (paths * a).sum(axis=1) / 2)
    np.fill_diagonal(paths, 0)
    expected = (paths * (paths - 1) / 2).sum(axis=1)
    np.testing.assert_array_equal(cycles.squares(graph, n_threads=2), expected)


def test_node_measures_equal_networkx():
    edges = random_edges(500, 0.05)
    graph, peer = from_edges(edges, 500), nx.empty_graph(500)
    peer.add_edges_from(edges.tolist())
    np.testing.assert_allclose(cycles.clustering(graph), list(nx.clustering(peer).values()))
    assert cycles.transitivity(graph) == pytest.approx(nx.transitivity(peer), abs=1e-12)
    np.testing.assert_array_equal(
        centrality.core_numbers(graph), list(nx.core_number(peer).values())
    )
    np.testing.assert_allclose(
        centrality.pagerank(graph), list(nx.pagerank(peer, tol=1e-12).values()), atol=1e-10
    )
    expected = list(nx.eigenvector_centrality(peer, tol=1e-11, max_iter=500).values())
    np.testing.assert_allclose(centrality.eigenvector_centrality(graph), expected, atol=1e-8)


def test_nodes_without_neighbors():
    graph = from_edges([(0, 1), (1, 2), (0, 2)], 5)
    share = centrality.pagerank(graph)
    peer = nx.empty_graph(5)
    peer.add_edges_from([(0, 1), (1, 2), (0, 2)])
    expected = nx.pagerank(peer)
    np.testing.assert_allclose(share, [expected[k] for k in range(5)], atol=1e-6)
    np.testing.assert_array_equal(cycles.clustering(graph), [1, 1, 1, 0, 0])
    modules = list("abcde")
    found = centrality.participation(graph, modules)
    np.testing.assert_allclose(found, [0.5, 0.5, 0.5, 0, 0])
    np.testing.assert_array_equal(centrality.core_numbers(graph), [2, 2, 2, 0, 0])
    with pytest.raises(ValueError, match="needs three nodes and an edge"):
        centrality.eigenvector_centrality(from_edges(np.empty((0, 2)), 4))


def test_local_efficiency_equals_networkx():
    n = 80
    edges = random_edges(n, 0.15, seed=3)
    g = nx.empty_graph(n)
    g.add_edges_from(edges.tolist())
    expected = [nx.global_efficiency(g.subgraph(g[i])) for i in range(n)]
    found = centrality.local_efficiency(from_edges(edges, n))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_participation_equals_its_definition():
    n = 60
    graph = from_edges(random_edges(n, 0.2, seed=6), n)
    modules = np.arange(n) % 4
    a = graph.dense()
    per_module = np.stack([a[:, modules == m].sum(axis=1) for m in range(4)], axis=1)
    expected = 1 - ((per_module / a.sum(axis=1)[:, None]) ** 2).sum(axis=1)
    np.testing.assert_allclose(centrality.participation(graph, modules), expected)


def test_neighbors_by_distance():
    rng = np.random.default_rng(0)
    n = 150
    graph = from_edges(random_edges(n, 0.2, seed=7), n)
    places = rng.uniform(0, 60, (n, 3))
    bounds = [0, 15, 30, np.inf]
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    expected = [
        ((apart >= low) & (apart < high) & (graph.dense() > 0)).sum(axis=1)
        for low, high in pairwise(bounds)
    ]
    found = centrality.distance_degree(graph, places, bounds)
    np.testing.assert_array_equal(found.T, expected)
    np.testing.assert_array_equal(found.sum(axis=1), graph.degree)
    with pytest.raises(ValueError, match="must ascend"):
        centrality.distance_degree(graph, places, [0, 10, 5])


def test_closed_forms_equal_brute_force():
    series = np.random.default_rng(1).standard_normal((40, 60)).cumsum(axis=0)
    off = np.corrcoef(series.T) - np.eye(60)
    signals = standardize(series)
    np.testing.assert_allclose(
        cycles.weighted_cycles(signals), np.diag(off @ off @ off), rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(cycles.weighted_strength(signals), off.sum(axis=1), atol=1e-4)
