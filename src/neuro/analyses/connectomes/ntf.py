"""Non-negative CP factorisation of time x animal x pair by extrapolated HALS, many starts at once.

Hierarchical alternating least squares (Cichocki & Phan, 2009), column by column, with the
extrapolation and restart rule of Ang, Cohen, Gillis & Hien (2021). Restarts are a leading axis of
every array. One product with the tensor serves the updates of times and of animals, a second
one that of the pairs. Fibres that were not measured are weighted out exactly: each animal and
each pair then has a Gram matrix of its own, and nothing is filled in.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from neuro.analyses.connectomes.factors import Factors, check_rank, ordered, random_start
from neuro.analyses.connectomes.penalties import (
    TINY,
    Penalties,
    Penalty,
    Terms,
    second_differences,
)
from neuro.analyses.connectomes.tensors import PairTensor

PASSES = 2
"""Over the columns of a mode, on one product with the tensor: that product is what costs."""
GROW, SHRINK, LIMIT = 1.05, 2.0, 1.01
"""How the extrapolation's weight and its bound grow after a success, and shrink after a failure."""


def factorise(
    tensor: PairTensor,
    rank: int,
    *,
    n_restarts: int = 1,
    tol: float = 1e-6,
    max_iter: int = 500,
    penalties: Penalties | None = None,
    generator: torch.Generator,
    like: Tensor,
) -> Factors:
    """Factorise a tensor with `n_restarts` random starts at once.

    Parameters
    ----------
    tensor : PairTensor
        The affinities.
    rank : int
        Number of components.
    n_restarts : int
        Random starts.
    tol : float
        A restart has converged when its relative squared error falls by less than this in a sweep.
    max_iter : int
        Sweeps at most.
    penalties : Penalties, optional
        Sparsity of pairs and smoothness in time.
    generator : torch.Generator
        Random numbers of the starts.
    like : Tensor
        Gives dtype and device of the factors.

    Returns
    -------
    factors : Factors
        Best restart first.

    Raises
    ------
    ValueError
        If the rank is above what the tensor can bear, or the tensor is zero.
    """
    check_rank(rank, tensor.shape)
    norm2 = tensor.squared_norm()
    if norm2 <= 0:
        raise ValueError(
            "every affinity is zero: traces are constant, or never change together; check them and "
            "the affinity's parameters"
        )
    start = random_start(tensor, rank, n_restarts, generator, like)
    if tensor.mask is not None:
        start[2] *= tensor.mask.any(0)  # of a pair that no animal has nothing is known
    sweeps = _Sweeps(tensor, norm2, penalties or Penalties(), *start)
    n_iterations = sweeps.run(tol, max_iter)
    return sweeps.result(n_iterations)


class _Ended(NamedTuple):
    """Restarts that are done."""

    label: Tensor
    error: Tensor
    misfit: Tensor
    factors: list[Tensor]


