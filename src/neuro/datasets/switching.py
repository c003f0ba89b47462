"""Simulated counts of neurons whose network switches between states; states and networks are known.

The networks are one-hot: an edge excites, inhibits, or is absent, with probabilities that all
states share (Li et al., 2024).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Dirichlet
from torch.nn.functional import gumbel_softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = 3
"""Inhibitory, none, excitatory."""


@dataclass(frozen=True)
class Recipe:
    """What is simulated; the defaults are the demonstration that Li et al. published as code.

    Parameters
    ----------
    n_states, n_neurons, n_sequences, n_bins : int
        Sizes.
    n_lags : int
        Bins of the past that count.
    concentration : tuple of float
        Dirichlet of the probabilities of an inhibitory, no, and an excitatory edge.
    stay : float
        Probability to stay in a state from a bin to the next.
    strength : float
        Strengths of edges are log(1 + `strength` * u), u uniform between 0 and 1.
    bias : float
        Biases are uniform between -`bias` and `bias`.
    """

    n_states: int = 5
    n_neurons: int = 20
    n_sequences: int = 50
    n_bins: int = 2000
    n_lags: int = 5
    concentration: tuple[float, float, float] = (0.2, 1.6, 0.2)
    stay: float = 0.98
    strength: float = 3.0
    bias: float = 0.05


PAPER = Recipe(n_sequences=20, n_bins=5000, concentration=(0.1, 0.8, 0.1))
"""The paper's variant: ten datasets of it, ten sequences of each to train and ten to test.

Strengths are those of the demonstration: the ones that the paper prints, of about 0.01, leave the
states without a trace in the counts.
"""


@dataclass(frozen=True)
class Truth:
    """A simulated dataset and what made it.

    Parameters
    ----------
    counts : ndarray, shape (n_sequences, n_bins, n_neurons)
        Counts.
    states : ndarray of int, shape (n_sequences, n_bins)
        State of each bin.
    weights : ndarray, shape (n_states, n_neurons, n_neurons)
        Weight of each source (last axis) for each target.
    adjacency : ndarray of int, shape (n_states, n_neurons, n_neurons)
        -1 inhibitory, 0 none, 1 excitatory.
    probabilities : ndarray, shape (n_neurons, n_neurons, 3)
        Of an inhibitory, no, and an excitatory edge, for all states.
    bias : ndarray, shape (n_neurons,)
        Input without any past.
    transitions : ndarray, shape (n_states, n_states)
        Probabilities.
    """

    counts: Floats
    states: Ints
    weights: Floats
    adjacency: Ints
    probabilities: Floats
    bias: Floats
    transitions: Floats


def simulate(recipe: Recipe, seed: int) -> Truth:
    """Simulate a dataset.

    Parameters
    ----------
    recipe : Recipe
        What is simulated.
    seed : int
        Of torch's random numbers; the global state is left as it was.

    Returns
    -------
    truth : Truth
        Counts, states, networks. Rates are the logistic function of the input.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the relaxed samples of torch take no generator
        return _simulate(recipe)


def _simulate(recipe: Recipe) -> Truth:
    s, n = recipe.n_states, recipe.n_neurons
    logits = Dirichlet(2 * torch.tensor([c / 2 for c in recipe.concentration])).sample((n, n)).log()
    strength = torch.log1p(recipe.strength * torch.rand((s, n, n)))
    relaxed = torch.stack([gumbel_softmax(logits, 0.2, dim=-1) for _ in range(s)])
    bias = 2 * recipe.bias * (torch.rand(n) - 0.5)
    adjacency = relaxed.argmax(-1) - 1
    weights = adjacency * strength
    off = (1 - recipe.stay) / max(s - 1, 1)
    transitions = torch.full((s, s), off).fill_diagonal_(recipe.stay if s > 1 else 1.0)
    states = _walk(transitions, recipe)
    counts = _spike(weights, bias, states, recipe)
    return Truth(
        counts=counts.double().numpy(),
        states=states.numpy(),
        weights=weights.double().numpy(),
        adjacency=adjacency.numpy(),
        probabilities=logits.double().softmax(-1).numpy(),
        bias=bias.double().numpy(),
        transitions=transitions.double().numpy(),
    )


def _walk(transitions: Tensor, recipe: Recipe) -> Tensor:
    """States; those of the first bin follow state 0, as in the published demonstration."""
    s = recipe.n_states
    torch.multinomial(torch.ones(s) / s, recipe.n_sequences, replacement=True)
    states = torch.zeros((recipe.n_sequences, recipe.n_bins), dtype=torch.int64)
    for t in range(recipe.n_bins):
        before = states[:, t - 1] if t else states[:, -1]
        states[:, t] = torch.multinomial(transitions[before], 1)[:, 0]
    return states


def _spike(weights: Tensor, bias: Tensor, states: Tensor, recipe: Recipe) -> Tensor:
    """Counts, bin by bin, all sequences together."""
    # The most recent bin is the last one, and counts most.
    basis = torch.exp(torch.arange(recipe.n_lags, dtype=torch.float64) - recipe.n_lags)
    basis = (basis / basis.sum()).float()
    shape = (recipe.n_sequences, recipe.n_bins + recipe.n_lags, recipe.n_neurons)
    counts = torch.zeros(shape)
    for t in range(recipe.n_bins):
        past = basis @ counts[:, t : t + recipe.n_lags]
        eta = bias + (past[:, None] @ weights[states[:, t]].mT)[:, 0]
        counts[:, t + recipe.n_lags] = torch.poisson(torch.sigmoid(eta))
    return counts[:, recipe.n_lags :]
