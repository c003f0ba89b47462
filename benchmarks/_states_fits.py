"""Models of the benchmark, and how far they are from the truth."""

import time
from dataclasses import replace

import numpy as np
import torch

from neuro.analyses.states.design import Layout, design
from neuro.analyses.states.em import Spec
from neuro.analyses.states.expectation import infer
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.history import exponential
from neuro.analyses.states.metrics import (
    adjacency_of,
    balanced_accuracy,
    match_states,
    state_accuracy,
    weight_error,
)
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.parameters import Parameters
from neuro.analyses.states.priors import Gaussian, Hierarchy, Lasso
from neuro.analyses.states.sequences import Sequences, gather
from neuro.datasets.switching import Truth

SIGMOID = Observation("poisson", "sigmoid")
LAYOUT = Layout(exponential(5))
PRIORS = {
    "none": Gaussian(),
    "l1": Lasso(),
    "hierarchy": Hierarchy(),
    "one-hot": OneHot(),
}
STRENGTHS = (1.0, 3.0, 10.0)
"""Of the L1 penalty, of which one is chosen."""


def parts(truth: Truth, n_train: int, first_test: int = 30) -> tuple[Sequences, Sequences]:
    """Training sequences from the first, test sequences from `first_test` on."""
    train, test = truth.counts[:n_train], truth.counts[first_test:]
    return gather(list(train)), gather(list(test), require_spikes=False)


def timed(train: Sequences, name: str, n_states: int, seed: int = 0) -> tuple[Fitted, float]:
    """Fit a model; CPU seconds of all starts and iterations."""
    begun = time.process_time()
    spec = Spec(n_states, LAYOUT, SIGMOID, PRIORS[name])
    fitted = fit(train, spec, np.random.default_rng(seed))
    return fitted, time.process_time() - begun


def each_prior(train: Sequences, n_states: int, seed: int) -> dict[str, Fitted]:
    """Fits with each prior, begun where the hierarchy's ends.

    The L1 penalty is chosen by the likelihood of the last sequence.
    """
    spec = Spec(n_states, LAYOUT, SIGMOID)
    rng = np.random.default_rng(seed)
    first = fit(train, replace(spec, prior=PRIORS["hierarchy"]), rng).parameters
    last = train.n_sequences - 1
    seen, held = train.select(range(last)), train.select([last])
    reached = {
        value: fit(seen, replace(spec, prior=Lasso(value), max_iter=20), rng, "cpu", first)
        .log_likelihood(held)
        .sum()
        for value in STRENGTHS
    }
    priors = PRIORS | {"l1": Lasso(max(reached, key=reached.__getitem__))}
    return {
        name: fit(train, replace(spec, prior=prior), rng, "cpu", first)
        for name, prior in priors.items()
    }


def measures(
    truth: Truth, test: Sequences, found: Parameters, classes: np.ndarray | None, first_test: int
) -> dict[str, float]:
    """Test log-likelihood per sequence, and agreement with the truth."""
    posterior = infer(design(test, LAYOUT), found, SIGMOID)
    states, path = truth.states[first_test:].ravel(), posterior.states.argmax(axis=1)
    n_states = found.n_states
    order = match_states(states, path, n_states)
    weights = found.weights.mT.numpy()[order]
    edges = adjacency_of(weights) if classes is None else classes[order]
    return {
        "ll": float(posterior.log_likelihood.mean()),
        "accuracy": state_accuracy(states, path, n_states),
        "error": weight_error(truth.weights, weights),
        "adjacency": balanced_accuracy(truth.adjacency, edges),
    }


def of_fit(truth: Truth, test: Sequences, fitted: Fitted, first_test: int = 30) -> dict[str, float]:
    """Measures of one of our fits."""
    classes = fitted.prior.adjacency if isinstance(fitted.prior, OneHot) else None
    return measures(truth, test, fitted.parameters, classes, first_test)


def given(weights: np.ndarray, bias: np.ndarray, transitions: np.ndarray) -> Parameters:
    """Parameters from matrices of target x source."""
    s = len(weights)
    return Parameters(
        torch.from_numpy(weights).mT.contiguous(),
        torch.from_numpy(bias)[None],
        transitions,
        np.full(s, 1 / s),
    )
