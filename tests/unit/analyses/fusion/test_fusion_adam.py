import torch

from neuro.analyses.fusion.adam import Adam


def test_the_first_step_is_the_rate_whatever_the_gradient():
    x = torch.tensor([3.0, -200.0], requires_grad=True)
    Adam([x]).step((x**2).sum(), 0.1)
    assert torch.allclose(x.detach(), torch.tensor([2.9, -199.9]))


def test_it_is_the_published_recursion():
    x = torch.tensor([1.0], requires_grad=True)
    adam = Adam([x])
    value, m, v = 1.0, 0.0, 0.0
    for t in range(1, 6):
        g = 4 * value**3
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        value -= 0.05 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        adam.step((x**4).sum(), 0.05)
    assert abs(float(x.detach()) - value) < 1e-5
