"""Simulated people with fMRI and diffusion MRI, and a disease that neither of the two tells alone.

Everybody has a brain of the same regions and, for each of them and each pair of them, a functional
and a structural feature. Small bilateral networks vary between people as wholes: how engaged a
network is shows in the amplitude and the connectivity of its regions (fMRI), and how intact it is
in the anisotropy and the fibers of its regions (diffusion MRI). The disease is a matter of one of
the networks, and of engagement and integrity together: the log-odds are proportional to their
product, so that each of them alone is independent of the disease.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Effect = Literal["interaction", "additive", "none"]

SLOPES: dict[Effect, float] = {"interaction": 3.0, "additive": 2.0, "none": 0.0}
"""Of the log-odds; who knows engagement and integrity has areas of .855 and .862 in the long run.

The area is that of an endless cohort; of 200 people it has a standard error of .026.
"""

REPORTED = (2026, 2027, 2028, 2029, 2030)
"""Seeds of the cohorts that published numbers are of; methods are shaped on cohorts of others."""


@dataclass(frozen=True)
class Recipe:
    """What is simulated.

    Parameters
    ----------
    n_subjects : int
        People.
    n_regions : int
        Regions, half of them in each hemisphere.
    n_networks : int
        Networks that vary as wholes; the disease is a matter of the first.
    network_size : int
        Regions of a network, half of them in each hemisphere.
    region_loading, edge_loading : float
        Effect of a network's state on each of its regions and pairs of regions, in standard
        deviations of what a feature has of its own.
    nuisance : float
        Standard deviation of the effects that age, and motion (fMRI) or head size (diffusion),
        have on every region and pair of regions, in the same unit.
    effect : str
        `interaction`: log-odds by the product of engagement and integrity; `additive`: by their
        sum, of which each modality has half; `none`: no effect.
    """

    n_subjects: int = 200
    n_regions: int = 90
    n_networks: int = 6
    network_size: int = 10
    region_loading: float = 0.7
    edge_loading: float = 0.45
    nuisance: float = 0.3
    effect: Effect = "interaction"

    def __post_init__(self) -> None:
        if self.n_regions % 2 or self.network_size % 2:
            raise ValueError(
                "n_regions and network_size must be even, half in each hemisphere; got "
                f"{self.n_regions} and {self.network_size}"
            )
        if self.n_networks * self.network_size > self.n_regions:
            raise ValueError(
                f"{self.n_networks} networks of {self.network_size} regions need "
                f"{self.n_networks * self.network_size} regions, got {self.n_regions}"
            )


@dataclass(frozen=True, eq=False)
class People:
    """A simulated cohort and its truth.

    Parameters
    ----------
    alff, fa : ndarray, shape (n_subjects, n_regions)
        Amplitude of low-frequency fluctuations; fractional anisotropy.
    fc : ndarray, shape (n_subjects, n_regions, n_regions)
        Correlations, ones on the diagonal.
    sc : ndarray, shape (n_subjects, n_regions, n_regions)
        Streamline counts, symmetric, zeros on the diagonal.
    labels : ndarray of bool, shape (n_subjects,)
        Who is ill.
    age : ndarray, shape (n_subjects,)
        In years; independent of the disease.
    positions : ndarray, shape (n_regions, 3)
        Centers of the regions, mm.
    engagement, integrity : ndarray, shape (n_subjects, n_networks)
        State of each network, standard normal.
    networks : ndarray of bool, shape (n_networks, n_regions)
        Regions of each network.
    odds : ndarray, shape (n_subjects,)
        Log-odds of the disease.
    """

    alff: Floats
    fa: Floats
    fc: Floats
    sc: Floats
    labels: NDArray[np.bool_]
    age: Floats
    positions: Floats
    engagement: Floats
    integrity: Floats
    networks: NDArray[np.bool_]
    odds: Floats

    @property
    def planted(self) -> NDArray[np.bool_]:
        """Regions of the network that the disease is a matter of, shape (n_regions,)."""
        return np.asarray(self.networks[0])


def oracle(people: People) -> float:
    """Area under the ROC of the true log-odds: what no method can be expected to exceed.

    Half where there is no effect.
    """
    from scipy.stats import rankdata

    ranks, ill = rankdata(people.odds), people.labels
    n_ill = int(ill.sum())
    above = ranks[ill].sum() - n_ill * (n_ill + 1) / 2
    return float(above / (n_ill * (len(ill) - n_ill)))


def without_effect(recipe: Recipe) -> Recipe:
    """The same people, whose disease is a coin's."""
    return replace(recipe, effect="none")


