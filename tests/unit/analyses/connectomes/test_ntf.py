"""The factorisation finds planted factors, equals a library's, and fills in nothing."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from neuro.analyses.connectomes.ntf import Penalties, factorise
from neuro.analyses.connectomes.tensors import Dense, Separable

RANK = 3


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def planted(noise, seed=0, shape=(50, 8, 45)):
    rng = np.random.default_rng(seed)
    factors = [rng.gamma(0.5, size=(size, RANK)) for size in shape]
    x = np.einsum("tr,wr,pr->twp", *factors)
    x = np.maximum(x + noise * x.std() * rng.standard_normal(x.shape), 0)
    return torch.tensor(x), factors


def match(found, truth):
    """Mean over components of the product of the modes' cosines, best pairing."""
    total = 1.0
    for one, other in zip(found, truth, strict=True):
        total = total * (
            (one / np.linalg.norm(one, axis=0)).T @ (other / np.linalg.norm(other, axis=0))
        )
    rows, columns = linear_sum_assignment(-total)
    return total[rows, columns].mean()


def best(factors):
    return [f[0].numpy() for f in (factors.times, factors.animals, factors.pairs)]


def test_planted_factors_are_found_exactly_without_noise():
    x, truth = planted(0.0)
    found = factorise(
        Dense(x), RANK, n_restarts=4, tol=1e-12, max_iter=4000, generator=generator(), like=x
    )
    assert match(best(found), truth) > 0.9999
    assert found.explained[0] > 1 - 1e-8


def test_it_explains_as_much_as_tensorly():
    tensorly = pytest.importorskip("tensorly")
    from tensorly.decomposition import non_negative_parafac_hals

    x, _ = planted(0.5)
    found = factorise(Dense(x), RANK, n_restarts=5, tol=1e-9, generator=generator(), like=x)
    errors = []
    for seed in range(5):
        cp = non_negative_parafac_hals(
            x.numpy(), RANK, init="random", n_iter_max=500, tol=1e-9, random_state=seed
        )
        errors.append(((x.numpy() - tensorly.cp_to_tensor(cp)) ** 2).sum())
    explained = 1 - min(errors) / float((x**2).sum())
    assert float(found.explained[0]) == pytest.approx(explained, abs=1e-5)


def test_the_share_explained_is_that_of_the_factors():
    x, _ = planted(0.5)
    mask = torch.rand(x.shape[1:], generator=generator(3)) > 0.3
    found = factorise(Dense(x, mask), RANK, n_restarts=3, generator=generator(), like=x)
    for i in range(3):
        model = torch.einsum("tr,wr,pr->twp", found.times[i], found.animals[i], found.pairs[i])
        error = (((x - model) * mask) ** 2).sum() / ((x * mask) ** 2).sum()
        assert float(found.explained[i]) == pytest.approx(1 - float(error), abs=1e-9)
    assert (found.explained.diff() <= 0).all()


def test_what_was_not_measured_has_no_say():
    x, truth = planted(0.0)
    mask = torch.rand(x.shape[1:], generator=generator(3)) > 0.3
    other = torch.where(mask, x, 1e3 * torch.rand(x.shape, generator=generator(4)).to(x))
    found = [
        factorise(
            Dense(values, mask), RANK, n_restarts=4, tol=1e-12, max_iter=4000,
            generator=generator(), like=x,
        )
        for values in (x, other)
    ]  # fmt: skip
    assert torch.equal(found[0].pairs, found[1].pairs)
    assert match(best(found[0]), truth) > 0.999
    zeros = factorise(Dense(x * mask), RANK, n_restarts=4, generator=generator(), like=x)
    assert match(best(zeros), truth) < 0.99


def test_restarts_together_end_as_each_alone_would():
    x, _ = planted(0.5)
    together = factorise(Dense(x), RANK, n_restarts=6, tol=1e-10, generator=generator(), like=x)
    again = factorise(Dense(x), RANK, n_restarts=6, tol=1e-10, generator=generator(), like=x)
    assert torch.equal(together.times, again.times)
    alone = factorise(Dense(x), RANK, n_restarts=1, tol=1e-10, generator=generator(), like=x)
    assert float(together.explained[0]) >= float(alone.explained[0]) - 1e-9


@pytest.mark.parametrize("missing", [False, True])
def test_the_separable_tensor_is_the_dense_one(missing):
    rng = np.random.default_rng(0)
    signals = torch.tensor(rng.gamma(1.0, size=(2, 40, 5, 9)))
    present = torch.tensor(rng.random((5, 9)) < 0.8) if missing else None
    separable = Separable(signals, present, chunk=7)
    dense = Dense(separable.dense(), separable.mask)
    rows, weights = torch.tensor(rng.random((4, 36))), torch.tensor(rng.random((4, 40, 5)))
    torch.testing.assert_close(separable.project(rows), dense.project(rows))
    torch.testing.assert_close(separable.collect(weights), dense.collect(weights))
    assert separable.squared_norm() == pytest.approx(dense.squared_norm())
    found = [
        factorise(tensor, 2, tol=1e-10, generator=generator(), like=signals)
        for tensor in (separable, dense)
    ]
    torch.testing.assert_close(found[0].pairs, found[1].pairs, rtol=1e-5, atol=1e-7)


def test_smoothness_in_time_smooths_and_sparsity_empties():
    x, _ = planted(0.5)
    plain, smooth, sparse = (
        factorise(Dense(x), RANK, tol=1e-9, penalties=p, generator=generator(), like=x)
        for p in (None, Penalties(smoothness=1.0), Penalties(sparsity=0.5))
    )

    def roughness(factors):
        times = factors.times[0] / factors.times[0].norm(dim=0)
        return float(times.diff(dim=0).square().sum())

    assert roughness(smooth) < 0.7 * roughness(plain)
    assert (sparse.pairs[0] == 0).sum() > (plain.pairs[0] == 0).sum()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x - 10, "affinities must be >= 0, the smallest is"),
        (lambda x: x * float("nan"), "NaN or infinite"),
        (lambda x: x[0], "time x animal x pair, got 2"),
    ],
)
def test_bad_tensors_are_refused(change, message):
    x, _ = planted(0.0)
    with pytest.raises(ValueError, match=message):
        Dense(change(x))


def test_constant_traces_and_ranks_out_of_reach_are_refused():
    zero = torch.zeros(5, 4, 3)
    with pytest.raises(ValueError, match="every affinity is zero: traces are constant"):
        factorise(Dense(zero), 1, generator=generator(), like=zero)
    x, _ = planted(0.0, shape=(5, 2, 3))
    with pytest.raises(ValueError, match=r"rank must be between 1 and 6, .* got 7"):
        factorise(Dense(x), 7, generator=generator(), like=x)


def test_an_animal_without_common_neurons_is_named():
    x, _ = planted(0.0)
    mask = torch.ones(x.shape[1:], dtype=torch.bool)
    mask[3] = False
    with pytest.raises(ValueError, match=r"animal\(s\) \[3\] .* share no pair"):
        Dense(x, mask)
