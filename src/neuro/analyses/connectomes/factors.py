"""Factors of a tensor of time x animal x pair: what they are, how they start and end."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from neuro.analyses.connectomes.penalties import TINY
from neuro.analyses.connectomes.tensors import PairTensor


@dataclass(frozen=True)
class Factors:
    """Factors of all restarts, best first; columns of animals and pairs have unit length.

    Parameters
    ----------
    times : Tensor, shape (n_restarts, n_times, rank)
    animals : Tensor, shape (n_restarts, n_animals, rank)
    pairs : Tensor, shape (n_restarts, n_pairs, rank)
    explained : Tensor, shape (n_restarts,)
        Share of the squared norm of the measured entries that is explained.
    n_iterations : int
        Sweeps until the last restart had converged.
    """

    times: Tensor
    animals: Tensor
    pairs: Tensor
    explained: Tensor
    n_iterations: int


def check_rank(rank: int, shape: tuple[int, int, int]) -> None:
    """Refuse a rank that no tensor of this shape can have.

    Raises
    ------
    ValueError
        With the largest rank.
    """
    n_times, n_animals, n_pairs = shape
    most = min(n_times * n_animals, n_times * n_pairs, n_animals * n_pairs)
    if not 1 <= rank <= most:
        raise ValueError(
            f"rank must be between 1 and {most}, the largest that a tensor of {n_times} times x "
            f"{n_animals} animals x {n_pairs} pairs can have, got {rank}"
        )


def random_start(
    tensor: PairTensor, rank: int, n_restarts: int, generator: torch.Generator, like: Tensor
) -> list[Tensor]:
    """Draw factors, and scale them such that their tensor is as large as the data.

    Returns
    -------
    factors : list of Tensor
        Times, animals and pairs, each (n_restarts, rank, size).
    """
    drawn = [
        torch.rand(n_restarts, rank, size, generator=generator, dtype=torch.float64)
        for size in tensor.shape
    ]
    gram = torch.ones(n_restarts, rank, rank, dtype=torch.float64)
    for factor in drawn:
        gram *= factor @ factor.mT
    scale = (tensor.squared_norm() / gram.sum((1, 2))) ** (1 / 6)
    return [(f * scale[:, None, None]).to(like) for f in drawn]


def ordered(
    factors: Sequence[Tensor], labels: Tensor, errors: Tensor, misfits: Tensor, n_iterations: int
) -> Factors:
    """Scale and sort what an iteration ended with.

    Parameters
    ----------
    factors : sequence of Tensor
        Times, animals and pairs, each (n_restarts, rank, size).
    labels : Tensor, shape (n_restarts,)
        Numbers of the starts, which break ties.
    errors, misfits : Tensor, shape (n_restarts,)
        Objective, by which restarts are sorted, and its part that is misfit.
    n_iterations : int
        Sweeps made.

    Returns
    -------
    factors : Factors
        Components sorted by size, restarts by error.
    """
    lengths = [f.norm(dim=2, keepdim=True).clamp(min=TINY) for f in factors[1:]]
    times = factors[0] * lengths[0] * lengths[1]
    animals, pairs = (f / length for f, length in zip(factors[1:], lengths, strict=True))
    order = torch.argsort(times.norm(dim=2), dim=1, descending=True, stable=True)
    by_size = [f.gather(1, order[:, :, None].expand_as(f)).mT for f in (times, animals, pairs)]
    best = torch.argsort(labels)
    best = best[torch.argsort(errors[best], stable=True)]
    times, animals, pairs = (factor[best.to(times.device)] for factor in by_size)
    return Factors(times, animals, pairs, 1 - misfits[best], n_iterations)
