"""From derivatives of traces to motifs: groups of neurons that change together, when and in whom.

Affinities of all pairs make a tensor of time x animal x pair. Its non-negative factors are the
motifs: each has a time course that the animals share, a strength in every animal, and a weighted
graph of neurons, whose communities a stochastic block model tells. After Dyballa et al. (2024),
whose affinity equation is not public: nothing here is an exact reproduction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.connectomes.affinity import standardise
from neuro.analyses.connectomes.agreement import stability
from neuro.analyses.connectomes.communities import Communities, Finder, block_communities
from neuro.analyses.connectomes.factors import Factors
from neuro.analyses.connectomes.rank import Sweep
from neuro.analyses.connectomes.significance import Relation, Tests, motif_tests, relation
from neuro.analyses.connectomes.stages import (
    affinity_tensor,
    best,
    factors,
    fitted,
    some_affinities,
    step_samples,
)
from neuro.analyses.connectomes.tensors import Dense

if TYPE_CHECKING:
    from neuro.config.connectomes import Connectomes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Epochs = Mapping[str, Sequence[tuple[float, float]]]
"""Onsets and ends, s from the first sample, by kind."""


@dataclass(frozen=True)
class Result:
    """Motifs of one or of several animals; motifs are sorted by size, largest first.

    Parameters
    ----------
    animals, names : list of str
        Recordings, and neurons on the common axis.
    present : ndarray of bool, shape (n_animals, n_neurons)
        False where the animal lacks the neuron.
    step : float
        From time to time of `times`, s; the first stands for the time from 0 to `step`.
    n_samples : int
        Samples of the derivatives.
    times : ndarray, shape (n_times, n_motifs)
        Time courses; they carry the size (affinity at a unit loading of animals and pairs).
        Samples at the end that do not fill a step are left out.
    loadings : ndarray, shape (n_animals, n_motifs)
        Strength of each motif in each animal; columns of unit length.
    adjacency : ndarray, shape (n_motifs, n_neurons, n_neurons)
        Each motif's graph: symmetric, zero diagonal, upper triangle of unit length (with
        `opposite`, both upper triangles together). Pairs that no animal has are zero.
    opposite : ndarray, shape (n_motifs, n_neurons, n_neurons), or None
        The same for opposite changes; None unless `signed`.
    share : ndarray, shape (n_motifs,)
        Squared norm of each motif's tensor over that of the affinities. Their sum is not
        `explained`: motifs overlap, and penalties shrink them.
    explained : float
        Share of the squared norm of the measured affinities that all motifs explain (of the
        divergence from the mean, with the loss `kl`).
    restarts : ndarray, shape (n_restarts,)
        `explained` of every restart, best first.
    stability : float
        Mean factor match of the best restart with the others; NaN for a single restart.
    sweep : Sweep or None
        Evidence for the rank (:class:`~.rank.Sweep`); None where it was given.
    tests : Tests
        Is there more affinity along the motif than if neurons changed independently? The motif is
        learned from some animals (times, where there is one animal) and the statistic taken in the
        others: the affinity along it, relative to its mean under the null. See
        :mod:`~.significance`.
    communities : list of Communities
        One per motif.
    relations : dict of str to Relation
        By kind of epochs.
    settings : "Connectomes"
        What was asked for.
    warnings : list of str
        What a reader should know: too few neurons in an animal, a rank at the edge of the sweep.
    """

    animals: list[str]
    names: list[str]
    present: Bools
    step: float
    n_samples: int
    times: Floats
    loadings: Floats
    adjacency: Floats
    opposite: Floats | None
    share: Floats
    explained: float
    restarts: Floats
    stability: float
    sweep: Sweep | None
    tests: Tests
    communities: list[Communities]
    relations: dict[str, Relation]
    settings: "Connectomes"
    warnings: list[str] = field(default_factory=list)

    @property
    def n_motifs(self) -> int:
        """Number of motifs."""
        return int(self.times.shape[1])


def fit(
    derivatives: Floats,
    *,
    animals: Sequence[str],
    names: Sequence[str],
    sfreq: float,
    settings: "Connectomes",
    epochs: Epochs | None = None,
    rng: np.random.Generator,
    device: torch.device | str = "cpu",
    find: Finder = block_communities,
) -> Result:
    """Find motifs.

    Parameters
    ----------
    derivatives : ndarray, shape (n_animals, n_neurons, n_samples)
        Derivatives of the traces on common axes of neurons and of time; NaN where an animal lacks
        the neuron. One animal alone gives a matrix of time x pair.
    animals, names : sequence of str
        Recordings and neurons.
    sfreq : float
        Samples per second.
    settings : "Connectomes"
        What is computed.
    epochs : mapping of str to sequence of (float, float), optional
        Onsets and ends, s, of stimuli or behaviors by kind.
    rng : Generator
        Random numbers.
    device : device
        Where torch computes.
    find : callable
        Finds the communities of a graph.

    Returns
    -------
    result : Result
        Motifs, their tests and communities.

    Raises
    ------
    ValueError
        If an animal has no pair of neurons, a trace is constant or has gaps, the rank is out of
        reach, or settings do not go together.
    """
    _check(derivatives, animals, names)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    values = torch.as_tensor(derivatives, dtype=torch.float32, device=device)
    standard, present = standardise(values, list(names))
    tensor = affinity_tensor(standard, present, sfreq, settings, generator)
    sweep, found = factors(tensor, settings, generator)
    tests = motif_tests(
        tensor,
        best(found),
        lambda part: best(fitted(part, found.times.shape[2], settings, generator)),
        standard,
        lambda moved, columns: some_affinities(moved, columns, sfreq, settings),
        n_folds=settings.n_folds,
        n_shifts=settings.n_shifts,
        generator=generator,
    )
    times, loadings, pairs = (factor.double().cpu().numpy() for factor in best(found))
    graphs = _graphs(pairs, len(names))
    step = step_samples(settings, sfreq) / sfreq
    return Result(
        animals=list(animals),
        names=list(names),
        present=present.cpu().numpy(),
        step=step,
        n_samples=derivatives.shape[2],
        times=times,
        loadings=loadings,
        adjacency=graphs[0],
        opposite=graphs[1] if settings.signed else None,
        share=_shares(tensor, found),
        explained=float(found.explained[0]),
        restarts=found.explained.numpy(),
        stability=_stability(found),
        sweep=sweep,
        tests=tests,
        communities=[find(graph, rng) for graph in graphs[0]],
        relations={
            kind: relation(times, step, spans, n_shifts=settings.n_course_shifts, rng=rng)
            for kind, spans in (epochs or {}).items()
        },
        settings=settings,
        warnings=_warnings(sweep, found),
    )


def common_time(derivatives: Floats) -> tuple[Floats, list[str]]:
    """Cut recordings at the end of the shortest; say so where much is lost.

    Parameters
    ----------
    derivatives : ndarray, shape (n_animals, n_neurons, n_samples)
        NaN where an animal lacks a neuron, or its recording has ended.

    Returns
    -------
    derivatives : ndarray
        Without the times that not all animals have.
    warnings : list of str
        What was lost, if more than a tenth of the longest recording.
    """
    there = np.asarray(np.isfinite(derivatives).any(1))
    ends = [int(np.flatnonzero(row)[-1]) + 1 if row.any() else 0 for row in there]
    shortest = min(end for end in ends if end) if any(ends) else derivatives.shape[2]
    lost = 1 - shortest / derivatives.shape[2]
    told = [f"{lost:.0%} of the longest recording is not used: others are shorter"]
    return derivatives[..., :shortest], told if lost > 0.1 else []


def _check(derivatives: Floats, animals: Sequence[str], names: Sequence[str]) -> None:
    """Refuse shapes that do not fit, and animals that share nothing with the others."""
    if derivatives.ndim != 3 or derivatives.shape[:2] != (len(animals), len(names)):
        raise ValueError(
            f"derivatives must be animals x neurons x samples, {len(animals)} x {len(names)} x "
            f"any, got shape {derivatives.shape}"
        )
    counts = np.isfinite(derivatives).any(2).sum(1).tolist()
    if alone := [name for name, n in zip(animals, counts, strict=True) if n < 2]:
        raise ValueError(
            f"{', '.join(alone)}: fewer than 2 of the {len(names)} common neurons are there, and "
            "no pair of them; leave the recording out with `recordings.exclude`"
        )


def _graphs(pairs: Floats, n: int) -> Floats:
    """Columns of pairs as symmetric matrices, shape (n_layers, n_motifs, n, n)."""
    first, second = np.triu_indices(n, 1)
    layers = pairs.T.reshape(pairs.shape[1], -1, len(first)).swapaxes(0, 1)
    graphs = np.zeros((*layers.shape[:2], n, n))
    graphs[..., first, second] = graphs[..., second, first] = layers
    return graphs


def _shares(tensor: Dense, found: Factors) -> Floats:
    times, animals, pairs = (factor.double() for factor in best(found))
    where = torch.ones(tensor.shape[1:]) if tensor.mask is None else tensor.mask
    seen = torch.einsum("wr,wp,pr->r", animals**2, where.to(animals), pairs**2)
    shares: Floats = (times.square().sum(0) * seen / tensor.squared_norm()).cpu().numpy()
    return shares


def _stability(found: Factors) -> float:
    if len(found.times) < 2:
        return float("nan")
    return stability(found.times, found.animals, found.pairs)


def _warnings(sweep: Sweep | None, found: Factors) -> list[str]:
    told = []
    if sweep is not None and sweep.chosen == sweep.ranks[-1] and len(sweep.ranks) > 1:
        told.append(
            f"the rank chosen, {sweep.chosen}, is the largest of the sweep: more motifs may be "
            "there; add larger ranks"
        )
    empty = _empty(best(found))
    if empty:
        told.append(f"{empty} motif(s) are empty: sparsity is too strong, or the rank too large")
    return told


def _empty(modes: tuple[Tensor, Tensor, Tensor]) -> int:
    return int((~torch.stack([factor.any(0) for factor in modes]).all(0)).sum())
