"""How many components: a sweep over ranks, and four ways to look at it.

- **held-out error**: whole fibres (one pair in one animal, at all times) are left out of the
  fit and predicted from what the others say. Single entries would not do: a trace is alike from
  one sample to the next, so their neighbours in time give them away.
- **stability**: do other starts end in the same components?
- **core consistency** (Bro & Kiers, 2003).
- **plateau** of the pairs' effective dimension: where another component adds no new direction.

The rank chosen is the smallest whose held-out error is within one standard error of the least.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from neuro.analyses.connectomes.agreement import core_consistency, stability
from neuro.analyses.connectomes.factors import Factors
from neuro.analyses.connectomes.ntf import factorise
from neuro.analyses.connectomes.penalties import Penalties
from neuro.analyses.connectomes.single import block_error, blocks
from neuro.analyses.connectomes.tensors import Dense, PairTensor
from neuro.io.progress import follow

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """What was seen at each rank.

    Parameters
    ----------
    ranks : list of int
        Ranks tried, increasing.
    explained : ndarray, shape (n_ranks,)
        Share of the squared norm that the best restart explains.
    held_out : ndarray, shape (n_ranks, n_folds)
        Squared error of fibres left out, relative to their squared norm.
    stability, consistency, dimension : ndarray, shape (n_ranks,)
        Factor match of restarts, core consistency (NaN for one animal), effective dimension of the
        pairs' factors.
    chosen : int
        The rank chosen by the held-out error.
    plateau : int
        The rank at which the effective dimension stops growing.
    """

    ranks: list[int]
    explained: np.ndarray
    held_out: np.ndarray
    stability: np.ndarray
    consistency: np.ndarray
    dimension: np.ndarray
    chosen: int
    plateau: int


def sweep_ranks(
    tensor: Dense,
    ranks: Sequence[int],
    *,
    n_restarts: int,
    n_folds: int,
    generator: torch.Generator,
    tol: float = 1e-6,
    penalties: Penalties | None = None,
) -> Sweep:
    """Factorise at every rank, with and without fibres left out.

    Parameters
    ----------
    tensor : Dense
        The affinities.
    ranks : sequence of int
        Ranks to try, increasing.
    n_restarts, n_folds : int
        Starts per fit, at least 2, and folds of the fibres.
    generator : torch.Generator
        Random numbers of folds and starts.
    tol : float
        As in :func:`~.ntf.factorise`.
    penalties : Penalties, optional
        As in :func:`~.ntf.factorise`.

    Returns
    -------
    sweep : Sweep
        The numbers, and the choice.

    Raises
    ------
    ValueError
        If the ranks do not increase.
    """
    if list(ranks) != sorted(set(ranks)):
        raise ValueError(f"ranks must increase, got {list(ranks)}")
    fit = partial(
        factorise,
        n_restarts=n_restarts,
        tol=tol,
        penalties=penalties,
        generator=generator,
        like=tensor.values,
    )
    alone = tensor.shape[1] == 1
    errors_at = (_block_errors if alone else _fibre_errors)(tensor, n_folds, generator)
    rows = [
        (errors_at(partial(fit, rank=rank)), fit(tensor, rank))
        for rank in follow(ranks, logger, "rank")
    ]
    held_out = np.array([errors for errors, _ in rows])
    dimension = np.array([_dimension(whole.pairs) for _, whole in rows])
    return Sweep(
        ranks=list(ranks),
        explained=np.array([float(whole.explained[0]) for _, whole in rows]),
        held_out=held_out,
        stability=np.array([stability(w.times, w.animals, w.pairs) for _, w in rows]),
        consistency=np.array(
            [np.nan if alone else core_consistency(tensor, _best(w)) for _, w in rows]
        ),
        dimension=dimension,
        chosen=list(ranks)[_one_standard_error(held_out)],
        plateau=list(ranks)[_plateau(ranks, dimension)],
    )


def _fibre_errors(
    tensor: Dense, n_folds: int, generator: torch.Generator
) -> Callable[[Callable[[Dense], Factors]], list[float]]:
    """Errors, per fold, of fibres that a fit did not see."""
    folds = _folds(tensor, n_folds, generator)
    parts = [tensor.masked(~fold & _measured(tensor)) for fold in folds]

    def errors(fit: Callable[[Dense], Factors]) -> list[float]:
        return [_error(tensor, fit(part), fold) for part, fold in zip(parts, folds, strict=True)]

    return errors


def _block_errors(
    tensor: Dense, n_folds: int, generator: torch.Generator
) -> Callable[[Callable[[Dense], Factors]], list[float]]:
    """Errors, per fold, of one animal's times and pairs that a fit did not see."""
    folds = blocks(tensor, n_folds, generator)

    def errors(fit: Callable[[Dense], Factors]) -> list[float]:
        return [block_error(tensor, lambda part: _best(fit(part)), *fold) for fold in folds]

    return errors


