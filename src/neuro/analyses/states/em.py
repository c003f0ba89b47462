"""Expectation-maximisation: E-steps and M-steps in turn, until the likelihood rests."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states import transitions
from neuro.analyses.states.design import Design, Layout
from neuro.analyses.states.expectation import Expectation, expect, expect_many
from neuro.analyses.states.gumbel import RelaxedOneHot
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.parameters import MOST_KEPT, Parameters
from neuro.analyses.states.priors import Gaussian, Prior
from neuro.analyses.states.starts import KINDS
from neuro.analyses.states.transitions import Stickiness

Floats = NDArray[np.float64]
MOST_EXACT = 64
"""With more features, neurons of a state share one curvature."""
HALVINGS = 6


@dataclass(frozen=True)
class Spec:
    """A model and how it is fitted.

    Parameters
    ----------
    n_states : int
        Number of states.
    layout : Layout
        Columns of the design.
    observation : Observation
        Family and link.
    prior : Prior
        Of the history's weights.
    stickiness : Stickiness
        Prior of the transitions.
    driven : bool
        Whether the covariates drive the transitions.
    starts : sequence of str
        Kinds of starts, in turn.
    n_restarts : int
        Number of starts.
    max_iter : int
        Iterations at most.
    tol : float
        The iteration ends when the log-likelihood per bin changes by less, nats.
    """

    n_states: int
    layout: Layout = field(default_factory=Layout)
    observation: Observation = field(default_factory=Observation)
    prior: Prior = field(default_factory=Gaussian)
    stickiness: Stickiness = field(default_factory=Stickiness)
    driven: bool = False
    starts: Sequence[str] = KINDS
    n_restarts: int = 4
    max_iter: int = 60
    tol: float = 1e-5


@dataclass
class _Climb:
    """Where EM stands that began at one start."""

    parameters: Parameters
    prior: Prior
    before: Parameters
    goal: float = -np.inf
    trace: list[float] = field(default_factory=list)
    rests: bool = False


def em(
    made: Design, parameters: Parameters, spec: Spec, drivers: Floats | None = None
) -> tuple[Parameters, Prior, tuple[float, ...]]:
    """Iterate from a start until the likelihood rests.

    Returns
    -------
    parameters : Parameters
        Where it rests.
    prior : Prior
        With what it learned.
    trace : tuple of float
        Log-likelihood of each iteration.
    """
    return em_from(made, [parameters], spec, drivers)[0]


def em_from(
    made: Design, starts: Sequence[Parameters], spec: Spec, drivers: Floats | None = None
) -> list[tuple[Parameters, Prior, tuple[float, ...]]]:
    """Iterate from several starts at once: they share the E-steps' products of matrices.

    Parameters
    ----------
    made : Design
        The data.
    starts : sequence of Parameters
        Starts.
    spec : Spec
        The model.
    drivers : ndarray or None, shape (n_bins, n_covariates)
        Covariates that drive the transitions.

    Returns
    -------
    ends : list of tuple
        As :func:`em` returns, of each start.
    """
    climbs = [_Climb(start, spec.prior, start) for start in starts]
    size = made.n_bins * spec.n_states * made.n_neurons
    most = max(1, MOST_KEPT // size)
    for i in range(spec.max_iter):
        moving = [climb for climb in climbs if not climb.rests]
        for some in (moving[k : k + most] for k in range(0, len(moving), most)):
            at = [climb.parameters for climb in some]
            found = expect_many(made, at, spec.observation, exact=is_exact(made), drivers=drivers)
            for climb, expectation in zip(some, found, strict=True):
                # The last parameters are looked at, so that a step too far is seen.
                _advance(climb, made, expectation, spec, drivers, last=i == spec.max_iter - 1)
    return [(climb.parameters, climb.prior, tuple(climb.trace)) for climb in climbs]


def _advance(
    climb: _Climb,
    made: Design,
    expectation: Expectation,
    spec: Spec,
    drivers: Floats | None,
    *,
    last: bool,
) -> None:
    """Judge where a step has led, and take the next one."""
    if not isinstance(climb.prior, OneHot | RelaxedOneHot):
        climb.parameters, expectation = _back(
            made,
            spec,
            climb.prior,
            climb.before,
            climb.parameters,
            expectation,
            climb.goal,
            drivers,
        )
    trace = climb.trace
    trace.append(expectation.log_likelihood)
    climb.rests = len(trace) > 2 and abs(trace[-1] - trace[-2]) < spec.tol * made.n_bins
    if climb.rests or last:
        return
    climb.before = climb.parameters
    climb.parameters, climb.prior = m_step(
        made, expectation, climb.parameters, spec, climb.prior, drivers
    )
    # Judged by the prior as it is now: what it learned raises the goal too.
    density = climb.prior.log_density(climb.before.weights, made.n_history)
    climb.goal = expectation.log_likelihood + density


def m_step(
    made: Design,
    expectation: Expectation,
    parameters: Parameters,
    spec: Spec,
    prior: Prior,
    drivers: Floats | None = None,
) -> tuple[Parameters, Prior]:
    """New parameters, and the prior with what it learned."""
    weights, shared, prior = prior.step(expectation, parameters, made.n_history)
    new = transitions.update(
        parameters, expectation.posterior, made.starts, spec.stickiness, drivers
    ).with_weights(weights, shared)
    if expectation.squares is not None:
        usable = made.usable.cpu().numpy()
        mass = torch.from_numpy(expectation.posterior.states[usable].sum(axis=0)).to(weights)
        variance = (expectation.squares + 1e-6) / (mass[:, None] + 1e-6)
        new = replace(new, variance=variance.clamp(min=1e-8))
    return new, prior


def _back(
    made: Design,
    spec: Spec,
    prior: Prior,
    before: Parameters,
    after: Parameters,
    expectation: Expectation,
    goal: float,
    drivers: Floats | None,
) -> tuple[Parameters, Expectation]:
    """Halve a step of the weights that went too far, so that the likelihood never falls."""
    for _ in range(HALVINGS):
        reached = expectation.log_likelihood + prior.log_density(after.weights, made.n_history)
        if reached >= goal - spec.tol * made.n_bins or before is after:
            break
        after = after.with_weights(
            (before.weights + after.weights) / 2, (before.shared + after.shared) / 2
        )
        expectation = expect(made, after, spec.observation, exact=is_exact(made), drivers=drivers)
    return after, expectation


def is_exact(made: Design) -> bool:
    """Whether each neuron has its own curvature."""
    return made.n_features <= MOST_EXACT
