"""Stages of a fit: derivatives to affinities, affinities to a tensor, the tensor to factors."""

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neuro.analyses.connectomes.affinity import affinities
from neuro.analyses.connectomes.agreement import Modes
from neuro.analyses.connectomes.factors import Factors, check_rank
from neuro.analyses.connectomes.kl import factorise_kl
from neuro.analyses.connectomes.ntf import factorise
from neuro.analyses.connectomes.peer import tensorly_factors
from neuro.analyses.connectomes.penalties import Penalties
from neuro.analyses.connectomes.rank import Sweep, sweep_ranks
from neuro.analyses.connectomes.shifts import expected
from neuro.analyses.connectomes.tensors import Dense

if TYPE_CHECKING:
    from neuro.config.connectomes import Connectomes

EXPECTED_SHIFTS = 4
"""Circular shifts behind the expected affinities: each is a mean over all times as well."""
MAX_ENTRIES = 2**30
"""Of a tensor that is held whole: 4 GiB."""


def window_samples(settings: "Connectomes", sfreq: float) -> int:
    """The window as an odd number of samples, at least 3."""
    return max(3, 2 * int(settings.window * sfreq / 2) + 1)


def step_samples(settings: "Connectomes", sfreq: float) -> int:
    """The step in samples, at least 1."""
    return max(1, round(settings.step * sfreq))


def some_affinities(
    standard: Tensor, columns: Tensor | None, sfreq: float, settings: "Connectomes"
) -> Tensor:
    """Affinities of the tensor's columns; of all of them where `columns` is None."""
    n = standard.shape[1]
    pairs = torch.triu_indices(n, n, 1)
    n_pairs = pairs.shape[1]
    wanted = chosen = None
    if columns is not None:
        # With `signed`, a pair is two columns.
        wanted, where = torch.unique(columns.cpu() % n_pairs, return_inverse=True)
        chosen = where + (columns.cpu() >= n_pairs) * len(wanted)
        pairs = pairs[:, wanted]
    values = affinities(
        standard,
        settings.kernel,
        signed=settings.signed,
        width=settings.width,
        threshold=settings.threshold,
        window=window_samples(settings, sfreq),
        step=step_samples(settings, sfreq),
        pairs=pairs,
    )
    if chosen is None or (not settings.signed and values.shape[2] == len(chosen)):
        return values
    return values[..., chosen.to(values.device)]


def affinity_tensor(
    standard: Tensor,
    present: Tensor,
    sfreq: float,
    settings: "Connectomes",
    generator: torch.Generator,
) -> Dense:
    """Tensor of the affinities, or of their excess over what circular shifts leave.

    Parameters
    ----------
    standard : Tensor, shape (n_animals, n_neurons, n_samples)
        Standardised derivatives.
    present : Tensor, shape (n_animals, n_neurons)
        Which neurons an animal has.
    sfreq : float
        Samples per second.
    settings : "Connectomes"
        What is computed.
    generator : torch.Generator
        Random numbers of the shifts.

    Raises
    ------
    ValueError
        If the tensor would not fit in memory.
    """
    n_animals, n, n_samples = standard.shape
    first, second = torch.triu_indices(n, n, 1)
    layers = 2 if settings.signed else 1
    n_times = n_samples // step_samples(settings, sfreq)
    entries = n_times * n_animals * len(first) * layers
    if entries > MAX_ENTRIES:
        raise ValueError(
            f"the tensor of {n_times} times x {n_animals} animals x {len(first) * layers} pairs "
            f"has {entries:.2g} entries, more than {MAX_ENTRIES:.2g}; use a longer step, or fewer "
            "neurons"
        )
    mask = (present[:, first] & present[:, second]).repeat(1, layers)
    of = partial(some_affinities, columns=None, sfreq=sfreq, settings=settings)
    values = of(standard)
    if not settings.subtract:
        return Dense(values, mask)
    return Dense.excess(values, expected(standard, of, EXPECTED_SHIFTS, generator), mask)


def factors(
    tensor: Dense, settings: "Connectomes", generator: torch.Generator
) -> tuple[Sweep | None, Factors]:
    """Choose the rank where it is not given, and factorise.

    Raises
    ------
    ValueError
        If a rank is above what the tensor can bear.
    """
    sweep = None
    rank = settings.rank
    if rank is None:
        check_rank(settings.ranks[-1], tensor.shape)
        sweep = sweep_ranks(
            tensor,
            settings.ranks,
            n_restarts=max(2, settings.n_restarts // 2),
            n_folds=settings.n_folds,
            generator=generator,
            tol=settings.tol,
            penalties=Penalties(settings.sparsity, settings.smoothness),
        )
        rank = sweep.chosen
    return sweep, fitted(tensor, rank, settings, generator)


def fitted(
    tensor: Dense, rank: int, settings: "Connectomes", generator: torch.Generator
) -> Factors:
    """Factorise as was asked for; nothing is known of pairs that no animal has."""
    if settings.backend == "tensorly":
        return tensorly_factors(tensor, rank, settings.n_restarts, settings.tol, generator)
    if settings.loss == "kl":
        return factorise_kl(
            tensor, rank, n_restarts=settings.n_restarts, tol=settings.tol, generator=generator
        )
    return factorise(
        tensor,
        rank,
        n_restarts=settings.n_restarts,
        tol=settings.tol,
        penalties=Penalties(settings.sparsity, settings.smoothness),
        generator=generator,
        like=tensor.values,
    )


def best(found: Factors) -> Modes:
    """Times, animals and pairs of the best restart, each (size, rank)."""
    return found.times[0], found.animals[0], found.pairs[0]
