"""Factorisation under the Kullback-Leibler divergence: truth found, descent, mask, a library."""

import numpy as np
import pytest
import torch

from neuro.analyses.connectomes.agreement import factor_match
from neuro.analyses.connectomes.kl import factorise_kl
from neuro.analyses.connectomes.tensors import Dense


def counts(seed=0, shape=(40, 6, 28), rank=3, size=30.0):
    rng = np.random.default_rng(seed)
    modes = [torch.tensor(rng.gamma(0.5, size=(n, rank))) for n in shape]
    rate = torch.einsum("tr,wr,pr->twp", *modes)
    return torch.tensor(rng.poisson(size * rate / rate.mean())).double(), tuple(modes)


def generator():
    return torch.Generator().manual_seed(0)


def best(f):
    return f.times[0], f.animals[0], f.pairs[0]


def divergence(x, f, mask=None):
    model = torch.einsum("tr,wr,pr->twp", *best(f))
    parts = torch.xlogy(x, x / model.clamp(min=1e-10)) - x + model
    return float((parts if mask is None else parts * mask).sum())


def test_planted_factors_of_counts_are_found():
    x, modes = counts()
    found = factorise_kl(Dense(x), 3, n_restarts=4, tol=1e-7, generator=generator())
    assert factor_match(best(found), modes) > 0.99
    reference = float(torch.xlogy(x, x / x.mean()).sum())
    expected = 1 - divergence(x, found) / reference
    assert float(found.explained[0]) == pytest.approx(expected, abs=1e-4)


def test_the_divergence_is_no_larger_than_a_librarys():
    pyttb = pytest.importorskip("pyttb")
    x, _ = counts(shape=(20, 4, 15))
    found = factorise_kl(Dense(x), 3, n_restarts=5, tol=1e-9, max_iter=3000, generator=generator())
    rng = np.random.default_rng(0)
    start = pyttb.ktensor([rng.random((n, 3)) for n in x.shape])
    theirs, *_ = pyttb.cp_apr(pyttb.tensor(x.numpy()), 3, init=start, printitn=0)
    model = torch.tensor(theirs.full().data).clamp(min=1e-10)
    other = float((torch.xlogy(x, x / model) - x + model).sum())
    assert divergence(x, found) <= 1.01 * other


def test_what_was_not_measured_has_no_say():
    x, _ = counts()
    mask = torch.rand(x.shape[1:], generator=generator()) > 0.3
    other = torch.where(mask, x, 500.0)
    a, b = (
        factorise_kl(Dense(v, mask), 3, n_restarts=2, generator=generator()) for v in (x, other)
    )
    assert torch.equal(a.pairs, b.pairs)


def test_chunks_of_time_do_not_matter(monkeypatch):
    x, _ = counts()
    whole = factorise_kl(Dense(x), 2, generator=generator())
    monkeypatch.setattr("neuro.analyses.connectomes.kl.ENTRIES", 2000)
    parts = factorise_kl(Dense(x), 2, generator=generator())
    torch.testing.assert_close(whole.times, parts.times)
