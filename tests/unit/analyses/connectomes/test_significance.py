"""Tests of motifs keep their level without structure, and see structure; epochs are told apart."""

import numpy as np
import pytest
import torch

from neuro.analyses.connectomes.affinity import affinities, standardise
from neuro.analyses.connectomes.ntf import factorise
from neuro.analyses.connectomes.shifts import expected, shifted
from neuro.analyses.connectomes.significance import motif_tests, relation
from neuro.analyses.connectomes.tensors import Dense


def drawn(seed, shared, n_animals=4):
    """White derivatives; four of ten neurons share `shared` of theirs in the second half."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(n_animals, 10, 200, generator=generator)
    values[:, :4, 100:] += shared * torch.randn(n_animals, 1, 100, generator=generator)
    return standardise(values)[0]


def outcome(values, rank):
    generator = torch.Generator().manual_seed(0)
    tensor = Dense.excess(
        affinities(values, "geometric"),
        expected(values, lambda x: affinities(x, "geometric"), 4, generator),
    )

    def fit(part):
        found = factorise(part, rank, n_restarts=2, generator=generator, like=values)
        return found.times[0], found.animals[0], found.pairs[0]

    pairs = torch.triu_indices(10, 10, 1)
    return motif_tests(
        tensor,
        fit(tensor),
        fit,
        values,
        lambda moved, used: affinities(moved, "geometric", pairs=pairs[:, used]),
        n_folds=2,
        n_shifts=19,
        generator=generator,
    )


def test_a_shift_keeps_each_neuron_and_loses_what_they_share():
    values = drawn(0, 3.0)
    moved = shifted(values, torch.Generator().manual_seed(0))
    assert torch.equal(moved.sort(2).values, values.sort(2).values)
    before, after = (float(torch.corrcoef(v[0, :4])[0, 1:].abs().max()) for v in (values, moved))
    assert before > 0.7
    assert after < 0.4


@pytest.mark.parametrize("n_animals", [4, 1])
def test_a_planted_motif_is_significant(n_animals):
    seen = outcome(drawn(0, 2.0, n_animals), rank=1)
    assert seen.p[0] == pytest.approx(1 / 20)
    assert seen.statistic[0] > 1.2
    assert seen.null.mean() == pytest.approx(1.0)


def test_without_structure_small_p_are_as_rare_as_they_should_be():
    p = np.concatenate([outcome(drawn(seed, 0.0), rank=2).p for seed in range(25)])
    # 50 values of p that are at most .2 with probability .2: 99.9 % are within these bounds.
    assert 2 <= (p <= 0.2).sum() <= 20


def test_a_time_course_that_follows_epochs_is_told_from_one_that_does_not():
    rng = np.random.default_rng(0)
    epochs = [(20.0, 30.0), (55.0, 65.0), (101.0, 111.0)]
    times = rng.random((240, 2))
    for onset, end in epochs:
        times[int(2 * onset) : int(2 * end), 0] += 2
    seen = relation(times, 0.5, epochs, n_shifts=199, rng=rng)
    assert seen.tests.p[0] <= 0.05 < seen.tests.p[1]
    assert seen.peak_inside[0]
    assert seen.inside[0] > 2 * seen.outside[0]
    inside = np.zeros(240, dtype=bool)
    for onset, end in epochs:
        inside[int(2 * onset) : int(2 * end)] = True
    assert seen.inside[1] == pytest.approx(times[inside, 1].mean() / times[:, 1].mean())


def test_epochs_that_are_nowhere_or_everywhere_are_refused():
    for epochs in ([(500.0, 510.0)], [(0.0, 120.0)]):
        with pytest.raises(ValueError, match="epochs must cover a part of the 120 s"):
            relation(np.ones((240, 1)), 0.5, epochs, n_shifts=9, rng=np.random.default_rng(0))