def simulate(recipe: Recipe, seed: int) -> People:
    """Simulate a cohort.

    With the same seed, the effects differ in labels alone: brains are the same.

    Parameters
    ----------
    recipe : Recipe
        What is simulated.
    seed : int
        Of all random numbers.

    Returns
    -------
    people : People
        Features, labels, truth.
    """
    # Labels have random numbers of their own, so that the effect does not change the brains.
    rng, coins = (np.random.default_rng([seed, k]) for k in range(2))
    n, n_networks = recipe.n_subjects, recipe.n_networks
    positions = _positions(recipe.n_regions)
    networks = _networks(recipe, rng)
    aging, motion, size = rng.standard_normal((3, n))
    engagement, integrity = rng.standard_normal((2, n, n_networks))
    alff, correlation = _modality(recipe, networks, engagement, np.stack([aging, motion], 1), rng)
    fa, fibers = _modality(recipe, networks, integrity, np.stack([aging, size], 1), rng)
    u, v = engagement[:, 0], integrity[:, 0]
    joint = {"interaction": u * v, "additive": (u + v) / np.sqrt(2), "none": np.zeros(n)}
    odds = SLOPES[recipe.effect] * joint[recipe.effect]
    labels = coins.random(n) < 1 / (1 + np.exp(-odds))
    return People(
        alff=np.exp(0.25 * alff),
        fa=1 / (1 + np.exp(0.4 - 0.25 * fa)),
        fc=_connectivity(correlation, positions),
        sc=_streamlines(fibers, positions, networks, rng),
        labels=labels,
        age=70 + 7 * aging,
        positions=positions,
        engagement=engagement,
        integrity=integrity,
        networks=networks,
        odds=odds,
    )


def _positions(n_regions: int) -> Floats:
    """Centers on half an ellipsoid of a brain's size, and their mirror images."""
    half = n_regions // 2
    k = np.arange(half) + 0.5
    # A spiral of the golden angle spreads points evenly over the half sphere with x < 0.
    x = -k / half
    angle = np.pi * (1 + np.sqrt(5)) * k
    radius = np.sqrt(1 - x**2)
    left = np.stack([x, radius * np.cos(angle), radius * np.sin(angle)], 1) * (62, 85, 55)
    left += (-4, -17, 12)
    return np.concatenate([left, left * (-1, 1, 1)])


def _networks(recipe: Recipe, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Regions of each network; each has its mirror image too."""
    half, own = recipe.n_regions // 2, recipe.network_size // 2
    order = rng.permutation(half)
    networks = np.zeros((recipe.n_networks, recipe.n_regions), dtype=bool)
    for k in range(recipe.n_networks):
        left = order[k * own : (k + 1) * own]
        networks[k, left] = networks[k, left + half] = True
    return networks


def _modality(
    recipe: Recipe,
    networks: NDArray[np.bool_],
    states: Floats,
    nuisances: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Features of regions and of pairs of them, in standard deviations of their own part."""
    n, r = len(states), recipe.n_regions
    members = networks.astype(float)
    regions = recipe.region_loading * states @ members
    regions += nuisances @ rng.normal(0, recipe.nuisance, (nuisances.shape[1], r))
    regions += rng.standard_normal((n, r))
    pairs = recipe.edge_loading * np.einsum("nk,ki,kj->nij", states, members, members)
    loads = rng.normal(0, recipe.nuisance, (nuisances.shape[1], r, r))
    own = rng.standard_normal((n, r, r))
    drawn = np.triu(np.einsum("nk,kij->nij", nuisances, loads) + own, 1)
    pairs += drawn + drawn.transpose(0, 2, 1)
    pairs[:, np.arange(r), np.arange(r)] = 0
    return regions, pairs


def _connectivity(pairs: Floats, positions: Floats) -> Floats:
    """Correlations that deviate from those of a common brain along geodesics."""
    n_regions = len(positions)
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    common = 0.3 * np.exp(-distance / 30) + 0.7 * np.eye(n_regions)
    half = n_regions // 2
    mirror = np.arange(half)
    common[mirror, mirror + half] += 0.25
    common[mirror + half, mirror] += 0.25
    values, vectors = np.linalg.eigh(common)
    root = (vectors * np.sqrt(np.maximum(values, 0.05))) @ vectors.T
    # 0.05 is the standard error of a correlation over about 400 independent volumes.
    values, vectors = np.linalg.eigh(0.05 * pairs)
    covariance = root @ ((vectors * np.exp(values)[:, None]) @ vectors.transpose(0, 2, 1)) @ root
    scale = np.sqrt(np.einsum("nii->ni", covariance))
    correlation = covariance / scale[:, :, None] / scale[:, None]
    correlation = (correlation + correlation.transpose(0, 2, 1)) / 2
    correlation[:, np.arange(n_regions), np.arange(n_regions)] = 1
    return np.asarray(correlation)


def _streamlines(
    pairs: Floats, positions: Floats, networks: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Counts of streamlines; far regions have none, but for those of a network."""
    n_regions = len(positions)
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    rows, columns = np.triu_indices(n_regions, 1)
    d = distance[rows, columns]
    within = np.einsum("ki,kj->ij", networks.astype(int), networks.astype(int))[rows, columns] > 0
    there = (d < np.quantile(d, 0.3)) | within | (rng.random(len(d)) < 0.05)
    base = np.maximum(6 - d / 40, 3.5)
    counts = np.floor(np.exp(base + 0.4 * pairs[:, rows, columns])) * there
    matrices = np.zeros((len(pairs), n_regions, n_regions))
    matrices[:, rows, columns] = matrices[:, columns, rows] = counts
    return matrices
