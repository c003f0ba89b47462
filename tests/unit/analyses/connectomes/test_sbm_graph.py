"""Graphs of the block models: generated as asked, refused where malformed."""

import numpy as np
import pytest

from neuro.analyses.connectomes.sbm import (
    description_length,
    find_communities,
    fit,
    fit_planted,
    fit_strength,
    lfr_graph,
)


def generator(seed=0):
    return np.random.default_rng(seed)


def lfr(seed=0, **options):
    asked = {"mean_degree": 20, "max_degree": 60, "mixing_edges": 0.5, "mixing_weights": 0.3}
    return lfr_graph(125, **(asked | options), rng=generator(seed))


@pytest.mark.parametrize("mixing_edges", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("mixing_weights", [0.25, 0.75])
def test_lfr_mixes_as_asked(mixing_edges, mixing_weights):
    graph, blocks = lfr(mixing_edges=mixing_edges, mixing_weights=mixing_weights)
    between = ~np.equal.outer(blocks, blocks)
    share = ((graph > 0) & between).sum(axis=1) / (graph > 0).sum(axis=1)
    assert share.mean() == pytest.approx(mixing_edges, abs=0.05)
    strength = (graph * between).sum(axis=1) / graph.sum(axis=1)
    assert np.median(np.abs(strength - mixing_weights)) < 0.01


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_lfr_strengths_follow_degrees(exponent):
    graph, _ = lfr(strength_exponent=exponent)
    degree = (graph > 0).sum(axis=1)
    slope = np.polyfit(np.log(degree), np.log(graph.sum(axis=1)), 1)[0]
    assert slope == pytest.approx(exponent, abs=0.1)


def test_lfr_degrees_are_as_asked():
    degrees = [(lfr(seed)[0] > 0).sum(axis=1) for seed in range(8)]
    assert np.mean(degrees) == pytest.approx(20, abs=1.5)
    assert 40 < np.max(degrees) <= 60


def test_lfr_graph_is_a_graph():
    graph, blocks = lfr()
    assert np.array_equal(graph, graph.T)
    assert not np.diagonal(graph).any()
    assert graph.min() == 0
    assert np.array_equal(np.unique(blocks), np.arange(blocks.max() + 1))
    again, same = lfr()
    assert np.array_equal(graph, again)
    assert np.array_equal(blocks, same)


def test_lfr_weights_are_bounded_where_strengths_cannot_be_had():
    asked = {"mean_degree": 8, "max_degree": 100, "strength_exponent": 2}
    for seed in range(6):
        graph, _ = lfr(seed, **asked)
        some = graph[graph > 0]
        assert np.isfinite(graph).all()
        assert some.max() < 1e5 * np.median(some)
        assert some.min() > 1e-9 * np.median(some)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mixing_edges": 1.5}, "mixing_edges must be from 0 to 1. Got 1.5"),
        ({"max_degree": 125}, "max_degree < n_nodes"),
        ({"mean_degree": 1}, "mean_degree must be at least"),
        ({"min_size": 80, "max_size": 40}, "2 <= min_size <= max_size"),
        ({"mixing_edges": 0.0, "max_size": 20}, "raise max_size or mixing_edges"),
    ],
)
def test_lfr_refuses_what_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        lfr(**options)


def broken(change):
    graph = np.triu(generator().random((8, 8)), 1)
    graph += graph.T
    change(graph)
    return graph


def negative(graph):
    graph[1, 2] = graph[2, 1] = -0.5


def missing(graph):
    graph[3, 4] = graph[4, 3] = np.nan


def one_way(graph):
    graph[0, 5] = 7


def loop(graph):
    graph[6, 6] = 1


def empty(graph):
    graph[:] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (negative, "must not be negative. Got -0.5 between nodes 1 and 2"),
        (missing, "must be finite. Got nan between nodes 3 and 4"),
        (one_way, "must be symmetric. Got .* from node 0 to 5.*symmetrise"),
        (loop, "Self-loops are not part of the model. Got 1.0 at node 6"),
        (empty, "The graph has no edge: all 8 x 8 weights are 0"),
    ],
)
@pytest.mark.parametrize("search", [fit, fit_planted, fit_strength, find_communities])
def test_malformed_graphs_are_refused(change, message, search):
    with pytest.raises(ValueError, match=message):
        search(broken(change), rng=generator())


def test_the_normal_model_takes_any_sign():
    assert np.isfinite(fit(broken(negative), weights="normal", rng=generator()).description_length)


def test_counts_must_be_whole():
    with pytest.raises(ValueError, match=r"geometric model must be whole numbers. Got 0"):
        fit(broken(lambda graph: None), weights="geometric", rng=generator())


def test_arguments_are_checked():
    graph = broken(lambda graph: None)
    with pytest.raises(ValueError, match=r"square matrix. Got shape \(8, 7\)"):
        fit(graph[:, :7], rng=generator())
    with pytest.raises(ValueError, match=r"Allowed weights are exponential, .*Got 'poisson'"):
        fit(graph, weights="poisson", rng=generator())
    with pytest.raises(ValueError, match=r"n_restarts must be at least 1. Got 0"):
        fit(graph, n_restarts=0, rng=generator())
    with pytest.raises(ValueError, match="Only models of continuous weights compare"):
        find_communities(graph, weights=["geometric"], rng=generator())
    with pytest.raises(ValueError, match="A partition of 8 nodes needs as many labels"):
        description_length(graph, [np.zeros(5, dtype=int)])
    with pytest.raises(ValueError, match="Level 1 must group the blocks of level 0 whole"):
        description_length(graph, [np.arange(8) // 4, np.arange(8) // 3])
