"""A function of the lag that is learned: one for all pairs of neurons and all states.

Weights and the function are fitted in turn: given the weights, the input is linear in the function,
and a step of Fisher scoring finds it.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states.design import design
from neuro.analyses.states.em import Spec
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.history import lagged
from neuro.analyses.states.sequences import Sequences

Floats = NDArray[np.float64]
RIDGE = 1e-6
ENOUGH = 1e-3
"""Largest change of the function at which it is taken for found."""


def fit_with_kernel(
    sequences: Sequences, spec: Spec, rng: np.random.Generator, *, n_rounds: int = 6
) -> Fitted:
    """Fit a model and the function of the lag.

    Parameters
    ----------
    sequences : Sequences
        Training data.
    spec : Spec
        The model; its basis has one function, from which the search begins.
    rng : numpy.random.Generator
        Random numbers of the starts.
    n_rounds : int
        Fits at most.

    Returns
    -------
    fitted : Fitted
        The model; `spec.layout.basis` is the function found, which sums to 1.

    Raises
    ------
    ValueError
        If the basis has not one function.
    """
    basis = spec.layout.basis
    if basis is None or len(basis) != 1:
        found = 0 if basis is None else len(basis)
        raise ValueError(f"a function of the lag is learned from one to begin with, got {found}")
    fitted = fit(sequences, spec, rng)
    for _ in range(n_rounds):
        new = _improved(sequences, fitted)
        old = fitted.spec.layout.basis
        assert old is not None
        size = float(new.sum())
        found_spec = replace(
            fitted.spec, layout=replace(fitted.spec.layout, basis=(new / size)[np.newaxis])
        )
        weights = fitted.parameters.weights.clone()
        weights[:, : sequences.n_neurons] *= size
        first = fitted.parameters.with_weights(weights, fitted.parameters.shared)
        fitted = fit(sequences, found_spec, rng, first=first)
        if np.abs(new / size - old[0]).max() < ENOUGH:
            break
    return fitted


def _improved(sequences: Sequences, fitted: Fitted) -> Floats:
    """One step of the function, weights and states given."""
    made, parameters = design(sequences, fitted.spec.layout), fitted.parameters
    basis = fitted.spec.layout.basis
    assert basis is not None
    eta = torch.einsum("tf,sfn->tsn", made.features, parameters.all_weights)
    y = made.counts[:, None]
    observation = fitted.spec.observation
    score, information = observation.slopes(y, observation.mean(eta), parameters.variance)
    gamma = torch.from_numpy(fitted.posterior(sequences).states) * made.usable[:, None]
    own = parameters.weights[:, : sequences.n_neurons]
    parts = [
        torch.einsum("tm,smn->tsn", torch.from_numpy(lagged(sequences, k + 1)), own)
        for k in range(basis.shape[1])
    ]
    inputs = torch.stack(parts, -1)
    slope = torch.einsum("tsnk,tsn,ts->k", inputs, score, gamma)
    weighted = inputs * (information * gamma[..., None])[..., None]
    curvature = torch.einsum("tsnk,tsnl->kl", weighted, inputs)
    ridge = RIDGE * curvature.diagonal().mean() * torch.eye(len(slope), dtype=slope.dtype)
    step = torch.linalg.solve(curvature + ridge, slope)
    return np.asarray(basis[0] + step.numpy())
