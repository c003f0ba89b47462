"""From derivatives to motifs: planted ones are found, bad input is named."""

import numpy as np
import pytest
import torch

from neuro.analyses.connectomes.agreement import factor_match
from neuro.analyses.connectomes.communities import Communities, block_communities, cohesive
from neuro.analyses.connectomes.model import common_time, fit
from neuro.analyses.connectomes.single import regressed
from neuro.config.connectomes import Connectomes
from neuro.datasets.worms import simulate

QUICK = Connectomes(rank=2, n_restarts=3, n_folds=2, n_shifts=9, n_course_shifts=199)


def with_(**change):
    return Connectomes(**{**QUICK.model_dump(), **change})


@pytest.fixture(scope="module")
def worms():
    return simulate(
        np.random.default_rng(0), n_worms=8, n_neurons=24, duration=240, n_motifs=2, noise=0.3
    )


def derivatives(worms):
    return np.gradient(worms.traces, 1 / worms.sfreq, axis=2)


def by_hand(adjacency, rng):
    """Every neuron with an edge is one community."""
    labels = np.where(adjacency.any(0), 0, -1)
    return Communities(labels[None], 0, labels, np.ones(len(labels)), 0.0, "none")


def fitted(worms, settings=QUICK, find=by_hand, **keys):
    arguments = {
        "animals": [f"w{i}" for i in range(len(worms.traces))],
        "names": worms.names,
        "epochs": {"stimulus": [tuple(span) for span in worms.stimulus]},
        **keys,
    }
    values = arguments.pop("derivatives", derivatives(worms))
    rng = np.random.default_rng(0)
    return fit(values, sfreq=worms.sfreq, settings=settings, rng=rng, find=find, **arguments)


def match(result, worms):
    first, second = np.triu_indices(len(worms.names), 1)
    n = len(result.times)
    times = worms.times[: 4 * n].reshape(n, 4, -1).mean(1)
    found = (result.times, result.loadings, result.adjacency[:, first, second].T)
    truth = (times, worms.strengths, worms.pairs)
    found, truth = (tuple(torch.tensor(m).double() for m in modes) for modes in (found, truth))
    return factor_match(found, truth)


@pytest.fixture(scope="module")
def result(worms):
    return fitted(worms)


def test_planted_motifs_and_the_stimulus_are_found(worms, result):
    assert match(result, worms) > 0.9
    assert (result.tests.p == 0.1).all()
    driven = int(np.argmax([np.corrcoef(t, _at(worms))[0, 1] for t in result.times.T]))
    stimulus = result.relations["stimulus"]
    assert stimulus.peak_inside[driven]
    assert stimulus.tests.p[driven] < 0.05


def test_the_groups_of_a_motif_are_its_communities():
    rng = np.random.default_rng(0)
    graph = np.triu(0.1 * rng.random((24, 24)) * (rng.random((24, 24)) < 0.3), 1)
    for group in (slice(0, 6), slice(6, 12)):
        graph[group, group] += np.triu(rng.uniform(0.7, 1.0, (6, 6)), 1)
    graph[:, 22:] = 0
    found = block_communities(graph + graph.T, rng, n_restarts=6)
    assert found.labels.tolist() == [0] * 6 + [1] * 6 + [-1] * 12
    assert (found.levels[:, 22:] == -1).all()
    assert found.confidence[:12].min() > 0.8


def _at(worms):
    return worms.times[:, 0].reshape(-1, 4).mean(1)


def test_shapes_and_sizes_are_as_documented(worms, result):
    assert result.step == 1.0
    assert result.times.shape == (240, 2)
    assert np.linalg.norm(result.loadings, axis=0) == pytest.approx(1.0)
    upper = np.triu(result.adjacency)
    assert np.sqrt((upper**2).sum((1, 2))) == pytest.approx(1.0)
    assert (result.adjacency == result.adjacency.swapaxes(1, 2)).all()
    assert result.present.tolist() == np.isfinite(worms.traces).all(2).tolist()
    assert 0 < result.explained < 1
    assert (result.share > 0).all()
    assert result.share[0] >= result.share[1]


def test_the_same_random_numbers_give_the_same_result(worms):
    one, other = fitted(worms), fitted(worms)
    assert (one.times == other.times).all()
    assert (one.tests.null == other.tests.null).all()


def test_subtracting_what_chance_leaves_beats_the_mask_and_the_mask_beats_zeros(worms):
    best = match(fitted(worms), worms)
    plain = match(fitted(worms, with_(subtract=False)), worms)
    assert best > plain + 0.1


