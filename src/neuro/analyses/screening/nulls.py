"""What permuted outcomes would have given: p, false discovery rate, family-wise error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from neuro.stats.dependence.block import Floats

MOST_KEPT = 4_000_000
"""Values of the common null that are kept."""


@dataclass(frozen=True)
class Significance:
    """How unusual each feature is among permuted outcomes; NaN where it has no value.

    Parameters
    ----------
    p : ndarray, shape (n_features,)
        `(1 + exceeding) / (1 + values of the null)`. Features whose null distribution is the same
        (ranks without ties) share all their values.
    q : ndarray, shape (n_features,)
        Rate of false discoveries down to this feature (Benjamini & Hochberg, 1995).
    p_max : ndarray, shape (n_features,)
        Against the largest value of all features per permutation: family-wise.
    n_permutations : int
        Permutations.
    """

    p: Floats
    q: Floats
    p_max: Floats
    n_permutations: int


def permutations(
    n: int,
    n_permutations: int,
    rng: np.random.Generator | None,
    strata: NDArray[np.intp] | None = None,
) -> NDArray[np.int64]:
    """Random orders of samples, shape (n_permutations, n); within strata where there are some."""
    orders = np.tile(np.arange(n), (n_permutations, 1))
    if rng is None or not n_permutations:
        return orders
    for stratum in np.unique(strata) if strata is not None else [None]:
        here = np.arange(n) if stratum is None else np.flatnonzero(strata == stratum)
        orders[:, here] = rng.permuted(orders[:, here], axis=1)
    return orders


class Nulls:
    """Gathers null values chunk by chunk.

    Parameters
    ----------
    n_features, n_permutations : int
        How many there will be.
    """

    def __init__(self, n_features: int, n_permutations: int) -> None:
        self.n_permutations = n_permutations
        self._above = np.zeros(n_features, np.int64)
        self._shared = np.zeros(n_features, bool)
        self._largest = np.full(n_permutations, -np.inf)
        self._kept: list[Floats] = []
        self._step = max(1, -(-n_features * n_permutations // MOST_KEPT))

    def add(self, start: int, values: Floats, null: Floats, shared: NDArray[np.bool_]) -> None:
        """Take in a chunk.

        Parameters
        ----------
        start : int
            Its first feature.
        values : ndarray, shape (n_features_here,)
            Observed.
        null : ndarray, shape (n_permutations, n_features_here)
            Under permutation.
        shared : ndarray of bool, shape (n_features_here,)
            Features with the common null.
        """
        if not self.n_permutations:
            return
        where = slice(start, start + len(values))
        with np.errstate(invalid="ignore"):
            self._above[where] = (null >= values).sum(0)
        self._shared[where] = shared
        self._largest = np.fmax(self._largest, np.fmax.reduce(null, axis=1, initial=-np.inf))
        self._kept.append(null[:, shared][:, :: self._step].ravel())

    def significance(self, values: Floats) -> Significance:
        """Of all features, once every chunk is in."""
        p = (1 + self._above) / (1 + self.n_permutations)
        common = np.sort(np.concatenate(self._kept))
        if len(common):
            above = len(common) - np.searchsorted(common, values[self._shared], side="left")
            p[self._shared] = (1 + above) / (1 + len(common))
        largest = np.sort(self._largest)
        above = self.n_permutations - np.searchsorted(largest, values, side="left")
        p_max = (1 + above) / (1 + self.n_permutations)
        there = np.isfinite(values)
        p[~there], p_max[~there] = np.nan, np.nan
        q = np.full(len(p), np.nan)
        if there.any():
            q[there] = false_discovery_control(p[there])
        return Significance(p, q, p_max, self.n_permutations)
