"""The search tells the description length it finds, which is graph-tool's, and finds the truth."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score as nmi

from neuro.analyses.connectomes.sbm import description_length, fit, fit_graph_tool, has_graph_tool
from neuro.analyses.connectomes.sbm.flat import move_nats
from neuro.analyses.connectomes.sbm.graph import build_graph
from neuro.analyses.connectomes.sbm.graphtool import graph_tool_description_length
from neuro.analyses.connectomes.sbm.moves import refine, seed_moves
from neuro.analyses.connectomes.sbm.partitions import asymptotic, log_partitions, table
from neuro.analyses.connectomes.sbm.state import make_data, make_state, rebuild

MODELS = list(
    itertools.product(
        ("exponential", "normal", "lognormal", "geometric", "multigraph", "none"), (True, False)
    )
)
needs_graph_tool = pytest.mark.skipif(not has_graph_tool(), reason="graph-tool is not installed")


def generator(seed=0):
    return np.random.default_rng(seed)


def planted(n_nodes=60, n_blocks=3, within=0.6, between=0.15, ratio=1.0, seed=0, whole=False):
    """Blocks that differ in the density of edges, and in their mean weight by `ratio`."""
    rng = generator(seed)
    blocks = np.sort(np.arange(n_nodes) % n_blocks)
    same = np.equal.outer(blocks, blocks)
    weights = rng.exponential(np.where(same, ratio, 1.0))
    weights = np.ceil(3 * weights) if whole else weights
    upper = np.triu(weights * (rng.random(same.shape) < np.where(same, within, between)), 1)
    return upper + upper.T, blocks


@pytest.mark.parametrize(("weights", "corrected"), MODELS)
@pytest.mark.parametrize("nested", [True, False])
def test_the_search_keeps_the_plain_description_length(weights, corrected, nested):
    graph, _ = planted(ratio=2, whole=True)
    options = {"weights": weights, "degree_corrected": corrected}
    found = fit(graph, nested=nested, rng=generator(), **options)
    plain = description_length(graph, found.levels, **options)
    assert found.description_length == pytest.approx(plain, rel=1e-9)
    assert len(found.levels) <= 2 or nested


@pytest.mark.parametrize(("weights", "corrected"), MODELS)
def test_moves_change_the_description_length_by_what_they_say(weights, corrected):
    graph, _ = planted(ratio=2, whole=True)
    data = make_data(build_graph(graph, weights), weights, corrected)
    state = make_state(data, 4, 30)
    seed_moves(0)
    state.block[0] = generator(1).integers(12, size=60)
    state.block[1, :30] = np.arange(30) // 3
    state.block[2, :30] = np.arange(30) // 2
    rebuild(state, data)

    def levels():
        one = state.block[0]
        two = state.block[1][one]
        return [one, two, state.block[2][two]]

    options = {"weights": weights, "degree_corrected": corrected}
    before = description_length(graph, levels(), **options)
    change = refine(state, data, 3, 6)
    after = description_length(graph, levels(), **options)
    assert change < -10
    assert after - before == pytest.approx(change, abs=1e-6)
    kept = [array.copy() for array in state]
    rebuild(state, data)
    for array, anew in zip(kept, state, strict=True):
        np.testing.assert_allclose(array, anew, atol=1e-7)


def test_a_planted_move_changes_the_description_length_by_what_it_says():
    graph, _ = planted()
    data = make_data(build_graph(graph, "none"), "none", True)
    state = make_state(data, 2, 5)
    state.block[0] = generator().integers(4, size=60)
    rebuild(state, data)
    before = description_length(graph, state.block[:1], weights="none")
    for node, to in ((0, 1), (7, 4), (30, 2), (59, 0)):  # 4 has no members yet
        moved = state.block[0].copy()
        moved[node] = to
        to_block = np.bincount(state.block[0][graph[node] > 0], minlength=5).astype(float)
        after = description_length(graph, [moved], weights="none")
        assert move_nats(state, data, node, to, to_block) == pytest.approx(after - before)


def missing_partitions(degree, blocks):
    """Nats by which graph-tool 2.45 counts too few ways to deal the half-edges of blocks.

    In the recursion q(n, k) = q(n, k - 1) + q(n - k, k) its table takes q(0, k) for none, and
    q(n, k) for none where k is larger than n.
    """
    halves = np.bincount(blocks, degree).astype(int)
    counts = np.zeros((halves.max() + 1, halves.max() + 1))
    for n in range(1, len(counts)):
        counts[n, 1] = 1
        for k in range(2, n + 1):
            counts[n, k] = counts[n, k - 1] + counts[n - k, k]
    sizes = np.minimum(np.bincount(blocks), halves)
    known = table(int(halves.max()), int(sizes.max()))
    return sum(
        log_partitions(known, n, m) - np.log(counts[n, m])
        for n, m in zip(halves, sizes, strict=True)
    )


@needs_graph_tool
@pytest.mark.parametrize("weights", ["exponential", "normal", "lognormal", "geometric", "none"])
@pytest.mark.parametrize("corrected", [True, False])
def test_the_description_length_is_graph_tools(weights, corrected):
    graph, blocks = planted(n_blocks=6, ratio=2, whole=True)
    mixed = (blocks + (generator().random(60) < 0.2)) % 6
    options = {"weights": weights, "degree_corrected": corrected}
    levels = [mixed, mixed * 0] if "normal" in weights else [mixed, mixed // 3, mixed * 0]
    theirs = graph_tool_description_length(graph, levels, **options)
    gap = missing_partitions((graph > 0).sum(axis=1), mixed) if corrected else 0.0
    assert gap < 1
    assert description_length(graph, levels, **options) - gap == pytest.approx(theirs, rel=1e-9)


@needs_graph_tool
@pytest.mark.parametrize("weights", ["exponential", "lognormal"])
def test_graph_tool_is_a_backend(weights):
    graph, blocks = planted(ratio=6)
    fitted = fit_graph_tool(graph, weights=weights, degree_corrected=False, rng=generator())
    assert nmi(blocks, fitted.blocks.levels[0]) > 0.7
    assert fitted.blocks.levels[-1].max() == 0
    assert fitted.seconds > 0
    ours = fit(graph, weights=weights, degree_corrected=False, rng=generator())
    assert ours.description_length <= fitted.blocks.description_length * 1.01


def test_a_missing_graph_tool_is_an_error():
    graph, _ = planted()
    with pytest.raises(RuntimeError, match="name one that has graph-tool"):
        fit_graph_tool(graph, rng=generator(), python="no-such-python3")
    assert not has_graph_tool("no-such-python3")


@pytest.mark.parametrize("corrected", [True, False])
def test_blocks_of_edges_are_found(corrected):
    graph, blocks = planted(within=0.7, between=0.1)
    found = fit(graph, weights="none", degree_corrected=corrected, rng=generator())
    assert nmi(blocks, found.levels[0]) > 0.95


def test_blocks_of_weights_alone_are_found_by_their_weights():
    graph, blocks = planted(within=0.5, between=0.5, ratio=6)
    assert nmi(blocks, fit(graph, rng=generator()).levels[0]) > 0.95
    assert fit(graph, weights="none", rng=generator()).levels[0].max() == 0


def test_degree_correction_keeps_hubs_in_their_community():
    rng = generator(3)
    popularity = np.tile(0.15 + 1.5 * rng.random(60) ** 2, 2)
    blocks = np.repeat([0, 1], 60)
    rate = np.outer(popularity, popularity) * np.where(np.equal.outer(blocks, blocks), 0.5, 0.05)
    upper = np.triu(rng.random(rate.shape) < rate, 1).astype(float)
    graph = upper + upper.T
    keep = graph.any(axis=1)
    graph, blocks = graph[keep][:, keep], blocks[keep]
    corrected, plain = (
        fit(graph, weights="none", degree_corrected=c, rng=generator()) for c in (True, False)
    )
    assert nmi(blocks, corrected.levels[0]) > 0.8
    assert plain.levels[0].max() > corrected.levels[0].max() == 1
    assert corrected.description_length < plain.description_length


def test_levels_are_nested_and_end_in_one_block():
    graph, _ = planted(n_nodes=160, n_blocks=16, within=0.9, between=0.02)
    levels = fit(graph, weights="none", rng=generator()).levels
    assert len(levels) >= 3
    assert levels[-1].max() == 0
    for fine, coarse in itertools.pairwise(levels):
        assert coarse.max() < fine.max()
        assert len(np.unique(np.column_stack((fine, coarse)), axis=0)) == fine.max() + 1


def test_the_same_generator_gives_the_same_hierarchy():
    graph, _ = planted(within=0.4, between=0.25)
    one, other = (fit(graph, n_restarts=2, rng=generator(5)) for _ in range(2))
    assert one.description_length == other.description_length
    assert all(np.array_equal(a, b) for a, b in zip(one.levels, other.levels, strict=True))


def test_more_restarts_never_describe_worse():
    graph, _ = planted(within=0.4, between=0.25)
    lengths = [fit(graph, n_restarts=n, rng=generator(5)).description_length for n in (1, 2, 4)]
    assert lengths == sorted(lengths, reverse=True)


def test_partitions_are_counted():
    known = table(30, 30)
    assert np.exp(log_partitions(known, 10, 10)) == pytest.approx(42)
    assert np.exp(log_partitions(known, 10, 3)) == pytest.approx(14)
    exact = table(2000, 200)
    for n, m in ((2000, 200), (2000, 40), (1500, 150)):
        assert asymptotic(n, m) == pytest.approx(exact[n, m], rel=0.01)
