"""Circular shifts: what affinities are like where neurons change independently of each other.

Every neuron of every animal is shifted in time by itself: each keeps its own course, and with it
how often and how much it changes, and all concurrence is chance.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Affinity = Callable[[Tensor], Tensor]
"""From derivatives (n_animals, n_neurons, n_samples) to affinities (times, animals, pairs)."""


def shifted(derivatives: Tensor, generator: torch.Generator) -> Tensor:
    """Shift each neuron of each animal by itself.

    Any two neurons of an animal are shifted against each other by at least half the recording
    over the number of neurons: shifts are spread evenly, in random order, and jittered.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_samples)
        Derivatives.
    generator : torch.Generator
        Random numbers.

    Returns
    -------
    shifted : Tensor
        The same shape.
    """
    n_animals, n, n_samples = derivatives.shape
    order = torch.rand(n_animals, n, generator=generator).argsort(1)
    jitter = torch.rand(n_animals, n, generator=generator) / 2
    shift = ((order + jitter) * (n_samples / n)).long().to(derivatives.device)
    samples = torch.arange(n_samples, device=derivatives.device)
    return derivatives.gather(2, (samples + shift[..., None]) % n_samples)


def expected(
    derivatives: Tensor, affinity: Affinity, n_shifts: int, generator: torch.Generator
) -> Tensor:
    """Mean affinity of each pair in each animal over time and circular shifts.

    Parameters
    ----------
    derivatives : Tensor, shape (n_animals, n_neurons, n_samples)
        Derivatives.
    affinity : callable
        Their affinities.
    n_shifts : int
        Shifts; over times and shifts together a few are enough.
    generator : torch.Generator
        Random numbers.

    Returns
    -------
    expected : Tensor, shape (n_animals, n_pairs)
        Of every pair.
    """
    total = affinity(shifted(derivatives, generator)).mean(0)
    for _ in range(n_shifts - 1):
        total += affinity(shifted(derivatives, generator)).mean(0)
    return total / n_shifts
