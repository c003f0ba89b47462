"""How many components has one animal's matrix of time x pair? Bi-cross-validation.

With one animal no fibre can be left out: no other animal tells the pair's loading. After Owen &
Perry (2009, Annals of Applied Statistics 3:564), a block of times and a share of pairs are left out
together. Factors are fitted to the rest; what is left out is predicted from the loadings of its
pairs, learned at the other times, and the course of its times, learned from the other pairs.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from neuro.analyses.connectomes.penalties import TINY
from neuro.analyses.connectomes.tensors import Dense

PASSES = 100
"""Over the components in a regression with non-negative weights."""
Fit = Callable[[Dense], tuple[Tensor, Tensor, Tensor]]


def blocks(tensor: Dense, n_folds: int, generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """Times and pairs, as boolean masks, of each fold: contiguous times, random pairs.

    Raises
    ------
    ValueError
        If there are fewer than 2 folds, or fewer times or pairs than folds.
    """
    n_times, _, n_pairs = tensor.shape
    if not 2 <= n_folds <= min(n_times, n_pairs):
        raise ValueError(
            f"folds must be from 2 to {min(n_times, n_pairs)}, the smaller of {n_times} times and "
            f"{n_pairs} pairs, got {n_folds}"
        )
    of_time = torch.arange(n_times) * n_folds // n_times
    of_pair = torch.randperm(n_pairs, generator=generator) % n_folds
    return [(of_time == fold, of_pair == fold) for fold in range(n_folds)]


def block_error(tensor: Dense, fit: Fit, times: Tensor, pairs: Tensor) -> float:
    """Squared error where times and pairs were left out, relative to the squared norm there.

    Parameters
    ----------
    tensor : Dense
        One animal's.
    fit : callable
        From a tensor to its times, animals and pairs, each (size, rank).
    times, pairs : Tensor
        Boolean masks of what is left out.
    """
    values = tensor.values[:, 0]
    times, pairs = times.to(values.device), pairs.to(values.device)
    rest = tensor.part(times=~times, pairs=~pairs)
    course, animal, loading = fit(rest)
    course = course * animal[0]
    predicted_loading = regressed(course, values[~times][:, pairs])
    predicted_course = regressed(loading, values[times][:, ~pairs].T)
    truth = values[times][:, pairs].double()
    error = truth - (predicted_course @ predicted_loading.T).double()
    return float(error.square().sum() / truth.square().sum())


def regressed(design: Tensor, targets: Tensor) -> Tensor:
    """Non-negative weights that make targets of the design's columns, by least squares.

    Parameters
    ----------
    design : Tensor, shape (n, rank)
        Non-negative.
    targets : Tensor, shape (n, n_targets)
        What is to be made.

    Returns
    -------
    weights : Tensor, shape (n_targets, rank)
        Non-negative.
    """
    gram, right = design.T @ design, targets.T @ design
    weights = torch.zeros_like(right)
    for r in PASSES * tuple(range(design.shape[1])):
        step = (right[:, r] - weights @ gram[:, r]) / gram[r, r].clamp(min=TINY)
        weights[:, r] = (weights[:, r] + step).clamp(min=0)
    return weights
