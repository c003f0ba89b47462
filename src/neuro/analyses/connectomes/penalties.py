"""What may be asked of the factors besides fitting: smooth time courses, sparse patterns."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

TINY = 1e-12


@dataclass(frozen=True)
class Penalties:
    """What is added to half the squared error; unlike a plain penalty, no rescaling evades it.

    Parameters
    ----------
    sparsity : float
        Per component, weight of the sum of the pairs' loadings times the lengths of the other two
        columns, in units of the data's root mean square per pair: loadings smaller than this
        share of their typical size go to zero.
    smoothness : float
        Per component, weight of half the squared differences of successive times, times the
        squared lengths of the other two columns: 1 weighs a difference as much as a residual.
    """

    sparsity: float = 0.0
    smoothness: float = 0.0


@dataclass(frozen=True)
class Terms:
    """A mode's part of the penalties: all (n_restarts, rank), or None for nothing.

    `ridge` is a weight on the squared length of a row of the factor, `sparsity` one on the sum of
    its elements, `smoothness` one on half its squared differences.
    """

    ridge: Tensor | None = None
    sparsity: Tensor | None = None
    smoothness: Tensor | None = None


class Penalty:
    """Penalties, and what each mode's update sees of them.

    The sparsity's product of lengths is not quadratic in the other two modes: there it is
    replaced by the quadratic that touches it from above at the current factors, which is
    minimised instead (majorise, then minimise).
    """

    def __init__(self, penalties: Penalties, norm2: float, n_pairs: int) -> None:
        self.smoothness = penalties.smoothness
        self.sparsity = penalties.sparsity * math.sqrt(norm2 / n_pairs)
        self.off = not (self.smoothness or self.sparsity)

    def value(self, times: Tensor, animals: Tensor, pairs: Tensor) -> Tensor:
        """The penalties' own value, per restart."""
        if self.off:
            return torch.zeros(len(times), dtype=torch.float64)
        a, b, c = (f.double() for f in (times, animals, pairs))
        rough = _rough(a) * _square(b) * _square(c)
        lengths = (_square(a) * _square(b)).sqrt() * c.sum(2)
        return (self.smoothness * rough / 2 + self.sparsity * lengths).sum(1).cpu()

    def on_times(self, times: Tensor, animals: Tensor, pairs: Tensor) -> Terms:
        """What the update of times sees."""
        if self.off:
            return Terms()
        a, b = _square(times).sqrt().clamp(min=TINY), _square(animals)
        ridge = self.sparsity * b.sqrt() * pairs.sum(2) / a
        return Terms(ridge=ridge, smoothness=self.smoothness * b * _square(pairs))

    def on_animals(self, times: Tensor, animals: Tensor, pairs: Tensor) -> Terms:
        """What the update of animals sees."""
        if self.off:
            return Terms()
        b = _square(animals).sqrt().clamp(min=TINY)
        ridge = self.sparsity * _square(times).sqrt() * pairs.sum(2) / b
        return Terms(ridge=ridge + self.smoothness * _rough(times) * _square(pairs))

    def on_pairs(self, times: Tensor, animals: Tensor, pairs: Tensor) -> Terms:
        """What the update of pairs sees."""
        if self.off:
            return Terms()
        b = _square(animals)
        return Terms(
            ridge=self.smoothness * _rough(times) * b,
            sparsity=self.sparsity * (_square(times) * b).sqrt(),
        )


def _square(factor: Tensor) -> Tensor:
    return factor.square().sum(2)


def _rough(times: Tensor) -> Tensor:
    return times.diff(dim=2).square().sum(2)


def second_differences(rows: Tensor) -> Tensor:
    """Gradient of half the squared differences along the second axis."""
    difference = rows.diff(dim=1)
    zero = rows.new_zeros(rows.shape[0], 1)
    return torch.cat([zero, difference], 1) - torch.cat([difference, zero], 1)
