"""Are motifs there at all, and do they follow a stimulus or a behavior? Circular-shift nulls.

A motif that was fitted to some data fits them better than chance for that reason alone. Therefore
every statistic is taken where the motif was not learned: animals are dealt out into folds, the
tensor is factorised without a fold's animals, and the affinity along its motifs is summed in these.
Where there is one animal, folds are blocks of time, and the affinity is summed over the motif's
pairs alone. The null is the same sum over affinities of neurons that were shifted in time, each by
itself.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import false_discovery_control
from torch import Tensor

from neuro.analyses.connectomes.agreement import Modes, unit
from neuro.analyses.connectomes.shifts import shifted
from neuro.analyses.connectomes.tensors import Dense
from neuro.io.progress import follow

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Fit = Callable[[Dense], Modes]
BLOCKS = 8
"""Blocks of time of one animal."""


@dataclass(frozen=True)
class Tests:
    """One statistic per motif against a null.

    Parameters
    ----------
    statistic : ndarray, shape (n_motifs,)
        Observed.
    null : ndarray, shape (n_shifts, n_motifs)
        The same under circular shifts.
    p : ndarray, shape (n_motifs,)
        ``(1 + #{null >= statistic}) / (1 + n_shifts)``.
    q : ndarray, shape (n_motifs,)
        Corrected for the false discovery rate (Benjamini & Hochberg, 1995).
    """

    statistic: Floats
    null: Floats
    p: Floats
    q: Floats

    @classmethod
    def of(cls, statistic: Floats, null: Floats, *, two_sided: bool = False) -> "Tests":
        """Compare a statistic with its null, by rank."""
        size, sizes = (abs(statistic), abs(null)) if two_sided else (statistic, null)
        p = (1 + (sizes >= size).sum(0)) / (1 + len(null))
        return cls(statistic, null, p, false_discovery_control(p))


@dataclass(frozen=True)
class Relation:
    """How motifs' time courses relate to a kind of epochs (a stimulus, a behavior).

    Parameters
    ----------
    inside, outside : ndarray, shape (n_motifs,)
        Mean of the time course in the epochs and elsewhere, relative to its mean.
    tests : Tests
        Of ``inside - outside``, against circular shifts of the time course; two-sided: `statistic`
        and `null` carry the sign, `p` and `q` do not.
    peak_inside : ndarray of bool, shape (n_motifs,)
        Whether the time course has its maximum in an epoch.
    """

    inside: Floats
    outside: Floats
    tests: Tests
    peak_inside: Bools


@dataclass(frozen=True)
class _Learnt:
    """Motifs learned without a fold, and where they are looked for."""

    animals: Tensor  # bool, (n_animals,)
    times: Tensor  # (n_times, n_motifs), zero outside the fold's times
    pairs: Tensor  # (n_pairs, n_motifs)


def motif_tests(
    tensor: Dense,
    motifs: Modes,
    fit: Fit,
    derivatives: Tensor,
    affinity: Callable[[Tensor, Tensor], Tensor],
    *,
    n_folds: int,
    n_shifts: int,
    generator: torch.Generator,
) -> Tests:
    """Test motifs in animals (or times) that they were not learned from.

    Parameters
    ----------
    tensor : Dense
        What was factorised.
    motifs : tuple of Tensor
        Times, animals and pairs, each (size, n_motifs).
    fit : callable
        Factorises a part of the tensor as the whole was.
    derivatives : Tensor, shape (n_animals, n_neurons, n_samples)
        Standardised.
    affinity : callable
        From derivatives, and columns of the tensor, to the affinities of these.
    n_folds, n_shifts : int
        Folds, and circular shifts.
    generator : torch.Generator
        Random numbers.

    Returns
    -------
    tests : Tests
        One-sided; the statistic and its null are relative to the null's mean.
    """
    n_animals = tensor.shape[1]
    folds = _animal_folds(n_animals, n_folds, generator) if n_animals > 1 else _blocks(tensor)
    learned = [
        _learn(tensor, fold, motifs, fit)
        for fold in follow(folds, logger, "fold of the motifs' test")
    ]
    # Most loadings of a sparse motif are zero: only the other pairs' affinities are computed.
    used = torch.stack([part.pairs.any(1) for part in learned]).any(0).nonzero().ravel()
    mask = torch.ones(n_animals, len(used)) if tensor.mask is None else tensor.mask[:, used]
    seen = _along(affinity(derivatives, used), mask, learned, used)
    null = np.stack(
        [
            _along(affinity(shifted(derivatives, generator), used), mask, learned, used)
            for _ in follow(range(n_shifts), logger, "circular shift")
        ]
    )
    mean = np.maximum(null.mean(0), np.finfo(float).tiny)
    return Tests.of(seen / mean, null / mean)


def relation(
    times: Floats,
    step: float,
    epochs: Sequence[tuple[float, float]],
    *,
    n_shifts: int,
    rng: np.random.Generator,
) -> Relation:
    """Compare time courses in epochs and outside of them.

    Parameters
    ----------
    times : ndarray, shape (n_times, n_motifs)
        Time courses.
    step : float
        From time to time, s; the first stands for the time from 0 to `step`.
    epochs : sequence of (float, float)
        Onsets and ends, s.
    n_shifts : int
        Circular shifts of the time course.
    rng : Generator
        Random numbers.

    Raises
    ------
    ValueError
        If no time, or every time, lies in an epoch.
    """
    middle = (np.arange(len(times)) + 0.5) * step
    inside = np.zeros(len(times), dtype=bool)
    for onset, end in epochs:
        inside |= (middle >= onset) & (middle < end)
    if inside.all() or not inside.any():
        raise ValueError(
            f"epochs must cover a part of the {len(times) * step:g} s, they cover "
            f"{inside.sum() * step:g} s"
        )
    relative = times / np.maximum(times.mean(0), np.finfo(float).tiny)
    weights = inside / inside.sum() - ~inside / (~inside).sum()
    shifts = rng.integers(1, len(times), n_shifts)
    null = np.stack([np.roll(weights, shift) @ relative for shift in shifts])
    return Relation(
        inside=relative[inside].mean(0),
        outside=relative[~inside].mean(0),
        tests=Tests.of(weights @ relative, null, two_sided=True),
        peak_inside=inside[times.argmax(0)],
    )


def _animal_folds(
    n_animals: int, n_folds: int, generator: torch.Generator
) -> list[tuple[Tensor | None, Tensor | None]]:
    """Animals of each fold; None stands for all times."""
    order = torch.randperm(n_animals, generator=generator)
    n_folds = min(n_folds, n_animals)
    return [(torch.isin(torch.arange(n_animals), order[k::n_folds]), None) for k in range(n_folds)]


def _blocks(tensor: Dense) -> list[tuple[Tensor | None, Tensor | None]]:
    """Times of each of two folds, which take blocks in turn; None stands for the one animal."""
    n_times = tensor.shape[0]
    odd = (torch.arange(n_times) * BLOCKS // n_times) % 2 == 1
    return [(None, odd), (None, ~odd)]


def _learn(
    tensor: Dense, fold: tuple[Tensor | None, Tensor | None], motifs: Modes, fit: Fit
) -> _Learnt:
    animals, times = fold
    if animals is not None:
        found = fit(tensor.part(animals=~animals))
        order = _matched((found[0], found[2]), (motifs[0], motifs[2]))
        return _Learnt(animals, unit(found[0])[:, order], unit(found[2])[:, order])
    if times is None:
        raise AssertionError("a fold is of animals or of times")
    found = fit(tensor.part(times=~times))
    order = _matched((found[2],), (motifs[2],))
    flat = times.to(found[0])[:, None].expand(-1, found[0].shape[1])
    return _Learnt(torch.ones(tensor.shape[1], dtype=torch.bool), flat, unit(found[2])[:, order])


def _matched(found: Sequence[Tensor], motifs: Sequence[Tensor]) -> list[int]:
    """Which of the found components is each motif."""
    table = torch.stack([unit(b).T @ unit(a) for a, b in zip(found, motifs, strict=True)]).prod(0)
    _, columns = linear_sum_assignment(-table.cpu().numpy())
    return [int(i) for i in columns]


def _along(affinity: Tensor, mask: Tensor, learned: Sequence[_Learnt], used: Tensor) -> Floats:
    """Sum of affinities along each motif, over all folds."""
    total = np.zeros(learned[0].pairs.shape[1])
    for part in learned:
        animals = part.animals.to(affinity.device)
        there = affinity[:, animals] * mask[animals].to(affinity)
        sums = torch.einsum("twp,tr,pr->r", there, part.times, part.pairs[used])
        total += sums.double().cpu().numpy()
    return total
