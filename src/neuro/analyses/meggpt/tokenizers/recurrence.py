"""A gated recurrent unit over one input, with its gradient written out.

The equations and the layout of weights are those of `torch.nn.GRU`. One matrix product per step,
nothing recorded by autograd, and the gradient of the recurrent weights as one product over all
steps make it faster on a CPU than the general one.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from neuro.analyses.meggpt.tokenizers.gates import advance, retreat


class Recurrence(nn.Module):
    """A layer of gated recurrent units over scalars.

    Parameters
    ----------
    n_units : int
        Number of units.
    """

    def __init__(self, n_units: int) -> None:
        super().__init__()
        self.n_units = n_units
        self.weight_ih = nn.Parameter(torch.empty(3 * n_units, 1))
        self.weight_hh = nn.Parameter(torch.empty(3 * n_units, n_units))
        self.bias_ih = nn.Parameter(torch.zeros(3 * n_units))
        self.bias_hh = nn.Parameter(torch.zeros(3 * n_units))

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """States of the units after each sample.

        Parameters
        ----------
        x : Tensor, shape (n_rows, n_times)
            Signals.
        state : Tensor | None, shape (n_rows, n_units)
            State before the first sample; zero where not given.

        Returns
        -------
        states : Tensor, shape (n_times, n_rows, n_units)
            States, time first.
        """
        if state is None:
            state = x.new_zeros(len(x), self.n_units)
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        states: Tensor = _Steps.apply(x, state, *weights)
        return states


class _Steps(torch.autograd.Function):
    """All steps; products of the recurrent weights are kept for the way back."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, state: Tensor, w_in: Tensor, w_hh: Tensor, b_in: Tensor, b_hh: Tensor
    ) -> Tensor:
        n, length, h = len(x), x.shape[1], w_hh.shape[1]
        keeps = any(ctx.needs_input_grad)
        products = x.new_empty(length if keeps else 1, n, 3 * h)
        states = x.new_empty(length + 1, n, h)
        states[0] = state
        columns, weights = x.T.contiguous(), w_hh.T.contiguous()
        given = w_in.detach()[:, 0].numpy(), b_in.detach().numpy()
        inside, inputs, after = products.numpy(), columns.numpy(), states.numpy()
        for t in range(length):
            i = t if keeps else 0
            torch.addmm(b_hh, states[t], weights, out=products[i])
            advance(inside[i], inputs[t], *given, after[t], after[t + 1])
        if keeps:
            ctx.save_for_backward(columns, w_in, w_hh, b_in, products, states)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        columns, w_in, w_hh, b_in, kept, states = ctx.saved_tensors
        if getattr(ctx, "done", False):
            raise RuntimeError("Trying to backward through the recurrence a second time.")
        ctx.done, inside = True, kept  # which is written over
        length, n, h = grad.shape
        fresh = torch.empty(length, n, h)
        carry = torch.zeros(n, h)
        given = w_in[:, 0].numpy(), b_in.numpy()
        grads, products, inputs = grad.contiguous().numpy(), inside.numpy(), columns.numpy()
        before, carried, news = states.numpy(), carry.numpy(), fresh.numpy()
        for t in range(length - 1, -1, -1):
            retreat(products[t], inputs[t], *given, before[t], grads[t], carried, news[t])
            carry.addmm_(inside[t], w_hh)
        flat, new = inside.view(-1, 3 * h), fresh.view(-1, h)
        times = columns.reshape(-1)
        d_hh = flat.T @ states[:-1].reshape(-1, h)
        d_in = torch.cat([flat[:, : 2 * h].T @ times, new.T @ times])[:, None]
        b_hh = flat.sum(0)
        return None, None, d_in, d_hh, torch.cat([b_hh[: 2 * h], new.sum(0)]), b_hh
