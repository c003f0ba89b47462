"""Non-negative CP factorisation under the Kullback-Leibler divergence, by multiplicative updates.

For counts-like affinities, whose spread grows with their size (Lee & Seung, 2001; Chi & Kolda,
2012). Each update of a mode sees the whole tensor, in chunks of time.
"""

import torch
from torch import Tensor

from neuro.analyses.connectomes.factors import Factors, check_rank, ordered, random_start
from neuro.analyses.connectomes.tensors import Dense

ENTRIES = 2**24
"""Entries of the model, over all restarts, that are held at once."""
FLOOR = 1e-10


def factorise_kl(
    tensor: Dense,
    rank: int,
    *,
    n_restarts: int = 1,
    tol: float = 1e-6,
    max_iter: int = 1000,
    generator: torch.Generator,
) -> Factors:
    """Factorise a tensor with `n_restarts` random starts at once.

    Parameters
    ----------
    tensor : Dense
        The affinities.
    rank : int
        Number of components.
    n_restarts : int
        Random starts.
    tol : float
        The iteration ends when no restart's divergence, relative to that of the mean, falls by
        more than this.
    max_iter : int
        Sweeps at most.
    generator : torch.Generator
        Random numbers of the starts.

    Returns
    -------
    factors : Factors
        Best restart first. `explained` is the share of the divergence from the tensor's mean that
        is explained.

    Raises
    ------
    ValueError
        If the rank is above what the tensor can bear, or the tensor is zero.
    """
    check_rank(rank, tensor.shape)
    start = random_start(tensor, rank, n_restarts, generator, tensor.values)
    factors = [factor + FLOOR for factor in start]
    reference = _divergence_of_mean(tensor)
    previous = torch.full((n_restarts,), torch.inf, dtype=torch.float64)
    n_iterations = 0
    while n_iterations < max_iter:
        n_iterations += 1
        for mode in range(3):
            above, below, error = _ratios(tensor, factors, mode)
            factors[mode] = factors[mode] * above / below.clamp(min=FLOOR)
        # The divergence comes with the last ratio, of before the last update.
        relative = (error / reference).cpu()
        if bool((previous - relative < tol).all()):
            break
        previous = relative
    return ordered(factors, torch.arange(n_restarts), relative, relative, n_iterations)


def _ratios(tensor: Dense, factors: list[Tensor], mode: int) -> tuple[Tensor, Tensor, Tensor]:
    """Numerator and denominator of a mode's update, and the divergence of each restart."""
    times, animals, pairs = factors
    n = times.shape[0]
    mask = tensor.mask if tensor.mask is not None else tensor.values.new_ones(tensor.shape[1:])
    step = max(1, ENTRIES // (n * tensor.shape[1] * tensor.shape[2]))
    above = torch.zeros_like(factors[mode])
    error = torch.zeros(n, dtype=torch.float64, device=times.device)
    for start in range(0, tensor.shape[0], step):
        part = slice(start, start + step)
        measured, now = tensor.values[part], times[:, :, part]
        model = torch.einsum("srt,srw,srp->stwp", now, animals, pairs).clamp(min=FLOOR)
        ratio = measured / model
        match mode:
            case 0:
                above[:, :, part] = torch.einsum("stwp,srw,srp->srt", ratio, animals, pairs)
            case 1:
                above += torch.einsum("stwp,srt,srp->srw", ratio, now, pairs)
            case _:
                above += torch.einsum("stwp,srt,srw->srp", ratio, now, animals)
                parts = torch.xlogy(measured, ratio) + (model - measured) * mask
                error += parts.double().sum((1, 2, 3))
    return above, _sums(mask, factors, mode), error


def _sums(mask: Tensor, factors: list[Tensor], mode: int) -> Tensor:
    """What the numerator would be if the model were the data times one."""
    times, animals, pairs = factors
    match mode:
        case 0:
            return torch.einsum("wp,srw,srp->sr", mask, animals, pairs)[:, :, None]
        case 1:
            return times.sum(2)[:, :, None] * torch.einsum("wp,srp->srw", mask, pairs)
        case _:
            return times.sum(2)[:, :, None] * torch.einsum("wp,srw->srp", mask, animals)


def _divergence_of_mean(tensor: Dense) -> float:
    values = tensor.values
    count = values.numel() if tensor.mask is None else float(tensor.mask.sum()) * values.shape[0]
    total = float(values.double().sum())
    if total <= 0:
        raise ValueError("every affinity is zero: there is nothing to factorise")
    mean = total / count
    parts = torch.split(values, 64)
    return sum(float(torch.xlogy(part.double(), part.double() / mean).sum()) for part in parts)
