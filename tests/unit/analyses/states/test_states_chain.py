"""Forward-backward and Viterbi against enumeration of all paths, torch and hmmlearn."""

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from neuro.analyses.states.chain import forward_backward, forward_backward_torch, viterbi

S, T = 3, 6


@pytest.fixture
def problem() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        "logs": rng.normal(scale=2, size=(T, S)) - 40,
        "initial": rng.dirichlet(np.ones(S)),
        "transitions": rng.dirichlet(np.ones(S), size=S),
        "varying": rng.dirichlet(np.ones(S), size=(T, S)),
    }


def enumerate_paths(logs, initial, matrices):
    """Log-probability of every path."""
    paths = list(itertools.product(range(S), repeat=len(logs)))
    scores = []
    for path in paths:
        score = np.log(initial[path[0]]) + logs[0, path[0]]
        for t in range(1, len(logs)):
            score += np.log(matrices[t][path[t - 1], path[t]]) + logs[t, path[t]]
        scores.append(score)
    return np.array(paths), np.array(scores)


@pytest.mark.parametrize("kind", ["transitions", "varying"])
def test_against_all_paths(problem, kind):
    chain = problem[kind]
    matrices = chain if chain.ndim == 3 else np.stack([chain] * T)
    paths, scores = enumerate_paths(problem["logs"], problem["initial"], matrices)
    weights = np.exp(scores - scores.max())
    total = scores.max() + np.log(weights.sum())
    weights /= weights.sum()
    starts = np.array([0, T])
    found = forward_backward(problem["logs"], starts, problem["initial"], chain)
    assert_allclose(found.log_likelihood, [total], rtol=1e-12)
    states = np.array([[weights[paths[:, t] == s].sum() for s in range(S)] for t in range(T)])
    assert_allclose(found.states, states, atol=1e-12)
    into = np.zeros((T, S, S))
    for t in range(1, T):
        np.add.at(into[t], (paths[:, t - 1], paths[:, t]), weights)
    assert_allclose(found.pairs, into if chain.ndim == 3 else into.sum(axis=0), atol=1e-12)
    path = viterbi(problem["logs"], starts, problem["initial"], chain)
    assert_array_equal(path, paths[scores.argmax()])


def test_sequences_do_not_leak(problem):
    starts = np.array([0, 2, T])
    both = forward_backward(problem["logs"], starts, problem["initial"], problem["transitions"])
    for i, rows in enumerate((slice(0, 2), slice(2, T))):
        own = problem["logs"][rows]
        alone = forward_backward(
            own, np.array([0, len(own)]), problem["initial"], problem["transitions"]
        )
        assert_allclose(both.states[rows], alone.states, atol=1e-13)
        assert_allclose(both.log_likelihood[i], alone.log_likelihood[0])


def test_torch_batch_equals_compiled(problem):
    starts = np.array([0, 4, T])
    whole = forward_backward(problem["logs"], starts, problem["initial"], problem["transitions"])
    padded = np.full((2, 4, S), np.nan)
    padded[0], padded[1, :2] = problem["logs"][:4], problem["logs"][4:]
    states, pairs, likelihood = forward_backward_torch(
        torch.from_numpy(padded),
        torch.from_numpy(problem["initial"]),
        torch.from_numpy(problem["transitions"]),
        torch.tensor([4, 2]),
    )
    assert_allclose(torch.cat([states[0], states[1, :2]]), whole.states, atol=1e-12)
    assert_allclose(pairs.sum(0), whole.pairs, atol=1e-12)
    assert_allclose(likelihood, whole.log_likelihood)
    assert not states[1, 2:].any()


def test_underflow_of_all_states_is_no_problem():
    logs = np.full((1000, 2), -5000.0)
    found = forward_backward(logs, np.array([0, 1000]), np.ones(2) / 2, np.full((2, 2), 0.5))
    assert_allclose(found.log_likelihood, -5e6)


def test_impossible_bin_is_named():
    logs = np.zeros((4, 2))
    logs[2] = -np.inf
    with pytest.raises(ValueError, match="no state can have given the observations of bin 2"):
        forward_backward(logs, np.array([0, 4]), np.ones(2) / 2, np.full((2, 2), 0.5))


def test_against_hmmlearn():
    hmm = pytest.importorskip("hmmlearn.hmm")
    rng = np.random.default_rng(0)
    rates = np.array([[0.5, 2.0], [3.0, 0.2]])
    counts = rng.poisson(rates[rng.integers(2, size=200)])
    model = hmm.PoissonHMM(2)
    model.startprob_, model.lambdas_ = np.array([0.3, 0.7]), rates
    model.transmat_ = np.array([[0.9, 0.1], [0.2, 0.8]])
    logs = model._compute_log_likelihood(counts)
    starts = np.array([0, 200])
    found = forward_backward(logs, starts, model.startprob_, model.transmat_)
    assert_allclose(found.log_likelihood[0], model.score(counts))
    assert_allclose(found.states, model.predict_proba(counts), atol=1e-10)
    path = viterbi(logs, starts, model.startprob_, model.transmat_)
    assert_array_equal(path, model.decode(counts)[1])
