"""All neurons together: correlations, an order that puts like beside like, left-right pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from neuro.preprocess.calcium.traces import Bools, Floats

MOST_CLUSTERED = 800
"""With more neurons the order comes from two principal components."""
FEWEST_PAIRS = 5
"""Left-right pairs from which their correlation is told."""
N_SHUFFLES = 2000


@dataclass(frozen=True)
class Pairs:
    """Correlation of neurons whose names differ in a last L or R.

    Parameters
    ----------
    r : ndarray, shape (n_pairs,)
        Correlation of each pair.
    names : list of str
        `AVAL-AVAR`, in the order of `r`.
    chance : float
        Median over pairs when names are shuffled, mean of the shuffles.
    p : float
        Share of shuffles with a median at least as large.
    """

    r: Floats
    names: list[str]
    chance: float
    p: float


def correlations(values: Floats, good: Bools) -> Floats:
    """Correlation of each neuron with each, over good frames.

    Parameters
    ----------
    values : ndarray, shape (n_neurons, n_times)
        Traces.
    good : ndarray, shape (n_times,)
        Frames that count.
    """
    matrix: Floats = np.atleast_2d(np.corrcoef(values[:, good]))
    return matrix


def order_of(matrix: Floats) -> NDArray[np.intp]:
    """Order of the neurons in which neighbours are alike.

    Leaves of average-linkage clustering of 1 - r, ordered so that neighbours are nearest; for very
    many neurons, the angle in the plane of the first two principal components.
    """
    n = len(matrix)
    if n < 3:
        return np.arange(n)
    clean = np.nan_to_num(matrix)
    if n > MOST_CLUSTERED:
        _, vectors = np.linalg.eigh(clean)
        order: NDArray[np.intp] = np.argsort(np.arctan2(vectors[:, -2], vectors[:, -1]))
        return order
    distance = np.clip(1 - (clean + clean.T) / 2, 0, 2)
    np.fill_diagonal(distance, 0)
    condensed = scipy.spatial.distance.squareform(distance, checks=False)
    tree = scipy.cluster.hierarchy.linkage(condensed, method="average", optimal_ordering=True)
    leaves: NDArray[np.intp] = scipy.cluster.hierarchy.leaves_list(tree).astype(np.intp)
    return leaves


def left_right(names: Sequence[str], matrix: Floats, rng: np.random.Generator) -> Pairs | None:
    """Correlation of left-right pairs against shuffled names; None with too few pairs.

    The two sides of a bilaterian's pair are mostly alike, so a list of names that is out of step
    with the traces shows.
    """
    at = {name: i for i, name in enumerate(names)}
    stems = [name[:-1] for name in names if name.endswith("L") and f"{name[:-1]}R" in at]
    if len(stems) < FEWEST_PAIRS:
        return None
    left = np.array([at[f"{stem}L"] for stem in stems])
    right = np.array([at[f"{stem}R"] for stem in stems])
    r = matrix[left, right]
    shuffled = np.empty(N_SHUFFLES)
    for i in range(N_SHUFFLES):
        moved = rng.permutation(len(names))
        shuffled[i] = np.median(matrix[moved[left], moved[right]])
    p = (1 + int(np.sum(shuffled >= np.median(r)))) / (1 + N_SHUFFLES)
    return Pairs(r, [f"{stem}L-{stem}R" for stem in stems], float(shuffled.mean()), p)
