"""Bursts of a channel: a hidden Markov model of its lagged copies (Vidaurre et al. 2018).

Three states with zero mean and a covariance each, on principal components of 21 lagged copies at
100 Hz, as Huang et al. (2025) have it; fitted by expectation maximization, the best of a few
starts. The bursts are the visits of the state with the most power.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

from neuro.stats.compiled import compiled

Array = NDArray[np.float64]
RATE = 100.0
"""Sampling rate that states are looked for at, in hertz."""
N_LAGS = 21
"""Lagged copies."""
N_ROUNDS, N_STARTS = 40, 3
"""Rounds of expectation maximization, and starts of which the likeliest is kept."""
TOLERANCE = 1e-6
"""Gain of log likelihood per sample below which rounds end."""
STAY = 0.95
"""Probability of staying in a state that fits begin with."""


@dataclass(frozen=True)
class Burst:
    """What bursts of a signal are like.

    Parameters
    ----------
    rate : float
        Bursts per second.
    lifetime, interval : float
        Mean length of a burst and mean time between two, in seconds; NaN where there is none.
    occupancy : float
        Share of time in bursts.
    """

    rate: float
    lifetime: float
    interval: float
    occupancy: float


class Bursts:
    """States of a channel.

    Parameters
    ----------
    n_states : int
        Number of states.
    n_components : int
        Principal components of lagged copies.
    """

    def __init__(self, n_states: int = 3, n_components: int = 10) -> None:
        if n_states < 2 or not 1 <= n_components <= N_LAGS:
            raise ValueError(
                f"n_states, n_components: at least 2, and 1 to {N_LAGS}. "
                f"Got {n_states!r}, {n_components!r}."
            )
        self.n_states, self.n_components = n_states, n_components
        self.axes = np.zeros((0, N_LAGS))
        self.covariances = np.zeros((0, n_components, n_components))
        self.transitions = np.zeros((0, 0))
        self.score = -np.inf
        """Log likelihood per sample."""

    def fit(
        self, signals: Sequence[NDArray[np.floating]], sfreq: float, rng: np.random.Generator
    ) -> Self:
        """Fit to signals of one channel.

        Parameters
        ----------
        signals : sequence of ndarray, shape (n_times,)
            The channel in one or several sessions, standardized.
        sfreq : float
            Sampling rate, in hertz.
        rng : Generator
            Randomness of starts.

        Returns
        -------
        self : Bursts
            Fitted.
        """
        copies = [_embed(each, sfreq) for each in signals]
        covariance = sum(each.T @ each for each in copies) / sum(len(each) for each in copies)
        powers, axes = np.linalg.eigh(np.asarray(covariance))
        keep = np.argsort(-powers)[: self.n_components]
        self.axes = (axes[:, keep] / np.sqrt(np.maximum(powers[keep], 1e-9))).T
        data = [each @ self.axes.T for each in copies]
        for _ in range(N_STARTS):
            self._improve(data, rng)
        order = np.argsort(-np.array([self._power(each) for each in self.covariances]))
        self.covariances = self.covariances[order]
        self.transitions = self.transitions[np.ix_(order, order)]
        return self

    def states(self, signal: NDArray[np.floating], sfreq: float) -> NDArray[np.intp]:
        """Likeliest state of each sample at 100 Hz, the one with the most power first.

        Parameters
        ----------
        signal : ndarray, shape (n_times,)
            The channel, standardized.
        sfreq : float
            Sampling rate, in hertz.

        Returns
        -------
        states : ndarray of int, shape (n_samples,)
            0 for bursts.
        """
        if not len(self.axes):
            raise RuntimeError("These states are not fitted yet; call fit first.")
        data = _embed(signal, sfreq) @ self.axes.T
        gamma, _, _ = _posterior(_densities(data, self.covariances), self.transitions)
        likeliest: NDArray[np.intp] = gamma.argmax(axis=1)
        return likeliest

    def summary(self, signal: NDArray[np.floating], sfreq: float) -> Burst:
        """Bursts of a signal: visits of the state with the most power."""
        on = self.states(signal, sfreq) == 0
        edges = np.diff(np.concatenate([[0], on.astype(np.int8), [0]]))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        if not len(begins):
            return Burst(0.0, float("nan"), float("nan"), 0.0)
        gaps = begins[1:] - ends[:-1]
        return Burst(
            len(begins) / (len(on) / RATE),
            float((ends - begins).mean() / RATE),
            float(gaps.mean() / RATE) if len(gaps) else float("nan"),
            float(on.mean()),
        )

    def _power(self, covariance: Array) -> float:
        """Power of the signal in a state."""
        back = np.linalg.pinv(self.axes)
        return float(np.trace(back @ covariance @ back.T))

    def _improve(self, data: list[Array], rng: np.random.Generator) -> None:
        """One start; kept if it is likelier than what there is."""
        covariances = _begin(data, self.n_states, rng)
        leave = (1 - STAY) / (self.n_states - 1)
        transitions = np.full((self.n_states, self.n_states), leave)
        np.fill_diagonal(transitions, STAY)
        total = sum(len(each) for each in data)
        score = -np.inf
        for _ in range(N_ROUNDS):
            before, score = score, 0.0
            pairs = np.full((self.n_states, self.n_states), 1e-2)
            sums = np.zeros_like(covariances)
            weight = np.zeros(self.n_states)
            for each in data:
                gamma, joint, value = _posterior(_densities(each, covariances), transitions)
                score, pairs, weight = score + value / total, pairs + joint, weight + gamma.sum(0)
                sums += np.einsum("tk,ti,tj->kij", gamma, each, each, optimize=True)
            covariances = (sums + np.eye(self.n_components)) / (weight + 1)[:, None, None]
            transitions = pairs / pairs.sum(axis=1, keepdims=True)
            if score - before < TOLERANCE:
                break
        if score > self.score:
            self.score, self.covariances, self.transitions = score, covariances, transitions


def _begin(data: list[Array], n_states: int, rng: np.random.Generator) -> Array:
    """Covariances of stretches, put into as many groups as states by chance and by their power."""
    stretches = [part for each in data for part in np.array_split(each, max(len(each) // 30, 1))]
    power = np.array([np.square(part).mean() for part in stretches])
    noisy = power * np.exp(0.5 * rng.standard_normal(len(power)))
    groups = np.array_split(np.argsort(noisy), n_states)
    n = data[0].shape[1]
    out = np.empty((n_states, n, n))
    for k, group in enumerate(groups):
        part = np.concatenate([stretches[i] for i in group])
        out[k] = (part.T @ part + np.eye(n)) / (len(part) + 1)
    return out


def _embed(signal: NDArray[np.floating], sfreq: float) -> Array:
    """Lagged copies at 100 Hz, shape (n_samples, 21)."""
    ratio = Fraction(RATE / sfreq).limit_denominator(1000)
    slow = scipy.signal.resample_poly(signal.astype(np.float64), ratio.numerator, ratio.denominator)
    if len(slow) < 10 * N_LAGS:
        raise ValueError(
            f"signal: {len(signal) / sfreq:.2f} s are too short for bursts; "
            f"at least {10 * N_LAGS / RATE:.1f} s are needed"
        )
    slow = (slow - slow.mean()) / slow.std()
    return np.lib.stride_tricks.sliding_window_view(slow, N_LAGS).copy()


def _densities(data: Array, covariances: Array) -> Array:
    """Log densities, shape (n_samples, n_states)."""
    out = np.empty((len(data), len(covariances)))
    for k, covariance in enumerate(covariances):
        root = np.linalg.cholesky(covariance)
        white = scipy.linalg.solve_triangular(root, data.T, lower=True)
        out[:, k] = -0.5 * (white**2).sum(axis=0) - np.log(np.diag(root)).sum()
    out -= 0.5 * data.shape[1] * np.log(2 * np.pi)
    return out


@compiled
def _posterior(log_density: Array, transitions: Array) -> tuple[Array, Array, float]:
    """Probabilities of states, expected transitions, and log likelihood."""
    n, k = log_density.shape
    forward, scale, likelihood = np.empty((n, k)), np.empty(n), np.empty((n, k))
    total = 0.0
    for t in range(n):
        top = log_density[t].max()
        likelihood[t] = np.exp(log_density[t] - top)
        for j in range(k):
            prior = 1.0 / k
            if t > 0:
                prior = 0.0
                for i in range(k):
                    prior += forward[t - 1, i] * transitions[i, j]
            forward[t, j] = prior * likelihood[t, j]
        scale[t] = forward[t].sum()
        forward[t] /= scale[t]
        total += np.log(scale[t]) + top
    gamma, pairs = np.empty((n, k)), np.zeros((k, k))
    gamma[n - 1] = forward[n - 1]
    later = np.ones(k)
    for t in range(n - 2, -1, -1):
        carried = likelihood[t + 1] * later / scale[t + 1]
        for i in range(k):
            later[i] = 0.0
            for j in range(k):
                step = transitions[i, j] * carried[j]
                later[i] += step
                pairs[i, j] += forward[t, i] * step
        gamma[t] = forward[t] * later
    return gamma, pairs, total
