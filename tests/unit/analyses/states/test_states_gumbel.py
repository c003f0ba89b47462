"""The relaxed density against torch's, and its integral."""

import math

import torch
from torch.distributions import RelaxedOneHotCategorical
from torch.testing import assert_close

from neuro.analyses.states.gumbel import relaxed_log_density


def test_density_is_torchs():
    torch.manual_seed(0)
    for temperature in (0.1, 0.5, 2.0):
        logits = torch.randn(50, 3, dtype=torch.float64).log_softmax(-1)
        shares = torch.randn(50, 3, dtype=torch.float64).softmax(-1)
        expected = RelaxedOneHotCategorical(torch.tensor(temperature).double(), logits=logits)
        found = relaxed_log_density(shares.log(), logits, temperature)
        assert_close(found, expected.log_prob(shares))


def test_density_integrates_to_one():
    grid = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    first, second = torch.meshgrid(grid, grid, indexing="ij")
    third = 1 - first - second
    inside = third > 0
    shares = torch.stack([first, second, third], -1)[inside]
    log_p = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64).log()
    total = relaxed_log_density(shares.log(), log_p, 1.5).exp().sum() / 400**2
    assert math.isclose(total, 1, abs_tol=0.01)


def test_corners_have_no_bound():
    log_p = torch.tensor([0.2, 0.6, 0.2], dtype=torch.float64).log()
    near = [torch.tensor([e, 1 - 2 * e, e], dtype=torch.float64).log() for e in (1e-2, 1e-6)]
    inside, corner = (relaxed_log_density(each, log_p, 0.2) for each in near)
    assert corner > inside + 5