class _Sweeps:
    """State of the iteration; arrays are (n_restarts, rank, size): a component is contiguous."""

    def __init__(
        self,
        tensor: PairTensor,
        norm2: float,
        penalties: Penalties,
        times: Tensor,
        animals: Tensor,
        pairs: Tensor,
    ) -> None:
        self.tensor, self.norm2 = tensor, norm2
        self.penalty = Penalty(penalties, norm2, tensor.shape[2])
        self.now = [times, animals, pairs]
        # Extrapolated copies, on which the updates are made.
        self.ahead = [factor.clone() for factor in self.now]
        n = times.shape[0]
        self.beta = times.new_full((n,), 0.5)
        self.bound = times.new_ones(n)
        self.error = torch.full((n,), torch.inf, dtype=torch.float64)
        self.misfit = self.error.clone()
        self.fit = self.error.clone()
        self.label = torch.arange(n)
        self.ended: list[_Ended] = []

    def run(self, tol: float, max_iter: int) -> int:
        for iteration in range(1, max_iter + 1):
            previous, before = self.error, self.now
            error = self._sweep()
            worse = error > previous
            self.error = torch.where(worse, previous, error)
            self.misfit = torch.where(worse, self.misfit, self.fit)
            # A step back by more than the tolerance is not an end: the restart goes on without
            # extrapolation. A smaller one is rounding.
            done = (previous - error).abs() < tol
            self._accept(before, worse)
            self._set_aside(done)
            if not len(self.error):
                return iteration
        self._set_aside(torch.ones(len(self.error), dtype=torch.bool))
        return max_iter

    def _set_aside(self, done: Tensor) -> None:
        """Take restarts that are done out of the work of the others."""
        if not bool(done.any()):
            return
        on = (~done).nonzero().ravel()
        off = done.nonzero().ravel()
        device = self.beta.device
        kept = [factor[off.to(device)] for factor in self.now]
        self.ended.append(_Ended(self.label[off], self.error[off], self.misfit[off], kept))
        self.label, self.error, self.misfit = self.label[on], self.error[on], self.misfit[on]
        on = on.to(device)
        self.now, self.ahead = [f[on] for f in self.now], [f[on] for f in self.ahead]
        self.beta, self.bound = self.beta[on], self.bound[on]

    def _sweep(self) -> Tensor:
        """Update all three modes from the extrapolated factors; relative objective after."""
        times, animals, pairs = (factor.clone() for factor in self.ahead)
        n, rank, n_pairs = pairs.shape
        n_times, n_animals, _ = self.tensor.shape
        shared = self.tensor.project(pairs.view(-1, n_pairs)).view(n, rank, n_times, n_animals)
        of_pairs = pairs @ pairs.mT if self.tensor.mask is None else self._gram_by_animal(pairs)
        right = (shared @ animals.unsqueeze(3)).squeeze(3)
        if self.tensor.mask is None:
            gram = (animals @ animals.mT) * of_pairs
        else:
            gram = torch.einsum("sabw,saw,sbw->sab", of_pairs, animals, animals)
        _hals(times, right, gram, self.penalty.on_times(times, animals, pairs))

        right = (times.unsqueeze(2) @ shared).squeeze(2)
        gram = times @ times.mT
        own = gram * of_pairs if self.tensor.mask is None else gram[..., None] * of_pairs
        _hals(animals, right, own, self.penalty.on_animals(times, animals, pairs))

        weights = times.unsqueeze(3) * animals.unsqueeze(2)
        right = self.tensor.collect(weights.view(-1, n_times, n_animals)).view(n, rank, n_pairs)
        gram = times @ times.mT
        if self.tensor.mask is None:
            gram = gram * (animals @ animals.mT)
        else:
            products = animals.unsqueeze(2) * animals.unsqueeze(1)
            gram = gram[..., None] * (products @ self.tensor.mask)
        _hals(pairs, right, gram, self.penalty.on_pairs(times, animals, pairs))
        self.now = [times, animals, pairs]
        self.fit = self._relative_error(right, gram, pairs)
        return self.fit + 2 * self.penalty.value(times, animals, pairs) / self.norm2

    def _gram_by_animal(self, pairs: Tensor) -> Tensor:
        """Products of the pairs' loadings over the pairs that an animal has: (n, rank, rank, w)."""
        if self.tensor.mask is None:
            raise AssertionError("without a mask one Gram matrix does for all animals")
        return (pairs.unsqueeze(2) * pairs.unsqueeze(1)) @ self.tensor.mask.T

    def _relative_error(self, right: Tensor, gram: Tensor, pairs: Tensor) -> Tensor:
        p = pairs.double()
        inner = (right.double() * p).sum((1, 2))
        if gram.ndim == 3:
            model = (gram.double() * (p @ p.mT)).sum((1, 2))
        else:
            model = (gram * (pairs.unsqueeze(2) * pairs.unsqueeze(1))).double().sum((1, 2, 3))
        return ((self.norm2 - 2 * inner + model) / self.norm2).cpu()

    def _accept(self, before: list[Tensor], worse: Tensor) -> None:
        """Keep what got better and look further ahead; take back what got worse."""
        w = worse.to(self.now[0].device)
        back = w[:, None, None]
        self.bound = torch.where(w, self.beta, (self.bound * LIMIT).clamp(max=1.0))
        self.beta = torch.where(w, self.beta / SHRINK, torch.minimum(self.beta * GROW, self.bound))
        step = self.beta[:, None, None]
        for i, (new, old) in enumerate(zip(self.now, before, strict=True)):
            self.ahead[i] = torch.where(back, old, (new + step * (new - old)).clamp(min=0))
            self.now[i] = torch.where(back, old, new)

    def result(self, n_iterations: int) -> Factors:
        labels = torch.cat([end.label for end in self.ended])
        errors = torch.cat([end.error for end in self.ended])
        misfits = torch.cat([end.misfit for end in self.ended])
        factors = [torch.cat([end.factors[mode] for end in self.ended]) for mode in range(3)]
        return ordered(factors, labels, errors, misfits, n_iterations)


def _hals(factor: Tensor, right: Tensor, gram: Tensor, terms: Terms) -> None:
    """Passes over the components, in place.

    `gram` is (n, rank, rank), or (n, rank, rank, size) where each element has its own.
    """
    own = gram.ndim == 4
    diagonal = gram.diagonal(dim1=1, dim2=2)
    scale = diagonal.mT if own else diagonal.unsqueeze(2)
    if terms.ridge is not None:
        scale = scale + terms.ridge.unsqueeze(2)
    if terms.smoothness is not None:
        # The largest eigenvalue of second differences is 4: a step that cannot overshoot.
        scale = scale + 4 * terms.smoothness.unsqueeze(2)
    inverse = 1 / scale.clamp(min=TINY)
    wanted = right if terms.sparsity is None else right - terms.sparsity.unsqueeze(2)
    for r in PASSES * tuple(range(factor.shape[1])):
        row = factor[:, r]
        if own:
            step = wanted[:, r] - (gram[:, r] * factor).sum(1)
        else:
            step = torch.baddbmm(wanted[:, r, None], gram[:, r, None], factor, alpha=-1)[:, 0]
        if terms.ridge is not None:
            step = step - terms.ridge[:, r, None] * row
        if terms.smoothness is not None:
            step = step - terms.smoothness[:, r, None] * second_differences(row)
        row.addcmul_(step, inverse[:, r]).clamp_(min=0)
