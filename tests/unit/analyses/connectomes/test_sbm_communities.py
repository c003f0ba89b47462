"""Plain communities: found where they are, none where there are none, ranked without a truth."""

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score as nmi

from neuro.analyses.connectomes.sbm import (
    choose_level,
    consensus,
    find_communities,
    fit_planted,
    fit_strength,
    lfr_graph,
    two_views,
)


def generator(seed=0):
    return np.random.default_rng(seed)


def assortative(seed=0):
    return lfr_graph(
        100,
        mean_degree=20,
        max_degree=50,
        mixing_edges=0.5,
        mixing_weights=0.2,
        rng=generator(seed),
    )


def noise(seed=0):
    upper = np.triu(np.exp(0.5 * generator(seed).standard_normal((80, 80))), 1)
    upper *= generator(seed + 1).random(upper.shape) < 0.3
    return upper + upper.T


def popular(seed=0):
    """Edges anywhere; weights by popularities within and between that do not agree."""
    rng = generator(seed)
    blocks = np.repeat(np.arange(3), 30)
    a = 0.8 * rng.standard_normal((2, 90))
    logs = np.where(
        np.equal.outer(blocks, blocks), np.add.outer(a[0], a[0]), np.add.outer(a[1], a[1])
    )
    logs += 0.3 * rng.standard_normal(logs.shape)
    upper = np.triu(np.exp(logs) * (rng.random(logs.shape) < 0.5), 1)
    return upper + upper.T, blocks


def test_communities_of_strength_are_found():
    graph, blocks = assortative()
    found = fit_strength(graph, rng=generator())
    assert nmi(blocks, found.blocks) > 0.9
    assert found.gain > 10


def test_popularities_tell_communities_that_strength_does_not():
    graph, blocks = popular()
    assert nmi(blocks, fit_planted(graph, rng=generator()).blocks) > 0.9
    assert nmi(blocks, fit_strength(graph, rng=generator()).blocks) < 0.5


@pytest.mark.parametrize("search", [fit_strength, fit_planted])
def test_noise_is_one_community(search):
    assert search(noise(), rng=generator()).blocks.max() == 0


@pytest.mark.parametrize("make", [assortative, popular])
def test_the_rule_takes_what_fits(make):
    graph, blocks = make()
    found = find_communities(graph, rng=generator())
    assert nmi(blocks, found.blocks) > 0.9
    models = {"planted": found.planted.blocks, "strength": found.strength.blocks}
    if found.model in models:
        assert np.array_equal(found.blocks, models[found.model])
    assert {one.degree_corrected for one in found.nested} == {True, False}
    assert found.nested[0].description_length <= found.nested[1].description_length


def test_the_rule_repeats_itself():
    graph, _ = popular()
    one, other = (find_communities(graph, rng=generator(2)) for _ in range(2))
    assert np.array_equal(one.blocks, other.blocks)
    assert (one.model, one.level) == (other.model, other.level)


def test_the_level_of_the_communities_is_chosen():
    graph, blocks = assortative()
    fine = 2 * blocks + generator().integers(2, size=len(blocks))
    coarse = blocks // 2
    assert choose_level(graph, [fine, blocks, coarse, coarse * 0]) == 1
    assert choose_level(noise(), [np.arange(80) % 4, np.arange(80) % 2, np.zeros(80, int)]) == 2
    with pytest.raises(ValueError, match="Levels must not be empty"):
        choose_level(graph, [])


def test_partitions_rank_whatever_their_labels():
    graph, blocks = assortative()
    named = np.max(blocks) - blocks
    mixed = generator().permutation(blocks)
    nats = two_views(graph, [blocks, named, mixed])
    assert nats[0] == pytest.approx(nats[1], rel=1e-9)
    assert nats[0] < nats[2]


def test_consensus_is_what_most_agree_on():
    truth = np.repeat(np.arange(4), 10)
    partitions = []
    for seed in range(25):
        rng = generator(seed)
        noisy = np.where(rng.random(40) < 0.2, rng.integers(4, size=40), truth)
        partitions.append(rng.permutation(4)[noisy])  # the same blocks under other names
    blocks, agreement = consensus(partitions)
    assert nmi(truth, blocks) == pytest.approx(1)
    assert max(nmi(truth, one) for one in partitions) < 0.9
    assert ((agreement > 0.5) & (agreement < 1)).all()


def test_consensus_of_one_is_itself_by_falling_size():
    blocks, agreement = consensus([np.array([5, 5, 2, 2, 2, 9])])
    assert blocks.tolist() == [1, 1, 0, 0, 0, 2]
    assert (agreement == 1).all()


def test_consensus_needs_partitions_of_the_same_nodes():
    with pytest.raises(ValueError, match="at least one partition"):
        consensus([])
    with pytest.raises(ValueError, match="Got lengths \\[3, 4\\]"):
        consensus([np.zeros(3, int), np.zeros(4, int)])
