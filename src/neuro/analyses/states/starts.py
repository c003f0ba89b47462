"""Where EM starts: states that are equal would stay equal, so each start makes them differ."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuro.analyses.states.chain import Posterior
from neuro.analyses.states.design import Design
from neuro.analyses.states.expectation import expect, slopes_given
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.parameters import Parameters
from neuro.analyses.states.priors import Hierarchy
from neuro.analyses.states.transitions import first_chain

Floats = NDArray[np.float64]
KINDS = ("residual", "counts", "random")
WINDOW = 50
"""Bins whose counts or residuals are put together."""
MOST_DIRECTIONS = 24
"""Random directions on which many neurons' residuals are projected."""
SPREAD = 0.6
"""Standard deviation of the inputs that random weights give."""
STEPS = 3


def start(
    kind: str,
    design: Design,
    n_states: int,
    observation: Observation,
    rng: np.random.Generator,
    *,
    exact: bool = True,
    single: Parameters | None = None,
) -> Parameters:
    """Parameters from which EM starts.

    Parameters
    ----------
    kind : {'residual', 'counts', 'random'}
        `residual`: windows are clustered by what a model of one state leaves over, multiplied with
        the history; `counts`: by mean counts; `random`: random weights around the model of one
        state.
    design : Design
        The data.
    n_states : int
        Number of states.
    observation : Observation
        Family and link.
    rng : numpy.random.Generator
        Random numbers.
    exact : bool
        Curvature of each neuron, or one for all.
    single : Parameters or None
        The model of one state, if it is there already (:func:`one_state`).

    Returns
    -------
    parameters : Parameters
        The start.

    Raises
    ------
    ValueError
        If `kind` is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"start: got {kind!r}. Allowed: {', '.join(KINDS)}")
    if single is None:
        single = one_state(design, observation, exact=exact)
    if n_states == 1:
        return single
    transitions, initial = first_chain(n_states)
    spread = None if single.variance is None else single.variance.repeat(n_states, 1)
    weights = single.weights.repeat(n_states, 1, 1)
    many = Parameters(weights, single.shared, transitions, initial, spread)
    if kind == "random":
        noise = torch.from_numpy(rng.standard_normal(weights.shape)).to(weights)
        return many.with_weights(weights + _scales(design)[:, None] * noise, single.shared)
    features = _residuals(design, single, observation, rng) if kind == "residual" else design.counts
    return _from_labels(design, many, observation, _cluster(features, n_states, rng), exact)


def _scales(design: Design) -> Tensor:
    """Standard deviation of random weights of each column of the state."""
    spread = design.features[:, : design.n_state].std(0)
    history = spread[: design.n_history]
    scales = torch.full_like(spread, SPREAD)
    scales[: design.n_history] /= history.square().sum().sqrt().clamp(min=1e-9)
    rest = spread[design.n_history :]
    scales[design.n_history :] /= torch.where(rest > 0, rest * len(rest), 1.0)
    return scales


def one_state(design: Design, observation: Observation, *, exact: bool = True) -> Parameters:
    """A generalized linear model of one state, by Fisher scoring with a weak hierarchy."""
    counts, n = design.counts, design.n_neurons
    mean = observation.inverse(counts[design.usable].mean(0))
    n_shared = design.n_features - design.n_state
    weights = counts.new_zeros((1, design.n_state, n))
    shared = counts.new_zeros((n_shared, n))
    table = shared if n_shared and design.features[:, design.n_state].eq(1).all() else weights[0]
    column = 0 if table is shared else design.n_history
    table[column] = mean
    variance = None
    if observation.family == "gaussian":
        variance = counts[design.usable].var(0)[None].clamp(min=1e-8)
    transitions, initial = first_chain(1)
    parameters = Parameters(weights, shared, transitions, initial, variance)
    prior = Hierarchy(torch.zeros((design.n_history, n)).to(weights), 1.0, learn=False)
    for _ in range(STEPS):
        expectation = expect(design, parameters, observation, exact=exact)
        new, rest, _ = prior.step(expectation, parameters, design.n_history)
        parameters = parameters.with_weights(new, rest)
    return parameters


def _residuals(
    design: Design, single: Parameters, observation: Observation, rng: np.random.Generator
) -> Tensor:
    """What one state leaves over, as each bin's part of the gradient of the weights."""
    eta = (design.features @ single.all_weights[0])[:, None]
    mean = observation.mean(eta)
    score, information = observation.slopes(design.counts[:, None], mean, single.variance)
    left = (score / information.mean(0).sqrt())[:, 0] * design.usable[:, None]
    past = design.features[:, : max(design.n_history, 1)]
    past = past - past.mean(0)
    left, past = _project(left, rng), _project(past, rng)
    past = torch.cat([past, torch.ones_like(past[:, :1])], 1)
    return (left[:, :, None] * past[:, None]).flatten(1)


def _project(values: Tensor, rng: np.random.Generator) -> Tensor:
    if values.shape[1] <= MOST_DIRECTIONS:
        return values
    directions = rng.standard_normal((values.shape[1], MOST_DIRECTIONS))
    return values @ torch.from_numpy(directions / np.sqrt(MOST_DIRECTIONS)).to(values)


def _cluster(features: Tensor, n_states: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Label of each bin: that of its window, by k-means of the windows' leading components."""
    from sklearn.cluster import KMeans

    window = max(1, min(WINDOW, len(features) // (4 * n_states)))
    n_windows = max(len(features) // window, 1)
    means = features[: n_windows * window].reshape(n_windows, window, -1).mean(1)
    means = means - means.mean(0)
    rank = min(4 * n_states, *means.shape)
    left, size, _ = torch.linalg.svd(means, full_matrices=False)
    points = (left[:, :rank] * size[:rank]).cpu().numpy()
    kmeans = KMeans(n_states, n_init=4, random_state=int(rng.integers(2**31)))
    labels = kmeans.fit_predict(points)
    return np.asarray(labels[np.minimum(np.arange(len(features)) // window, n_windows - 1)])


def _from_labels(
    design: Design,
    many: Parameters,
    observation: Observation,
    labels: NDArray[np.int64],
    exact: bool,
) -> Parameters:
    """A few M-steps with bins given to states by labels."""
    s = many.n_states
    share = np.full((design.n_bins, s), 0.1 / s)
    share[np.arange(design.n_bins), labels] += 0.9
    given = Posterior(share, np.zeros((s, s)), np.zeros(1))
    prior = Hierarchy(variance=0.1, learn=False)
    for _ in range(STEPS):
        expectation = slopes_given(design, many, observation, given, exact=exact)
        weights, shared, _ = prior.step(expectation, many, design.n_history)
        many = many.with_weights(weights, shared)
    return many
