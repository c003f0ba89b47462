"""The Synergistic Activation Map, and whether it is faithful.

A channel is a network of an encoder. Masking it in function, in structure, and in both, tells by
inclusion and exclusion what both modalities say together and neither says alone. Networks are
averaged with that weight. Nothing is differentiated: the map needs forward passes only.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.stats
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.fusion.cohort import MODALITIES
from neuro.analyses.fusion.encoders import Keep
from neuro.analyses.fusion.heads import terms_of
from neuro.analyses.fusion.judging import area_of, fold_numbers
from neuro.analyses.fusion.model import Fitted, permuted

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7)
"""Of regions, or pairs, that are deleted."""


@dataclass(frozen=True, eq=False)
class Activation:
    """A map of regions and of pairs of regions.

    Parameters
    ----------
    regions : dict of str to ndarray, shape (n_regions,)
        By modality; the largest value is 1.
    pairs : dict of str to ndarray, shape (n_regions, n_regions)
        By modality; symmetric, diagonal zero, the largest value is 1. Empty where there are no
        features of pairs.
    alone : dict of str to float
        Mean size of what masking does to log-odds: `function`, `structure`, `synergy`.
    """

    regions: dict[str, Floats]
    pairs: dict[str, Floats]
    alone: dict[str, float]

    def joint(self) -> tuple[Floats, Floats]:
        """Means of both modalities; no values where there are no features of pairs."""
        regions = np.asarray(np.mean(list(self.regions.values()), axis=0))
        if not self.pairs:
            return regions, np.zeros((0, 0))
        return regions, np.asarray(np.mean(list(self.pairs.values()), axis=0))


def synergies(fitted: Fitted) -> dict[str, Tensor]:
    """What masking networks does to test subjects' log-odds.

    Returns
    -------
    effects : dict of str to Tensor, shape (n_folds, n_encoders, n_networks)
        Mean size over test subjects and heads: of masking a network in `function` and in
        `structure` alone, and what is left of masking it in both: `synergy`.
    """
    function, structure = fitted.states
    test = fitted.masks.test[:, None, None]
    heads = fitted.heads

    def logits(k: int | None, gone: tuple[str, ...]) -> Tensor:
        states = [function, structure]
        for m, modality in enumerate(MODALITIES):
            if modality in gone:
                states[m] = states[m].clone()
                states[m][..., k] = 0
        return heads.logits(terms_of(states[0], states[1], fitted.plan.head)[0])

    found: dict[str, list[Tensor]] = {"function": [], "structure": [], "synergy": []}
    whole = logits(None, ())
    for k in range(function.shape[-1]):
        no_function, no_structure = logits(k, ("function",)), logits(k, ("structure",))
        none = logits(k, MODALITIES)
        for name, effect in (
            ("function", whole - no_function),
            ("structure", whole - no_structure),
            ("synergy", whole - no_function - no_structure + none),
        ):
            size = (effect.abs() * test).sum(-1) / test.sum(-1)
            found[name].append(size.mean(2))
    return {name: torch.stack(each, dim=-1) for name, each in found.items()}


def activate(fitted: Fitted) -> Activation:
    """Map the synergy of a fitted model onto regions and pairs; of one modality, its effect.

    Parameters
    ----------
    fitted : Fitted
        The model; every fold's networks are weighed by its own test subjects.
    """
    with torch.no_grad():
        effects = synergies(fitted)
        there = list(fitted.encoders.weights)
        weights = effects["synergy" if len(there) == len(MODALITIES) else there[0]]
        total = float(weights.sum())
        regions: dict[str, Floats] = {}
        pairs: dict[str, Floats] = {}
        for modality, networks in fitted.encoders.weights.items():
            size = networks.abs()
            a = torch.einsum("fek,fekr->r", weights, size).double().numpy()
            regions[modality] = a / max(a.max(), 1e-12) if total else np.zeros_like(a)
            if not any(fitted.cohort.of(kind="edges")):
                continue
            b = torch.einsum("fek,feki,fekj->ij", weights, size, size).double().numpy()
            np.fill_diagonal(b, 0)
            pairs[modality] = b / max(b.max(), 1e-12) if total else np.zeros_like(b)
        alone = {name: float(each.sum(-1).mean()) for name, each in effects.items()}
    return Activation(regions, pairs, alone)


def ranking_area(values: Floats, planted: NDArray[np.bool_]) -> float:
    """Probability that something planted ranks before something that is not."""
    ranks = scipy.stats.rankdata(values)
    n = int(planted.sum())
    return float((ranks[planted].sum() - n * (n + 1) / 2) / (n * (len(values) - n)))


def deletion(
    fitted: Fitted, activation: Activation, rng: np.random.Generator, *, n_random: int = 3
) -> dict[str, Floats]:
    """Areas under the curve as ever more of the brain is deleted.

    What is deleted takes the training subjects' mean in all views.

    Parameters
    ----------
    fitted : Fitted
        The model.
    activation : Activation
        Its map.
    rng : numpy.random.Generator
        Random numbers.
    n_random : int
        Random orders.

    Returns
    -------
    areas : dict of str to ndarray, shape (n_shares,)
        `regions/first`, `regions/last`, `regions/random` and the same of `pairs`: the map's
        highest values deleted first, last, or whatever comes. None of pairs where there are no
        features of them.
    """
    regions, pairs = activation.joint()
    rows, columns = np.triu_indices(len(pairs), 1)
    found: dict[str, Floats] = {}
    for kind, values in (("regions", regions), ("pairs", pairs[rows, columns])):
        if not len(values):
            continue
        order = np.argsort(-values, kind="stable")
        orders = {"first": [order], "last": [order[::-1]]}
        orders["random"] = [rng.permutation(len(values)) for _ in range(n_random)]
        for name, each in orders.items():
            curves = [_curve(fitted, one, kind, rows, columns) for one in each]
            found[f"{kind}/{name}"] = np.mean(curves, axis=0)
    return found


def _curve(fitted: Fitted, order: Ints, kind: str, rows: Ints, columns: Ints) -> Floats:
    n = fitted.data.n_regions
    numbers = fold_numbers(fitted.folds, len(fitted.cohort))
    assert fitted.cohort.labels is not None
    curve = []
    for share in SHARES:
        gone = order[: round(share * len(order))]
        kept = torch.ones(n)
        if kind == "regions":
            kept[gone.copy()] = 0
            keep = Keep(kept)
        else:
            left = torch.ones(n, n)
            left[rows[gone], columns[gone]] = left[columns[gone], rows[gone]] = 0
            keep = Keep(kept, left)
        curve.append(area_of(fitted.without(keep), fitted.cohort.labels, numbers))
    return np.array(curve)


def sanity(fitted: Fitted, activation: Activation, rng: np.random.Generator) -> dict[str, float]:
    """Correlation of the map with maps of randomized models.

    Parameters
    ----------
    fitted : Fitted
        The model.
    activation : Activation
        Its map.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    correlations : dict of str to float
        `labels`: heads are trained with permuted labels; `heads`: coefficients are dealt to other
        networks; `encoders`: networks' weights are dealt to other regions. The nearer to 1, the
        less the map tells of what was learned.
    """
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    weights = fitted.heads.weights
    order = torch.rand(weights.shape, generator=generator).argsort(-1)
    shuffled = replace(fitted, heads=replace(fitted.heads, weights=weights.gather(-1, order)))
    networks = {}
    for modality, own in fitted.encoders.weights.items():
        order = torch.rand(own.shape, generator=generator).argsort(-1)
        networks[modality] = own.gather(-1, order)
    dealt = replace(fitted, encoders=replace(fitted.encoders, weights=networks))
    own_map, _ = activation.joint()
    found = {}
    assert fitted.cohort.labels is not None
    coin = replace(fitted, heads=permuted(fitted, rng.permutation(fitted.cohort.labels))[0])
    for name, model in (("labels", coin), ("heads", shuffled), ("encoders", dealt)):
        other, _ = activate(model).joint()
        flat = min(own_map.std(), other.std()) < 1e-12
        found[name] = 0.0 if flat else float(np.corrcoef(own_map, other)[0, 1])
    return found
