"""Known truth is recovered, and special cases match other libraries."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from numpy.testing import assert_allclose

from neuro.analyses.states.choose import cross_validate, simplest
from neuro.analyses.states.correlation import fit_correlation
from neuro.analyses.states.design import Layout, design
from neuro.analyses.states.em import Spec, em, em_from
from neuro.analyses.states.expectation import expect, infer
from neuro.analyses.states.fit import fit
from neuro.analyses.states.gumbel import RelaxedOneHot
from neuro.analyses.states.history import convolve, exponential
from neuro.analyses.states.kernel import fit_with_kernel
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
from neuro.analyses.states.sequences import gather
from neuro.analyses.states.starts import start
from neuro.analyses.states.stream import fit_stream, score_stream
from neuro.datasets.switching import Recipe, simulate

SIGMOID = Observation("poisson", "sigmoid")
LAYOUT = Layout(exponential(5))
SMALL = Recipe(n_states=3, n_neurons=8, n_sequences=12, n_bins=1000, strength=6.0)


@pytest.fixture(scope="module")
def truth():
    return simulate(SMALL, 1)


@pytest.fixture(scope="module")
def train(truth):
    return gather(list(truth.counts[:9]))


@pytest.fixture(scope="module")
def unseen(truth):
    return gather(list(truth.counts[9:]))


def test_demonstration_is_the_published_one():
    truth = simulate(Recipe(), 0)
    assert truth.counts.mean() == pytest.approx(0.4605, abs=5e-5)
    assert (truth.adjacency != 0).mean() == pytest.approx(0.2185, abs=5e-5)
    sequences = gather(list(truth.counts[30:]))
    parameters = Parameters(
        torch.from_numpy(truth.weights).mT,
        torch.from_numpy(truth.bias)[None],
        truth.transitions,
        np.full(5, 0.2),
    )
    found = infer(design(sequences, LAYOUT), parameters, SIGMOID)
    assert found.log_likelihood.mean() == pytest.approx(-33_673.5, abs=0.1)


def test_simulation_leaves_global_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    simulate(replace(SMALL, n_bins=10), 0)
    assert_allclose(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("prior", "bar"), [(Gaussian(), 0.6), (Hierarchy(), 0.6), (OneHot(), 0.85)]
)
def test_truth_is_recovered(truth, train, unseen, prior, bar):
    fitted = fit(train, Spec(3, LAYOUT, SIGMOID, prior), np.random.default_rng(0))
    found, states = fitted.posterior(unseen).states.argmax(axis=1), truth.states[9:].ravel()
    assert state_accuracy(states, found, 3) > 0.93
    order = match_states(states, found, 3)
    weights = fitted.parameters.weights.mT.numpy()[order]
    zero = weight_error(truth.weights, np.zeros_like(truth.weights))
    assert weight_error(truth.weights, weights) < 0.25 * zero
    classes = adjacency_of(weights)
    if isinstance(fitted.prior, OneHot):
        classes = fitted.prior.adjacency[order]
    assert balanced_accuracy(truth.adjacency, classes) > bar
    off = fitted.parameters.transitions[np.ix_(order, order)] - truth.transitions
    assert np.abs(off).max() < 0.01


def test_likelihood_never_falls(train):
    fitted = fit(train, Spec(3, LAYOUT, SIGMOID, max_iter=15), np.random.default_rng(2))
    steps = np.diff(fitted.trace)
    assert steps.min() > -1e-5 * train.n_bins


@pytest.mark.parametrize("family", ["poisson", "gaussian"])
def test_starts_together_end_where_they_end_alone(train, family):
    observation = Observation(family, "sigmoid" if family == "poisson" else "identity")
    spec = Spec(3, LAYOUT, observation, Hierarchy(), max_iter=4)
    made = design(train.select([0, 1]), LAYOUT)
    rng = np.random.default_rng(0)
    starts = [start(kind, made, 3, observation, rng) for kind in ("counts", "random")]
    for first, (together, _, trace) in zip(starts, em_from(made, starts, spec), strict=True):
        alone, _, its = em(made, first, spec)
        assert_allclose(trace, its, rtol=1e-9)
        assert_allclose(together.weights, alone.weights, atol=1e-6)
        assert_allclose(together.transitions, alone.transitions, atol=1e-6)


def test_gradient_is_that_of_the_likelihood(truth, train):
    made = design(train.select([0, 1]), LAYOUT)
    weights = 0.5 * torch.from_numpy(truth.weights).mT.contiguous()
    chain = truth.transitions, np.full(3, 1 / 3)
    parameters = Parameters(weights, torch.from_numpy(truth.bias)[None], *chain)
    gradient = expect(made, parameters, SIGMOID).gradient
    for index in [(0, 1, 2), (2, 7, 0)]:
        moved = []
        for step in (1e-5, -1e-5):
            other = weights.clone()
            other[index] += step
            found = infer(made, replace(parameters, weights=other), SIGMOID)
            moved.append(found.log_likelihood.sum())
        assert gradient[index].item() == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize("link", ["exp", "softplus", "sigmoid"])
def test_one_state_is_a_poisson_regression(train, link):
    spec = Spec(1, LAYOUT, Observation("poisson", link), tol=1e-10)
    fitted = fit(train, spec, np.random.default_rng(0))
    features = sm.add_constant(convolve(train, exponential(5)).numpy())
    if link == "exp":
        found = sm.GLM(train.counts[:, 0], features, sm.families.Poisson()).fit()
        ours = torch.cat([fitted.parameters.shared[:, 0], fitted.parameters.weights[0, :, 0]])
        assert_allclose(ours, found.params, atol=2e-4)
    rates = fitted.spec.observation.mean(
        torch.from_numpy(features[:, 1:]) @ fitted.parameters.weights[0] + fitted.parameters.shared
    )
    # The likelihood equations of the bias hold for each neuron.
    score, _ = fitted.spec.observation.slopes(
        train_counts := torch.from_numpy(train.counts)[:, None],
        rates[:, None],
        None,
    )
    assert train_counts.shape == score.shape
    assert score.sum(0).abs().max() < 0.5


def test_bernoulli_is_logistic_regression(train):
    binary = gather(list((train.counts > 0).astype(float).reshape(9, 1000, 8)), family="bernoulli")
    spec = Spec(1, LAYOUT, Observation("bernoulli", "sigmoid"), tol=1e-10)
    fitted = fit(binary, spec, np.random.default_rng(0))
    features = sm.add_constant(convolve(binary, exponential(5)).numpy())
    found = sm.GLM(binary.counts[:, 3], features, sm.families.Binomial()).fit()
    ours = torch.cat([fitted.parameters.shared[:, 3], fitted.parameters.weights[0, :, 3]])
    assert_allclose(ours, found.params, atol=2e-4)


def test_gaussian_states_with_their_own_variance():
    rng = np.random.default_rng(3)
    states = np.repeat(rng.integers(2, size=60), 40)
    values = np.array([[-1.0, 0.5], [1.0, 0.0]])[states] + rng.normal(size=(2400, 2)) * np.where(
        states[:, None], 1.0, 0.3
    )
    spec = Spec(2, Layout(shared_bias=False), Observation("gaussian", "identity"))
    fitted = fit(gather([values], family="gaussian"), spec, rng)
    order = np.argsort(fitted.parameters.weights[:, 0, 0].numpy())
    assert_allclose(
        fitted.parameters.variance.sqrt().numpy()[order], [[0.3] * 2, [1.0] * 2], atol=0.05
    )
    assert_allclose(fitted.parameters.weights[:, 0].numpy()[order], [[-1, 0.5], [1, 0]], atol=0.08)


def test_lasso_cuts_weights_and_keeps_the_best_point(train):
    fitted = fit(train, Spec(1, LAYOUT, SIGMOID, Lasso(20.0), tol=1e-10), np.random.default_rng(0))
    weights = fitted.parameters.weights
    made = expect(design(train, LAYOUT), fitted.parameters, SIGMOID)
    slope = made.gradient[:, :8]
    assert (weights == 0).any()
    assert slope[weights == 0].abs().max() < 20.1
    assert_allclose(slope[weights != 0], 20.0 * weights[weights != 0].sign(), atol=0.3)


def test_cell_types_have_their_own_edges(truth):
    groups = np.array([0] * 4 + [1] * 4)
    fitted = fit(
        gather(list(truth.counts)),
        Spec(3, LAYOUT, SIGMOID, OneHot(groups=groups)),
        np.random.default_rng(0),
    )
    assert fitted.prior.concentration.shape == (4, 3)
    assert_allclose(fitted.prior.probabilities.sum(axis=0), 1)


def test_relaxed_prior_finds_the_edges(truth, train, unseen):
    fitted = fit(
        train, Spec(3, LAYOUT, SIGMOID, RelaxedOneHot(), max_iter=15), np.random.default_rng(0)
    )
    found, states = fitted.posterior(unseen).states.argmax(axis=1), truth.states[9:].ravel()
    order = match_states(states, found, 3)
    classes = fitted.prior.logits.argmax(-1).transpose(1, 2).numpy()[order] - 1
    assert balanced_accuracy(truth.adjacency, classes) > 0.7


def test_shared_curvature_reaches_the_same_place(train, monkeypatch):
    spec = Spec(3, LAYOUT, SIGMOID, Hierarchy(), tol=1e-7, max_iter=60)
    exact = fit(train, spec, np.random.default_rng(0))
    monkeypatch.setattr("neuro.analyses.states.em.MOST_EXACT", 1)
    shared, _, _ = em(design(train, LAYOUT), exact.parameters, spec)
    assert_allclose(shared.weights, exact.parameters.weights, atol=0.02)


def test_covariates_drive_transitions():
    rng = np.random.default_rng(4)
    drive = np.sign(np.sin(np.arange(4000) / 60.0))
    states = np.zeros(4000, int)
    for t in range(1, 4000):
        target = int(drive[t] > 0)
        leave = 0.2 if states[t - 1] != target else 0.005
        states[t] = states[t - 1] if rng.random() > leave else 1 - states[t - 1]
    counts = rng.poisson(np.array([[0.5, 2.0], [2.0, 0.5]])[states])
    sequences = gather([counts], covariates=[drive])
    base = Spec(2, Layout(shared_bias=False, shared_covariates=True), Observation("poisson", "exp"))
    driven = fit(sequences, replace(base, driven=True), np.random.default_rng(0))
    plain = fit(sequences, base, np.random.default_rng(0))
    gained = driven.log_likelihood(sequences).sum() - plain.log_likelihood(sequences).sum()
    assert gained > 20
    high = int(driven.parameters.weights[:, 0, 0].argmax())
    assert driven.parameters.drive[1 - high, high, 0] > 0.5


def test_sticky_transitions_stay_longer(train):
    from neuro.analyses.states.transitions import Stickiness

    few = train.select([0])
    loose = fit(few, Spec(3, LAYOUT, SIGMOID, Hierarchy()), np.random.default_rng(0))
    sticky = fit(
        few,
        Spec(3, LAYOUT, SIGMOID, Hierarchy(), Stickiness(stay=500.0)),
        np.random.default_rng(0),
    )
    stays = [np.diag(each.parameters.transitions).min() for each in (loose, sticky)]
    assert stays[1] > stays[0]


def test_stream_comes_near_the_whole(train, unseen):
    spec = Spec(3, LAYOUT, SIGMOID, Hierarchy())
    whole = fit(train, spec, np.random.default_rng(0)).log_likelihood(unseen).sum()
    parts = [train.select(range(i, i + 3)) for i in (0, 3, 6)]
    streamed = fit_stream(lambda: iter(parts), spec, np.random.default_rng(0))
    assert score_stream([unseen], streamed) > whole - 0.002 * abs(whole)


def test_missing_bins_cost_little(train, unseen):
    counts = train.counts.reshape(9, 1000, 8).copy()
    counts[:, 300:320] = np.nan
    spec = Spec(3, LAYOUT, SIGMOID, Hierarchy())
    whole, holed = (
        fit(data, spec, np.random.default_rng(0)).log_likelihood(unseen).sum()
        for data in (train, gather(list(counts)))
    )
    assert holed == pytest.approx(whole, rel=2e-3)


def test_correlations_are_a_state(truth):
    rng = np.random.default_rng(0)
    states = np.repeat(rng.integers(2, size=50), 40)
    common = rng.poisson(1.0, size=(2000, 1))
    counts = np.where(
        states[:, None], rng.poisson(0.5, (2000, 4)) + common, rng.poisson(1.5, (2000, 4))
    )
    fitted = fit_correlation(gather([counts]), 2, rng)
    found = fitted.posterior(gather([counts])).argmax(axis=1)
    assert state_accuracy(states, found, 2) > 0.9
    assert fitted.predicted(gather([counts])).shape == counts.shape


def chosen_states(seed: int) -> tuple[int, int]:
    """True and chosen number of states of a simulation."""
    n = 2 + seed % 2
    recipe = Recipe(n_states=n, n_neurons=6, n_sequences=6, n_bins=800, strength=12.0)
    sequences = gather(list(simulate(recipe, seed).counts))
    specs = {
        str(s): Spec(s, LAYOUT, SIGMOID, Hierarchy(), n_restarts=3, max_iter=15)
        for s in range(1, 5)
    }
    found = cross_validate(sequences, specs, np.arange(6) % 3, np.random.default_rng(seed))
    return n, simplest(found).n_states


def test_number_of_states_is_recovered():
    assert [chosen_states(seed) for seed in (0, 1)] == [(2, 2), (3, 3)]


@pytest.mark.slow
def test_number_of_states_is_recovered_nine_times_of_ten():
    found = [chosen_states(seed) for seed in range(10)]
    assert sum(n == chosen for n, chosen in found) >= 9


def test_function_of_the_lag_is_learned(train):
    flat = replace(LAYOUT, basis=np.full((1, 5), 0.2))
    fitted = fit_with_kernel(train, Spec(3, flat, SIGMOID, Hierarchy()), np.random.default_rng(0))
    assert_allclose(fitted.spec.layout.basis, exponential(5), atol=0.05)
    with pytest.raises(ValueError, match="learned from one to begin with, got 0"):
        fit_with_kernel(train, Spec(3, Layout()), np.random.default_rng(0))