def _measured(tensor: PairTensor) -> Tensor:
    if tensor.mask is None:
        return torch.ones(tensor.shape[1:], dtype=torch.bool)
    return tensor.mask.bool().cpu()


def _folds(tensor: Dense, n_folds: int, generator: torch.Generator) -> list[Tensor]:
    """Disjoint sets of measured fibres; a pair stays in some animal, an animal keeps some pair."""
    measured = _measured(tensor)
    n_animals = tensor.shape[1]
    if n_animals < 2 or n_folds < 2:
        raise ValueError(
            f"held-out fibres need at least 2 animals and 2 folds, got {n_animals} and {n_folds}"
        )
    number = torch.empty(measured.shape, dtype=torch.long)
    for pair in range(measured.shape[1]):
        # Each pair's animals are dealt out in turn: no fold takes a pair from all of them.
        order = torch.randperm(n_animals, generator=generator)
        there = order[measured[order, pair]]
        first = int(torch.randint(n_folds, (), generator=generator))
        number[there, pair] = (torch.arange(len(there)) + first) % n_folds
    alone = measured.sum(0) < 2
    return [measured & (number == fold) & ~alone for fold in range(n_folds)]


def _error(tensor: Dense, fitted: Factors, fold: Tensor) -> float:
    times, animals, pairs = _best(fitted)
    wrong = total = 0.0
    for animal in range(tensor.shape[1]):
        left = fold[animal].to(tensor.values.device)
        truth = tensor.values[:, animal, left].double()
        model = (times * animals[animal]) @ pairs[left].T
        wrong += float((truth - model).square().sum())
        total += float(truth.square().sum())
    return wrong / total


def _best(fitted: Factors) -> tuple[Tensor, Tensor, Tensor]:
    return fitted.times[0], fitted.animals[0], fitted.pairs[0]


def _dimension(pairs: Tensor) -> float:
    """Mean over restarts of the centred, normalised factors' variances over the largest, summed."""
    unit = pairs.double() / pairs.double().norm(dim=1, keepdim=True).clamp(min=1e-12)
    centred = unit - unit.mean(2, keepdim=True)
    variances = torch.linalg.svdvals(centred).square()
    largest = variances[:, :1].clamp(min=1e-300)
    return float((variances / largest).sum(1).mean()) if pairs.shape[2] > 1 else 1.0


def _one_standard_error(held_out: np.ndarray) -> int:
    mean = held_out.mean(1)
    least = int(mean.argmin())
    # Folds differ in how hard they are: what counts is how the difference to the best spreads.
    difference = held_out - held_out[least]
    error = difference.std(1, ddof=1) / np.sqrt(held_out.shape[1])
    within = difference.mean(1) <= np.where(np.arange(len(mean)) == least, 0.0, error)
    return int(np.flatnonzero(within)[0])


def _plateau(ranks: Sequence[int], dimension: np.ndarray) -> int:
    """First rank from which growth per motif stays below a tenth of the largest."""
    if len(dimension) < 3:
        return len(dimension) - 1
    growth = np.diff(dimension) / np.diff(ranks)
    small = growth < 0.1 * growth.max()
    for i in range(len(small)):
        if small[i:].all():
            return i
    return len(dimension) - 1
