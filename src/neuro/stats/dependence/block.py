"""A block of variables over the same samples, with what estimators need of it, made once."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from neuro.stats.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]


class Block:
    """Variables of one kind, complete: a chunk of features, or an outcome.

    Parameters
    ----------
    values : ndarray, shape (n_variables, n_samples)
        Finite numbers; of a categorical block any numbers that tell categories apart.
    categorical : bool
        Whether the variables are categories rather than quantities.
    """

    def __init__(self, values: Floats, categorical: bool = False) -> None:
        self.values = np.ascontiguousarray(values, dtype=np.float64)
        self.categorical = categorical

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.values.shape[1])

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Samples of each variable in ascending order."""
        return np.argsort(self.values, axis=1)

    @cached_property
    def ranks(self) -> Ints:
        """Twice the rank from 0: ties share their mean rank, and doubling keeps it whole."""
        return _doubled_ranks(self.values, self.order)

    @cached_property
    def tied(self) -> NDArray[np.bool_]:
        """Whether a variable has more than a few equal values (5 %)."""
        tied: NDArray[np.bool_] = _share_of_ties(self.values, self.order) > 0.05
        return tied

    @cached_property
    def distinct(self) -> NDArray[np.bool_]:
        """Whether no two values of a variable are equal."""
        distinct: NDArray[np.bool_] = _share_of_ties(self.values, self.order) == 0
        return distinct

    @cached_property
    def codes(self) -> Ints:
        """Category of each sample, from 0, in ascending order of the values."""
        return _codes(self.values, self.order)

    @cached_property
    def n_levels(self) -> int:
        """Largest number of categories of a variable."""
        return int(self.codes.max()) + 1

    @cached_property
    def normal(self) -> Floats:
        """Normal scores of the ranks: standard normal, whatever the scale (van der Waerden)."""
        scores: Floats = normal_scores(self.n)[self.ranks]
        return scores

    @cached_property
    def standard(self) -> Floats:
        """Values with mean 0 and standard deviation 1; zeros where a variable is constant."""
        centered = self.values - self.values.mean(1, keepdims=True)
        spread = centered.std(1, keepdims=True)
        standard: Floats = np.divide(
            centered, spread, out=np.zeros_like(centered), where=spread > 0
        )
        return standard

    def rows(self, start: int, stop: int) -> "Block":
        """Some of the variables, with what is known of them already."""
        part = Block(self.values[start:stop], self.categorical)
        for name in ("order", "ranks", "tied", "codes"):
            if name in self.__dict__:
                part.__dict__[name] = self.__dict__[name][start:stop]
        return part

    def only(self, samples: NDArray[Any]) -> "Block":
        """The same variables in some of the samples, by index or mask: their ranks are others."""
        return Block(self.values[:, samples], self.categorical)

    def permuted(self, order: NDArray[np.int64]) -> "Block":
        """The same variables with the samples in another order."""
        block = Block(self.values[:, order], self.categorical)
        for name in ("ranks", "codes"):
            if name in self.__dict__:
                block.__dict__[name] = np.ascontiguousarray(self.__dict__[name][:, order])
        if "tied" in self.__dict__:
            block.__dict__["tied"] = self.tied
        return block


def normal_scores(n: int) -> Floats:
    """Normal score of each doubled rank of `n` samples, shape (2 n - 1,)."""
    scores: Floats = ndtri((np.arange(2 * n - 1) / 2 + 0.5) / n)
    return scores


@compiled
def _doubled_ranks(values: Floats, order: NDArray[np.int64]) -> Ints:
    n_variables, n = values.shape
    ranks = np.empty((n_variables, n), np.int32)
    for b in range(n_variables):
        start = 0
        while start < n:
            stop = start + 1
            first = values[b, order[b, start]]
            while stop < n and values[b, order[b, stop]] == first:
                stop += 1
            for i in range(start, stop):
                ranks[b, order[b, i]] = start + stop - 1
            start = stop
    return ranks


@compiled
def _share_of_ties(values: Floats, order: NDArray[np.int64]) -> Floats:
    n_variables, n = values.shape
    share = np.zeros(n_variables)
    for b in range(n_variables):
        equal = 0
        for i in range(1, n):
            equal += values[b, order[b, i]] == values[b, order[b, i - 1]]
        share[b] = equal / n
    return share


@compiled
def _codes(values: Floats, order: NDArray[np.int64]) -> Ints:
    n_variables, n = values.shape
    codes = np.empty((n_variables, n), np.int32)
    for b in range(n_variables):
        code = 0
        for i in range(n):
            if i > 0 and values[b, order[b, i]] != values[b, order[b, i - 1]]:
                code += 1
            codes[b, order[b, i]] = code
    return codes
