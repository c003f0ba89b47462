"""Do a functional and a structural matrix belong to one person? No labels are needed.

Two people are held out, everything is learned from the others, and the two right pairs are compared
with the two wrong ones. Chance is one half.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.fusion.cohort import MODALITIES, Cohort
from neuro.analyses.fusion.encoders import EncoderPlan, train_encoders
from neuro.analyses.fusion.networks import Data
from neuro.stats.bootstrap import interval

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
N_BOOTSTRAPS = 2000
N_VARIATES, RIDGE = 3, 0.5


@dataclass(frozen=True, eq=False)
class Paired:
    """How well pairs are told.

    Parameters
    ----------
    right : ndarray, shape (n_pairs,)
        1 where the right pairing of two people scores higher, 1/2 for a tie.
    people : ndarray of int, shape (n_pairs, 2)
        Which two.
    accuracy : float
        Mean of `right`.
    interval : tuple of float
        95 % bootstrap over people, not over pairs, which share people.
    """

    right: Floats
    people: Ints
    accuracy: float
    interval: tuple[float, float]


Score = Callable[[Cohort, Ints, Ints], Floats]
"""From people, those to learn from and those held out to the fit of each function and structure."""


def direct(cohort: Cohort, train: Ints, test: Ints) -> Floats:
    """Correlation of the deviations from the mean, over pairs of regions; nothing is learned."""
    parts = []
    for modality in MODALITIES:
        values = next(cohort.of(modality, "edges")).values
        spread = values[train].std(0)
        z = (values[test] - values[train].mean(0)) / np.where(spread > 0, spread, np.inf)
        parts.append(z - z.mean(1, keepdims=True))
    norms = [np.linalg.norm(part, axis=1) for part in parts]
    return np.asarray(parts[0] @ parts[1].T / norms[0][:, None] / norms[1])


def linear(cohort: Cohort, train: Ints, test: Ints) -> Floats:
    """Regularized canonical correlations of all pairs of regions, in kernel form."""
    scores = []
    for modality in MODALITIES:
        values = next(cohort.of(modality, "edges")).values
        spread = values[train].std(0)
        z = (values - values[train].mean(0)) / np.where(spread > 0, spread, np.inf)
        kernel = z @ z[train].T / z.shape[1]
        variances, vectors = np.linalg.eigh(kernel[train])
        kept = variances > 1e-9 * variances[-1]
        whitened = kernel @ (vectors[:, kept] / np.sqrt(variances[kept]))
        # Shrunk whitening: directions of little variance count less.
        strength = variances[kept] / (variances[kept] + RIDGE * variances[kept].mean())
        scores.append(whitened * np.sqrt(strength))
    left, values, right = np.linalg.svd(scores[0][train].T @ scores[1][train])
    n = min(N_VARIATES, len(values))
    a, b = scores[0][test] @ left[:, :n], scores[1][test] @ right[:n].T
    return np.asarray((a * values[:n]) @ b.T)


def networks_score(plan: EncoderPlan, rng: np.random.Generator) -> Score:
    """Cosine of networks' states, after alignment of function with structure by InfoNCE."""

    def score(cohort: Cohort, train: Ints, test: Ints) -> Floats:
        import torch

        data = Data.of(cohort, [train])
        encoders = train_encoders(data, plan, rng)
        with torch.no_grad():
            a, b = (encoders.states(data, m)[0].double().numpy() for m in MODALITIES)
        a, b = (x[:, test] / np.linalg.norm(x[:, test], axis=2, keepdims=True) for x in (a, b))
        return np.asarray(np.einsum("eik,ejk->ij", a, b))

    return score


def match(cohort: Cohort, score: Score, rng: np.random.Generator) -> Paired:
    """Hold out every two people, and see whether the right pairs fit better.

    Parameters
    ----------
    cohort : Cohort
        People with both modalities.
    score : callable
        How pairs are scored.
    rng : numpy.random.Generator
        Random numbers of the bootstrap.

    Raises
    ------
    ValueError
        If there are fewer than four people.
    """
    n = len(cohort)
    if n < 4:
        raise ValueError(f"pairs: {n} subjects; at least 4 subjects are needed")
    people = list(combinations(range(n), 2))
    right = []
    for i, j in people:
        test = np.array([i, j])
        train = np.setdiff1d(np.arange(n), test)
        found = score(cohort, train, test)
        margin = found[0, 0] + found[1, 1] - found[0, 1] - found[1, 0]
        right.append(0.5 if abs(margin) < 1e-12 else float(margin > 0))
    return _summed(np.array(right), np.array(people), n, rng)


def restricted(paired: Paired, within: NDArray[np.str_], rng: np.random.Generator) -> Paired:
    """The comparisons of people who agree in something; what was learned is the same.

    Parameters
    ----------
    paired : Paired
        Comparisons of all people.
    within : ndarray of str, shape (n,)
        E.g. the site of each.
    rng : numpy.random.Generator
        Random numbers of the bootstrap.
    """
    same = within[paired.people[:, 0]] == within[paired.people[:, 1]]
    return _summed(paired.right[same], paired.people[same], len(within), rng)


def _summed(right: Floats, people: Ints, n: int, rng: np.random.Generator) -> Paired:
    accuracy = float(right.mean())
    counts = rng.multinomial(n, np.full(n, 1 / n), N_BOOTSTRAPS)
    weights = counts[:, people[:, 0]] * counts[:, people[:, 1]]
    kept = weights.sum(1) > 0
    drawn = (weights[kept] @ right) / weights[kept].sum(1)
    return Paired(right, people, accuracy, interval(drawn, 0.95, estimate=accuracy))