def test_the_rank_is_chosen_and_told(worms):
    seen = fitted(worms, with_(rank=None, ranks=(1, 2, 3)))
    assert seen.n_motifs == seen.sweep.chosen == 2
    edge = fitted(worms, with_(rank=None, ranks=(1, 2)))
    assert "is the largest of the sweep" in edge.warnings[0]


def test_opposite_changes_are_a_layer_apart(worms):
    values = derivatives(worms)
    flipped = np.flatnonzero(worms.memberships[0, :, 0])[:3]
    values[:, flipped] *= -1
    seen = fitted(worms, with_(signed=True, rank=2), derivatives=values)
    group = np.flatnonzero(worms.memberships[0, :, 0])
    driven = int(np.argmax([np.corrcoef(t, _at(worms))[0, 1] for t in seen.times.T]))
    rest = np.setdiff1d(group, flipped)
    across = np.ix_(flipped, rest)
    assert seen.opposite[driven][across].mean() > 10 * seen.adjacency[driven][across].mean()
    assert seen.adjacency[driven][np.ix_(rest, rest)].mean() > 0.02


def test_one_animal_alone_is_a_matrix(worms):
    there = np.isfinite(worms.traces[0]).all(1)
    seen = fitted(
        worms,
        with_(rank=None, ranks=(1, 2, 3)),
        derivatives=derivatives(worms)[:1, there],
        animals=["w0"],
        names=[name for name, kept in zip(worms.names, there, strict=True) if kept],
    )
    assert seen.loadings.ravel() == pytest.approx(1.0)
    assert np.isnan(seen.sweep.consistency).all()
    assert seen.tests.p.min() == pytest.approx(0.1)


def test_counts_like_affinities_go_with_their_own_loss(worms):
    seen = fitted(
        worms,
        with_(loss="kl", subtract=False, sparsity=0.0, smoothness=0.0, n_restarts=2, tol=1e-3),
    )
    assert 0 < seen.explained < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "kl"}, "loss: kl takes affinities as they are"),
        (
            {"loss": "kl", "subtract": False, "sparsity": 0.0, "smoothness": 0.0, "rank": None},
            "no sweep over ranks; give rank",
        ),
        ({"rank": 10**6}, "rank must be between 1 and"),
        ({"rank": None, "ranks": (1, 10**6)}, "rank must be between 1 and"),
    ],
)
def test_settings_that_cannot_be_are_refused(worms, change, message):
    with pytest.raises(ValueError, match=message):
        fitted(worms, with_(**change))


def test_bad_recordings_are_named(worms):
    values = derivatives(worms)
    values[3] = np.nan
    values[3, 0] = 1.0
    with pytest.raises(ValueError, match="w3: fewer than 2 of the 24 common neurons"):
        fitted(worms, derivatives=values)
    values = derivatives(worms)
    row = np.flatnonzero(np.isfinite(values[2, :, 0]))[0]
    values[2, row] = 0.0
    with pytest.raises(ValueError, match=rf"trace is constant in neuron\(s\) {worms.names[row]}"):
        fitted(worms, derivatives=values)
    with pytest.raises(ValueError, match="animals x neurons x samples"):
        fitted(worms, animals=["w0"])


def test_recordings_are_cut_at_the_end_of_the_shortest():
    values = np.ones((3, 2, 100))
    values[0, 1] = np.nan
    values[2, :, 60:] = np.nan
    cut, told = common_time(values)
    assert cut.shape == (3, 2, 60)
    assert told == ["40% of the longest recording is not used: others are shorter"]
    assert common_time(values[:2])[1] == []


def test_only_blocks_that_hold_together_are_communities():
    graph = np.zeros((9, 9))
    graph[:4, :4] = 1.0
    graph[4:, :4] = graph[:4, 4:] = 0.3
    np.fill_diagonal(graph, 0)
    labels = cohesive(graph, np.array([1] * 4 + [0] * 4 + [-1]))
    assert labels.tolist() == [0] * 4 + [-1] * 5


def test_regressed_weights_are_those_of_nonnegative_least_squares():
    from scipy.optimize import nnls

    rng = np.random.default_rng(0)
    design, targets = rng.random((30, 4)), rng.standard_normal((30, 5)) + 0.5
    got = regressed(torch.tensor(design), torch.tensor(targets)).numpy()
    expected = np.stack([nnls(design, target)[0] for target in targets.T])
    assert got == pytest.approx(expected, abs=1e-6)
