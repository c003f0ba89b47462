"""What is fitted, and the curvature of its likelihood."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
MOST_KEPT = 2**25
"""Entries of matrices that are held at once: 256 MB."""


@dataclass(frozen=True)
class Parameters:
    """What is fitted.

    Parameters
    ----------
    weights : Tensor, shape (n_states, n_state_columns, n_neurons)
        Weights of the state's columns; the last axis is the target.
    shared : Tensor, shape (n_shared_columns, n_neurons)
        Weights that states share.
    transitions : ndarray, shape (n_states, n_states)
        From row to column.
    initial : ndarray, shape (n_states,)
        Probabilities of the first state.
    variance : Tensor or None, shape (n_states, n_neurons)
        Of Gaussian observations.
    drive : ndarray or None, shape (n_states, n_states, n_covariates)
        What covariates add to the logarithm of each transition, where they drive transitions.
    """

    weights: Tensor
    shared: Tensor
    transitions: Floats
    initial: Floats
    variance: Tensor | None = None
    drive: Floats | None = None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.weights)

    @property
    def all_weights(self) -> Tensor:
        """Shape (n_states, n_features, n_neurons)."""
        return torch.cat([self.weights, self.shared.expand(self.n_states, -1, -1)], dim=1)

    def with_weights(self, weights: Tensor, shared: Tensor) -> "Parameters":
        """The same with other weights."""
        return replace(self, weights=weights, shared=shared)


@dataclass(frozen=True)
class Curvature:
    """Fisher information of the weights of each state and neuron.

    Parameters
    ----------
    exact : Tensor or None, shape (n_states, n_neurons, n_features, n_features)
        Each neuron's own.
    gram : Tensor or None, shape (n_states, n_features, n_features)
        One that all neurons of a state share, but for `scale`: for many neurons.
    scale : Tensor or None, shape (n_states, n_neurons)
        Factor of each neuron.
    """

    exact: Tensor | None = None
    gram: Tensor | None = None
    scale: Tensor | None = None

    def of(self, neurons: slice = slice(None)) -> Tensor:
        """Of some neurons, shape (n_states, n_neurons, n_features, n_features)."""
        if self.exact is not None:
            return self.exact[:, neurons]
        assert self.gram is not None
        assert self.scale is not None
        return self.gram[:, None] * self.scale[:, neurons, None, None]

    def states(self, its: slice) -> "Curvature":
        """Of some states."""
        parts = (self.exact, self.gram, self.scale)
        return Curvature(*(None if part is None else part[its] for part in parts))

    @property
    def at_once(self) -> int:
        """How many neurons' matrices fit into memory at once."""
        table = self.exact if self.exact is not None else self.gram
        assert table is not None
        return max(1, MOST_KEPT // (len(table) * table.shape[-1] ** 2))


def transitions_of(parameters: Parameters, covariates: Floats | None) -> Floats:
    """Transitions, for each bin where covariates drive them."""
    if parameters.drive is None or covariates is None:
        return parameters.transitions
    logits = np.log(np.maximum(parameters.transitions, 1e-12)) + np.einsum(
        "tc,ijc->tij", covariates, parameters.drive
    )
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))
