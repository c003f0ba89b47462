"""The published way to fit: one sequence after the other, by Adam, in float32.

Written from the recipe that Li et al. (2024) describe and demonstrate: 10 epochs over the
sequences; for each sequence an E-step with a loop over bins, then 50 steps of Adam (learning rate
0.01) on its expected log-likelihood plus log prior; the transitions are those of the last sequence
alone.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gumbel_softmax, softplus

from neuro.analyses.states.gumbel import relaxed_log_density

EPOCHS, STEPS, RATE, TEMPERATURE = 10, 50, 0.01, 0.2
LEAST = 1e-16


@dataclass
class Peer:
    """A fit of the published recipe, with its CPU seconds."""

    weights: np.ndarray
    bias: np.ndarray
    transitions: np.ndarray
    adjacency: np.ndarray | None
    seconds: float


def fit_peer(
    counts: np.ndarray, basis: np.ndarray, n_states: int, onehot: bool, epochs: int = EPOCHS
) -> Peer:
    """Fit sequences of shape (n_sequences, n_bins, n_neurons)."""
    begun = time.process_time()
    y = torch.from_numpy(counts).float()
    constant = torch.lgamma(y + 1).sum(-1)
    past = torch.zeros_like(y)
    for lag, value in enumerate(basis[0], start=1):
        past[:, lag:] += float(value) * y[:, :-lag]
    s, n = n_states, y.shape[2]
    bias = y.mean((0, 1)).clone().requires_grad_()
    if onehot:
        logits = torch.zeros((s, n, n, 3), requires_grad=True)
        strength = torch.zeros((s, n, n), requires_grad=True)
        shared = torch.zeros((n, n, 3), requires_grad=True)
        free = [bias, logits, strength, shared]
    else:
        weights = torch.zeros((s, n, n), requires_grad=True)
        free = [bias, weights]
    optimizer = torch.optim.Adam(free, lr=RATE)
    chain = torch.full((s, s), 0.02 / (s - 1)).fill_diagonal_(0.98)

    def table(relaxed: bool) -> Tensor:
        if not onehot:
            return weights
        shares = gumbel_softmax(logits, TEMPERATURE) if relaxed else logits.softmax(-1)
        return (shares[..., 2] - shares[..., 0]) * softplus(strength)

    for _ in range(epochs):
        for sequence in range(len(y)):
            with torch.no_grad():
                logs = _logs(y[sequence], past[sequence], table(False), bias)
                gamma, chain = e_step(logs - constant[sequence, :, None], chain)
            for _ in range(STEPS):
                optimizer.zero_grad()
                logs = _logs(y[sequence], past[sequence], table(True), bias)
                loss = -(gamma * logs).sum()
                if onehot:
                    shares = logits.log_softmax(-1)
                    prior = shared.log_softmax(-1).expand(s, -1, -1, -1)
                    loss = loss - relaxed_log_density(shares, prior, TEMPERATURE).sum()
                loss.backward()
                optimizer.step()
                if onehot:
                    with torch.no_grad():
                        low = logits.log_softmax(-1) < -20
                        logits[low] /= 2
    with torch.no_grad():
        classes = (logits.argmax(-1) - 1).numpy() if onehot else None
        final = softplus(strength) * torch.from_numpy(classes) if onehot else weights
    return Peer(
        final.detach().double().numpy(),
        bias.detach().double().numpy(),
        chain.double().numpy(),
        classes,
        time.process_time() - begun,
    )


def _logs(y: Tensor, past: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Log-likelihood of each bin under each state, without terms of the counts alone."""
    rate = torch.sigmoid(bias + past @ weights.mT) * (1 - 1e-8) + 1e-8
    return (y * rate.log() - rate).sum(-1).T


def e_step(logs: Tensor, chain: Tensor) -> tuple[Tensor, Tensor]:
    """Scaled forward-backward of one sequence, bin by bin, and its own transitions."""
    emission = logs.exp().clamp(min=LEAST)
    n_bins, s = logs.shape
    alpha, beta = torch.zeros_like(logs), torch.ones_like(logs)
    scale = torch.zeros(n_bins)
    for t in range(n_bins):
        message = chain.T @ alpha[t - 1] if t else torch.full((s,), 1 / s)
        alpha[t] = emission[t] * message
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    for t in range(n_bins - 2, -1, -1):
        beta[t] = chain @ (emission[t + 1] * beta[t + 1]) / scale[t + 1]
    gamma = alpha * beta
    pairs = alpha[:-1, :, None] * chain * (emission * beta / scale[:, None])[1:, None]
    shares = pairs.sum(0) / pairs.sum((0, 2))[:, None]
    return gamma, shares.log().clamp(min=-8).softmax(-1)
