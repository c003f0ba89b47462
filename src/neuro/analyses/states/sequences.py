"""Counts in bins, cut into sequences: what all models of this package are fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """Sequences of unequal length, one after the other.

    Parameters
    ----------
    counts : ndarray, shape (n_bins, n_neurons)
        Counts, or values; 0 where missing.
    starts : ndarray of int, shape (n_sequences + 1,)
        First bin of each sequence, and the number of bins.
    observed : ndarray of bool, shape (n_bins,)
        Bins that were measured.
    covariates : ndarray, shape (n_bins, n_covariates)
        Stimuli or behavior of each bin.
    names : tuple of str
        Neurons.
    """

    counts: Floats
    starts: Ints
    observed: Bools
    covariates: Floats
    names: tuple[str, ...]

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return len(self.counts)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.counts.shape[1])

    @property
    def n_sequences(self) -> int:
        """Number of sequences."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ints:
        """Bins of each sequence."""
        return np.diff(self.starts)

    def rows(self, indices: Sequence[int] | Ints) -> Ints:
        """Bins of some sequences, in order."""
        parts = [np.arange(self.starts[i], self.starts[i + 1]) for i in indices]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def select(self, indices: Sequence[int] | Ints) -> "Sequences":
        """Some of the sequences."""
        rows = self.rows(indices)
        starts = np.concatenate([[0], np.cumsum(self.lengths[np.asarray(indices, int)])])
        return Sequences(
            self.counts[rows], starts, self.observed[rows], self.covariates[rows], self.names
        )


def gather(
    counts: Sequence[NDArray[np.generic]],
    *,
    covariates: Sequence[NDArray[np.generic]] | None = None,
    names: Sequence[str] | None = None,
    family: str = "poisson",
    require_spikes: bool = True,
) -> Sequences:
    """Check sequences of counts and put them together.

    Parameters
    ----------
    counts : sequence of ndarray, shape (n_bins, n_neurons)
        A matrix per sequence. A bin that is NaN for all neurons is missing.
    covariates : sequence of ndarray, shape (n_bins, n_covariates), or None
        Stimuli or behavior; a bin with a NaN is missing.
    names : sequence of str or None
        Neurons.
    family : {'poisson', 'bernoulli', 'gaussian'}
        What the values may be.
    require_spikes : bool
        Whether every neuron must vary; not wanted of data that are only predicted.

    Returns
    -------
    sequences : Sequences
        The data.

    Raises
    ------
    ValueError
        If values are not what the family allows, a bin is NaN for some neurons only, a neuron
        never spikes, or the shapes do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> rng = np.random.default_rng(0)
    >>> sequences = neuro.states.gather([rng.poisson(1.0, (100, 3)), rng.poisson(1.0, (50, 3))])
    >>> sequences.n_bins, sequences.n_neurons, sequences.n_sequences
    (150, 3, 2)
    """
    if not len(counts):
        raise ValueError("counts: at least one sequence is needed, got none")
    matrices = [_matrix(each, i) for i, each in enumerate(counts)]
    widths = sorted({matrix.shape[1] for matrix in matrices})
    if len(widths) > 1:
        raise ValueError(f"counts: all sequences must have the same neurons, got {widths} of them")
    labels = tuple(names) if names is not None else tuple(str(i) for i in range(widths[0]))
    if len(labels) != widths[0]:
        raise ValueError(f"names: {widths[0]} neurons need as many names, got {len(labels)}")
    values = np.concatenate(matrices)
    starts = np.concatenate([[0], np.cumsum([len(m) for m in matrices])])
    beside = _beside(covariates, matrices)
    missing = np.isnan(values)
    partly: Bools = np.asarray(missing.any(axis=1) & ~missing.all(axis=1))
    if partly.any():
        bin_, neuron = np.argwhere(missing & partly[:, np.newaxis])[0]
        raise ValueError(
            f"counts: NaN for neuron {labels[neuron]!r} at bin {bin_ - _first(starts, bin_)} of "
            f"sequence {_sequence(starts, bin_)}, but not for all neurons; a missing bin must be "
            "NaN for all of them. Leave the neuron out, or mark the whole bin as missing"
        )
    hidden: Bools = np.asarray(missing.any(axis=1) | np.isnan(beside).any(axis=1))
    observed = np.logical_not(hidden)
    _check_values(values, observed, starts, labels, family)
    if require_spikes:
        _check_spikes(values[observed], labels)
    data = np.where(observed[:, np.newaxis], values, 0.0)
    return Sequences(data, starts.astype(np.int64), observed, np.nan_to_num(beside), labels)


def _matrix(values: NDArray[np.generic], index: int) -> Floats:
    matrix = np.asarray(values, np.float64)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(
            f"counts: sequence {index} must be a matrix of bins x neurons with at least one of "
            f"each, got shape {matrix.shape}"
        )
    return matrix


def _beside(covariates: Sequence[NDArray[np.generic]] | None, matrices: Sequence[Floats]) -> Floats:
    if covariates is None:
        return np.zeros((sum(map(len, matrices)), 0))
    parts = [np.asarray(each, np.float64).reshape(len(each), -1) for each in covariates]
    if [len(part) for part in parts] != [len(matrix) for matrix in matrices]:
        raise ValueError(
            f"covariates: sequences have {[len(m) for m in matrices]} bins, the covariates "
            f"{[len(part) for part in parts]}"
        )
    return np.concatenate(parts)


def _check_values(
    values: Floats, observed: Bools, starts: Ints, labels: Sequence[str], family: str
) -> None:
    allowed = {
        "poisson": "whole numbers from 0",
        "bernoulli": "0 or 1",
        "gaussian": "finite numbers",
    }
    with np.errstate(invalid="ignore"):
        good = {
            "poisson": (values >= 0) & (values == np.floor(values)) & np.isfinite(values),
            "bernoulli": (values == 0) | (values == 1),
            "gaussian": np.isfinite(values),
        }[family]
    wrong = ~good & observed[:, np.newaxis]
    if wrong.any():
        bin_, neuron = np.argwhere(wrong)[0]
        raise ValueError(
            f"counts: must be {allowed[family]} for {family} observations, got "
            f"{values[bin_, neuron]:g} for neuron {labels[neuron]!r} at bin "
            f"{bin_ - _first(starts, bin_)} of sequence {_sequence(starts, bin_)} "
            f"({wrong.sum()} such value(s))"
        )


def _check_spikes(values: Floats, labels: Sequence[str]) -> None:
    if not len(values):
        raise ValueError("counts: every bin is missing; at least one must be measured")
    constant = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if constant.size:
        named = [labels[i] for i in constant[:5]]
        raise ValueError(
            f"counts: {constant.size} neuron(s) never vary (e.g. never spike): {named}; nothing "
            "can be learned about them. Leave them out, e.g. by a least firing rate"
        )


def _sequence(starts: Ints, bin_: int) -> int:
    return int(np.searchsorted(starts, bin_, side="right")) - 1


def _first(starts: Ints, bin_: int) -> int:
    return int(starts[_sequence(starts, bin_)])
