"""The number of components that were planted is found, by what was left out."""

import numpy as np
import pytest
import torch

from neuro.analyses.connectomes.agreement import core_consistency, factor_match, stability
from neuro.analyses.connectomes.ntf import factorise
from neuro.analyses.connectomes.rank import _folds, sweep_ranks
from neuro.analyses.connectomes.tensors import Dense


def planted(rank=3, noise=0.5, seed=0, shape=(60, 8, 45)):
    rng = np.random.default_rng(seed)
    modes = [torch.tensor(rng.gamma(0.5, size=(size, rank))) for size in shape]
    x = torch.einsum("tr,wr,pr->twp", *modes)
    if noise == 0:
        return x, tuple(modes)
    # Multiplied, with mean 1: noise that is added and cut at zero is a component of its own.
    shape_parameter = 1 / noise**2
    factor = rng.gamma(shape_parameter, 1 / shape_parameter, size=x.shape)
    return x * torch.tensor(factor), tuple(modes)


def sweep(x, ranks, mask=None):
    return sweep_ranks(
        Dense(x, mask), ranks, n_restarts=4, n_folds=4, generator=torch.Generator().manual_seed(0)
    )


def test_the_planted_rank_is_chosen():
    for seed in range(3):
        x, _ = planted(seed=seed)
        seen = sweep(x, [1, 2, 3, 4, 5])
        assert seen.chosen == 3
        assert (np.diff(seen.explained) > 0).all()  # which fit alone would never tell
        assert seen.stability[2] > 0.99
        assert seen.consistency[2] > 0.9
        assert seen.consistency[4] < 0.9


def test_fibres_that_are_left_out_are_disjoint_and_leave_every_pair_somewhere():
    x, _ = planted()
    mask = torch.rand(x.shape[1:], generator=torch.Generator().manual_seed(1)) > 0.4
    folds = _folds(Dense(x, mask), 4, torch.Generator().manual_seed(0))
    together = torch.stack(folds).sum(0)
    assert together.max() == 1
    assert (together.bool() & ~mask).sum() == 0
    for fold in folds:
        kept = (mask & ~fold).any(0)
        assert kept[mask.any(0)].all()


def test_factor_match_does_not_mind_order_and_scale_and_punishes_extra_components():
    _, modes = planted()
    order = torch.tensor([2, 0, 1])
    shuffled = (modes[0][:, order] * 7, modes[1][:, order], modes[2][:, order] / 3)
    assert factor_match(shuffled, modes) == pytest.approx(1.0)
    more = tuple(torch.cat([m, torch.rand(len(m), 1).double()], 1) for m in modes)
    assert factor_match(more, modes) == pytest.approx(3 / 4)


def test_core_consistency_is_one_for_an_exact_model_also_with_a_mask():
    x, modes = planted(noise=0.0)
    mask = torch.rand(x.shape[1:], generator=torch.Generator().manual_seed(1)) > 0.2
    assert core_consistency(Dense(x), modes) == pytest.approx(1.0, abs=1e-6)
    assert core_consistency(Dense(x, mask), modes) == pytest.approx(1.0, abs=1e-6)


def test_one_restart_has_no_stability():
    x, _ = planted()
    one = factorise(Dense(x), 2, generator=torch.Generator().manual_seed(0), like=x)
    with pytest.raises(ValueError, match="at least 2 restarts"):
        stability(one.times, one.animals, one.pairs)


def test_the_rank_of_one_animal_is_found_by_times_and_pairs_left_out_together():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        course, loading = (rng.gamma(0.5, size=(n, 3)) for n in (120, 60))
        course, loading = (f / np.linalg.norm(f, axis=0) for f in (course, loading))
        x = course @ loading.T
        x = torch.tensor(x + 0.5 * x.std() * rng.standard_normal(x.shape))[:, None]
        tensor = Dense.excess(x - x.min(), (-x.min()).expand(1, 60))
        generator = torch.Generator().manual_seed(0)
        seen = sweep_ranks(tensor, [1, 2, 3, 4, 5], n_restarts=2, n_folds=4, generator=generator)
        assert seen.chosen == 3
        assert np.isnan(seen.consistency).all()


def test_folds_that_cannot_be_made_are_refused():
    x, _ = planted(shape=(3, 1, 10))
    with pytest.raises(ValueError, match=r"folds must be from 2 to 3, .* got 4"):
        sweep(x, [1])
