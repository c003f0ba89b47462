"""The M-step of the chain: closed form, sticky, or driven by covariates."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states.chain import Posterior
from neuro.analyses.states.parameters import Parameters

Floats = NDArray[np.float64]
RIDGE = 1.0
"""Precision of the drive of standardized covariates."""


@dataclass(frozen=True)
class Stickiness:
    """Dirichlet prior of each row of the transitions (Fox et al., 2011).

    Parameters
    ----------
    every : float
        Transitions that each pair of states is given beforehand.
    stay : float
        Further ones from each state to itself.
    """

    every: float = 0.1
    stay: float = 0.0


def first_chain(n_states: int, stay: float = 0.98) -> tuple[Floats, Floats]:
    """Transitions that stay with probability `stay`, and equal probabilities of the first state."""
    off = (1 - stay) / max(n_states - 1, 1)
    matrix = np.full((n_states, n_states), off)
    np.fill_diagonal(matrix, stay if n_states > 1 else 1.0)
    return matrix, np.full(n_states, 1 / n_states)


def update(
    parameters: Parameters,
    posterior: Posterior,
    starts: NDArray[np.int64],
    prior: Stickiness,
    drivers: Floats | None = None,
) -> Parameters:
    """New transitions and probabilities of the first state, pooled over all sequences.

    Parameters
    ----------
    parameters : Parameters
        The present ones.
    posterior : Posterior
        Of the E-step.
    starts : ndarray of int, shape (n_sequences + 1,)
        First bin of each sequence.
    prior : Stickiness
        What is added to the expected transitions.
    drivers : ndarray or None, shape (n_bins, n_covariates)
        Covariates, where they drive the transitions.

    Returns
    -------
    parameters : Parameters
        With the chain updated.
    """
    first = posterior.states[starts[:-1]].sum(axis=0) + 1 / parameters.n_states
    initial = first / first.sum()
    extra = prior.every + prior.stay * np.eye(parameters.n_states)
    if drivers is None:
        counts = posterior.pairs + extra
        transitions = counts / counts.sum(axis=1, keepdims=True)
        return replace(parameters, transitions=transitions, initial=initial)
    transitions, drive = _logistic(parameters, posterior.pairs, extra, drivers)
    return replace(parameters, transitions=transitions, drive=drive, initial=initial)


def _logistic(
    parameters: Parameters, pairs: Floats, extra: Floats, drivers: Floats
) -> tuple[Floats, Floats]:
    """Multinomial logistic regression of each row, with staying as reference."""
    s = parameters.n_states
    counts, inputs = torch.from_numpy(pairs), torch.from_numpy(drivers)
    more = torch.from_numpy(extra)
    level = torch.from_numpy(np.log(np.maximum(parameters.transitions, 1e-12)))
    start = parameters.drive
    drive = torch.zeros((s, s, drivers.shape[1]), dtype=torch.float64)
    if start is not None:
        drive = torch.from_numpy(start).clone()
    away = 1 - torch.eye(s, dtype=torch.float64)
    level.requires_grad_()
    drive.requires_grad_()
    optimizer = torch.optim.LBFGS([level, drive], max_iter=20, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        moved = torch.einsum("tc,ijc->tij", inputs, drive * away[..., None])
        value = -(counts * (level + moved).log_softmax(-1)).sum()
        value = value - (more * level.log_softmax(-1)).sum() + 0.5 * RIDGE * drive.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        return level.softmax(-1).numpy(), (drive * away[..., None]).numpy()
