"""How alike two factorisations are, and whether a factorisation is trilinear at all."""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from neuro.analyses.connectomes.tensors import PairTensor

Modes = tuple[Tensor, Tensor, Tensor]
"""Times, animals and pairs of one restart, each (size, rank)."""


def factor_match(found: Modes, truth: Modes) -> float:
    """Mean over components of the product of the three modes' cosines, under the best pairing.

    Parameters
    ----------
    found, truth : tuple of Tensor
        Times, animals and pairs, each (size, rank). Ranks may differ: a component without a
        partner counts zero.

    Returns
    -------
    match : float
        1 for the same components in any order and scale.
    """
    cosines = [unit(one).T @ unit(other) for one, other in zip(found, truth, strict=True)]
    table = torch.stack(cosines).prod(0).cpu().numpy()
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / max(table.shape))


def stability(times: Tensor, animals: Tensor, pairs: Tensor) -> float:
    """Mean factor match of the best restart with each of the others.

    Parameters
    ----------
    times, animals, pairs : Tensor, shape (n_restarts, size, rank)
        Best restart first.

    Raises
    ------
    ValueError
        If there is only one restart.
    """
    if len(times) < 2:
        raise ValueError("stability needs at least 2 restarts, got 1")
    best = (times[0], animals[0], pairs[0])
    others = zip(times[1:], animals[1:], pairs[1:], strict=True)
    return float(np.mean([factor_match(other, best) for other in others]))


def core_consistency(tensor: PairTensor, modes: Modes) -> float:
    """Core consistency (Bro & Kiers, 2003): 1 where the best core array is the identity.

    The core that fits best to given factors is the tensor multiplied by their pseudo-inverses;
    entries that were not measured are taken from the factors themselves.

    Parameters
    ----------
    tensor : PairTensor
        The affinities.
    modes : tuple of Tensor
        Times, animals and pairs, each (size, rank).

    Returns
    -------
    consistency : float
        1 less the core's squared distance from the identity, relative to the rank; may be far
        below zero.
    """
    times, animals, pairs = modes
    rank = times.shape[1]
    # The scale is spread evenly, without which the measure is not one of shape.
    scale = (times.norm(dim=0) * animals.norm(dim=0) * pairs.norm(dim=0)) ** (1 / 3)
    a, b, c = (unit(f) * scale for f in modes)
    inverse_a, inverse_b, inverse_c = (torch.linalg.pinv(f.double()).to(f) for f in (a, b, c))
    projected = tensor.project(inverse_c)
    if tensor.mask is not None:
        absent = inverse_c @ ((1 - tensor.mask)[:, :, None] * c)
        projected = projected + torch.einsum("wkr,tr,wr->ktw", absent, a, b)
    core = torch.einsum("ktw,it,jw->ijk", projected, inverse_a, inverse_b)
    identity = torch.zeros_like(core)
    index = torch.arange(rank)
    identity[index, index, index] = 1
    return float(1 - (core - identity).square().sum() / rank)


def unit(factor: Tensor) -> Tensor:
    """Columns at unit length."""
    scaled: Tensor = factor / factor.norm(dim=0).clamp(min=1e-12)
    return scaled
