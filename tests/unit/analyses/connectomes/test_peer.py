"""tensorly as a backend, and as a form."""

import numpy as np
import pytest
import tensorly
import torch

from neuro.analyses.connectomes.agreement import factor_match
from neuro.analyses.connectomes.ntf import factorise
from neuro.analyses.connectomes.peer import cp_tensor, tensorly_factors
from neuro.analyses.connectomes.tensors import Dense
from neuro.config import Connectomes


def planted(mask_share=0.0):
    rng = np.random.default_rng(0)
    truth = [torch.tensor(rng.random((n, 3)) ** 3) for n in (40, 6, 45)]
    values = torch.einsum("tr,ar,pr->tap", *truth)
    mask = torch.tensor(rng.random((6, 45)) >= mask_share)
    return Dense(values, mask if mask_share else None), tuple(truth)


@pytest.mark.parametrize("mask_share", [0.0, 0.2])
def test_both_backends_find_the_same_factors(mask_share):
    tensor, truth = planted(mask_share)
    generator = torch.Generator().manual_seed(0)
    ours = factorise(tensor, 3, n_restarts=3, tol=1e-8, generator=generator, like=tensor.values)
    theirs = tensorly_factors(tensor, 3, 2, 1e-6, generator)
    for found in (ours, theirs):
        assert float(found.explained[0]) > 0.99
        modes = (found.times[0], found.animals[0], found.pairs[0])
        assert factor_match(modes, truth) > 0.9


def test_tensorlys_form_gives_the_same_tensor():
    tensor, _ = planted()
    generator = torch.Generator().manual_seed(0)
    found = factorise(tensor, 3, generator=generator, like=tensor.values)
    whole = tensorly.cp_to_tensor(cp_tensor(found))
    again = torch.einsum("tr,ar,pr->tap", found.times[0], found.animals[0], found.pairs[0])
    assert whole == pytest.approx(again.numpy(), abs=1e-9)


def test_what_tensorly_lacks_is_refused():
    with pytest.raises(ValueError, match="backend: tensorly has neither penalties nor a sweep"):
        Connectomes(backend="tensorly")
