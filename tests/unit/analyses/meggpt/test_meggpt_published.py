from dataclasses import replace

import pytest
import torch

from neuro.analyses.meggpt.published import Layer, PublishedModel, paper, released


@pytest.mark.parametrize("shape", [paper(20, 3, 2), released(20, 3)])
def test_sees_its_own_past_and_nothing_else(shape) -> None:  # type: ignore[no-untyped-def]
    """No later sample, no other channel, and all earlier samples of its own."""
    torch.manual_seed(0)
    model = PublishedModel(replace(shape, width=16, hidden=16)).eval()
    x = model.embed(torch.randint(20, (1, 3, shape.length))).detach().requires_grad_()
    for at in (0, shape.n_targets - 1):
        (grad,) = torch.autograd.grad(model.run(x)[1, at].square().sum(), x)
        reach = grad.abs().amax(-1)
        last = shape.length - shape.n_targets + at
        assert reach[[0, 2]].max() == 0
        assert reach[1, last + 1 :].numel() == 0 or reach[1, last + 1 :].max() == 0
        assert reach[1, : last + 1].min() > 0


def test_sizes_are_the_published_ones() -> None:
    """Four million parameters, and sixteen targets of a hundred samples."""
    model = PublishedModel(released())
    n = sum(parameter.numel() for parameter in model.parameters())
    tables = sum(parameter.numel() for parameter in model.tables.parameters())
    assert (n, tables) == (4_080_508, 113_946)
    assert model(torch.zeros(1, 52, 100, dtype=torch.long)).shape == (1, 52, 16, 66)


def test_layers_must_fit() -> None:
    with pytest.raises(ValueError, match="does not fit to 80 samples"):
        replace(paper(20), layers=(Layer(40, 3),))
    with pytest.raises(ValueError, match=r"expected \(n_windows, 3, 80\)"):
        PublishedModel(replace(paper(20, 3), width=8, hidden=8))(torch.zeros(1, 3, 7).long())
