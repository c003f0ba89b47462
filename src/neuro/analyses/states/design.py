"""Design matrices: what the input of each neuron is a weighted sum of."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.history import convolve, usable
from neuro.analyses.states.observations import log_factorials
from neuro.analyses.states.sequences import Sequences
from neuro.torchkit.device import pick_device

Floats = NDArray[np.float64]
MOST_PRODUCTS = 2**25
"""Products of features that are kept between iterations: 256 MB."""


@dataclass(frozen=True)
class Layout:
    """Which columns of the design depend on the state.

    Parameters
    ----------
    basis : ndarray, shape (n_functions, n_lags), or None
        Functions of the lag; None for no history at all.
    shared_bias : bool
        Whether all states have one bias, or each its own.
    shared_covariates : bool
        Whether the covariates' weights are the same in all states.
    silent_before : bool
        Whether nothing was there before a sequence began; false for pieces of a recording.
    """

    basis: Floats | None = None
    shared_bias: bool = True
    shared_covariates: bool = True
    silent_before: bool = True

    @property
    def n_lags(self) -> int:
        """Bins of the past that count."""
        return 0 if self.basis is None else self.basis.shape[1]

    @property
    def n_functions(self) -> int:
        """Weights of each pair of neurons."""
        return 0 if self.basis is None else len(self.basis)


@dataclass(frozen=True)
class Design:
    """Features of all bins; columns of the state first, then those that states share.

    Parameters
    ----------
    features : Tensor, shape (n_bins, n_state + n_shared)
        Float64.
    n_state : int
        Columns whose weights depend on the state; the history's are first.
    n_history : int
        Columns of the history.
    counts : Tensor, shape (n_bins, n_neurons)
        Observations.
    usable : Tensor of bool, shape (n_bins,)
        Bins that are measured and whose past is.
    starts : ndarray of int, shape (n_sequences + 1,)
        First bin of each sequence, and the number of bins.
    """

    features: Tensor
    n_state: int
    n_history: int
    counts: Tensor
    usable: Tensor
    starts: NDArray[np.int64]

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return len(self.counts)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.counts.shape[1]

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.features.shape[1]

    @cached_property
    def log_factorials(self) -> Tensor:
        """Logarithms of the counts' factorials, summed over neurons, shape (n_bins,)."""
        return log_factorials(self.counts)

    @cached_property
    def triangle(self) -> Tensor:
        """Rows and columns of the upper triangle of a matrix of features."""
        return torch.triu_indices(self.n_features, self.n_features, device=self.features.device)

    @cached_property
    def products(self) -> Tensor | None:
        """Products of all pairs of features, where they fit into memory."""
        rows, columns = self.triangle
        if self.n_bins * len(rows) > MOST_PRODUCTS:
            return None
        return self.features[:, rows] * self.features[:, columns]

    def pairwise(self, rows: slice) -> Tensor:
        """Products of all pairs of features of some bins."""
        if self.products is not None:
            return self.products[rows]
        part = self.features[rows]
        return part[:, self.triangle[0]] * part[:, self.triangle[1]]


def design(sequences: Sequences, layout: Layout, device: str = "cpu") -> Design:
    """Build the design of sequences.

    Parameters
    ----------
    sequences : Sequences
        The data.
    layout : Layout
        Columns.
    device : str
        Where to compute: `cpu`, `cuda`, `auto`.

    Returns
    -------
    design : Design
        Features and observations.
    """
    where = pick_device(device)
    one = torch.ones((sequences.n_bins, 1), dtype=torch.float64)
    beside = torch.from_numpy(sequences.covariates)
    history = one[:, :0] if layout.basis is None else convolve(sequences, layout.basis)
    of_state: list[Tensor] = [history]
    of_all: list[Tensor] = []
    (of_all if layout.shared_bias else of_state).append(one)
    (of_all if layout.shared_covariates else of_state).append(beside)
    features = torch.cat([*of_state, *of_all], dim=1)
    return Design(
        features=features.to(where),
        n_state=sum(part.shape[1] for part in of_state),
        n_history=history.shape[1],
        counts=torch.from_numpy(sequences.counts).to(where),
        usable=torch.from_numpy(usable(sequences, layout.n_lags, layout.silent_before)).to(where),
        starts=sequences.starts,
    )
