"""Adam (Kingma & Ba, 2015), without what torch.optim imports: seconds of every job's start."""

from collections.abc import Sequence

import torch
from torch import Tensor

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8


class Adam:
    """Moments of the gradients of parameters, which are changed in place.

    Parameters
    ----------
    parameters : sequence of Tensor
        Leaves that need gradients.
    decay : float
        Share of a parameter that a step takes off, per unit of rate.
    """

    def __init__(self, parameters: Sequence[Tensor], decay: float = 0.0) -> None:
        self.parameters, self.decay, self.n_steps = list(parameters), decay, 0
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]

    def step(self, loss: Tensor, rate: float) -> None:
        """Go a step down a loss."""
        gradients = torch.autograd.grad(loss, self.parameters)
        self.n_steps += 1
        with torch.no_grad():
            for p, g, m, v in zip(self.parameters, gradients, self.first, self.second, strict=True):
                p.mul_(1 - rate * self.decay)
                m.lerp_(g, 1 - FIRST)
                v.mul_(SECOND).addcmul_(g, g, value=1 - SECOND)
                spread = (v / (1 - SECOND**self.n_steps)).sqrt_().add_(TINY)
                p.addcdiv_(m, spread, value=-rate / (1 - FIRST**self.n_steps))
