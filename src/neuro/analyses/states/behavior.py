"""What states follow: epochs, covariates; and what they add to decoding."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.fit import Fitted
from neuro.analyses.states.recorded import Recorded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SECTORS = 8
"""Parts of a covariate's range, when its relation to states is measured."""
LEAST_SHIFT = 0.05
RIDGES = (1.0, 10.0, 100.0, 1000.0)
INPUTS = ("spikes", "states + spikes", "spikes + past", "states + spikes + past")


@dataclass(frozen=True)
class Agreement:
    """How states and labels agree.

    Parameters
    ----------
    value : float
        Adjusted mutual information, 1 for the same partition.
    null : ndarray
        Of circular shifts.
    """

    value: float
    null: Floats

    @property
    def p(self) -> float:
        """One-sided."""
        return float(((self.null >= self.value).sum() + 1) / (len(self.null) + 1))

    @property
    def chance(self) -> float:
        """Mean of the null."""
        return float(self.null.mean())


def agreement(
    path: Ints, labels: NDArray[np.generic], n_shifts: int, rng: np.random.Generator
) -> Agreement:
    """Adjusted mutual information of states with labels, against circular shifts of the states.

    Parameters
    ----------
    path : ndarray of int, shape (n_bins,)
        States.
    labels : ndarray, shape (n_bins,)
        Epochs, or parts of a covariate's range.
    n_shifts : int
        Shifts.
    rng : numpy.random.Generator
        Random numbers.
    """
    from sklearn.metrics.cluster import expected_mutual_information

    n = len(path)
    low, high = int(LEAST_SHIFT * n), int((1 - LEAST_SHIFT) * n)
    kinds, states = (np.unique(each, return_inverse=True)[1] for each in (labels, path))
    sizes = np.bincount(kinds), np.bincount(states)
    if min(map(len, sizes)) == 1:  # one kind tells nothing
        return Agreement(0.0, np.zeros(n_shifts))
    # A shift leaves the sizes as they are, and with them all that chance depends on.
    counts = np.zeros((len(sizes[0]), len(sizes[1])), np.int64)
    np.add.at(counts, (kinds, states), 1)
    chance = float(expected_mutual_information(counts, n))
    most = float(np.mean([_entropy(each / n) for each in sizes]))

    def adjusted(moved: Ints) -> float:
        joint = np.bincount(kinds * len(sizes[1]) + moved, minlength=counts.size) / n
        information = sum(_entropy(each / n) for each in sizes) - _entropy(joint)
        return float((information - chance) / (most - chance))

    shifts = [int(rng.integers(low, max(high, low + 1))) for _ in range(n_shifts)]
    null = [adjusted(np.roll(states, shift)) for shift in shifts]
    return Agreement(adjusted(states), np.array(null))


def _entropy(shares: Floats) -> float:
    """Entropy of a distribution, nats."""
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def ranges(values: Floats, angular: bool) -> Ints:
    """Part of the range of each value: sectors of an angle, else quantiles."""
    if angular:
        return np.asarray((values / (2 * np.pi) * SECTORS).astype(np.int64) % SECTORS)
    edges = np.quantile(values, np.linspace(0, 1, SECTORS + 1)[1:-1])
    return np.asarray(np.searchsorted(np.unique(edges), values), np.int64)


@dataclass(frozen=True)
class Decoded:
    """A covariate decoded from unseen blocks.

    Parameters
    ----------
    errors : dict of str to ndarray, shape (n_folds,)
        By input: mean absolute error of an angle, rad; or 1 - R^2.
    angular : bool
        Whether the covariate is an angle.
    n_bins : int
        Bins that were decoded.
    """

    errors: dict[str, Floats]
    angular: bool
    n_bins: int

    def gain(self, with_states: str, without: str) -> tuple[float, float, float]:
        """Mean error that states take away, and its Student interval over folds."""
        import scipy.stats

        gain = self.errors[without] - self.errors[with_states]
        half = scipy.stats.sem(gain) * scipy.stats.t.ppf(0.975, len(gain) - 1)
        return float(gain.mean()), float(gain.mean() - half), float(gain.mean() + half)


def decode_covariate(recorded: Recorded, folds: list[Fitted], name: str) -> Decoded:
    """Decode a covariate by ridge regression, from spikes, their past, and states.

    States come from models that saw neither the block nor the covariate.

    Parameters
    ----------
    recorded : Recorded
        The recording.
    folds : list of Fitted
        Models, each fitted without one fold.
    name : str
        The covariate.

    Returns
    -------
    decoded : Decoded
        Errors of each fold.
    """
    from neuro.analyses.states.history import convolve, exponential

    values = recorded.covariates[name][recorded.rows]
    angular = name in recorded.angles
    target = np.stack([np.cos(values), np.sin(values)], 1) if angular else values[:, np.newaxis]
    spikes = np.sqrt(recorded.pieces.counts)
    n_lags = max(1, round(0.5 / recorded.width))
    past = convolve(recorded.pieces, exponential(n_lags, 2 / n_lags)).numpy()
    fold_of_bin = np.repeat(recorded.folds, recorded.pieces.lengths)
    errors: dict[str, list[float]] = {key: [] for key in INPUTS}
    n_bins = 0
    for fold, fitted in enumerate(folds):
        states = fitted.posterior(recorded.pieces).states
        known = np.isfinite(values)
        train, test = known & (fold_of_bin != fold), known & (fold_of_bin == fold)
        if test.sum() < 10 or train.sum() < 10:
            continue
        n_bins += int(test.sum())
        inner = fold_of_bin[train]
        for key in INPUTS:
            parts = [spikes]
            parts += [past] if "past" in key else []
            parts += [states] if "states" in key else []
            inputs = np.concatenate(parts, axis=1)
            guess = _ridge(inputs[train], target[train], inputs[test], inner)
            errors[key].append(_error(guess, target[test], angular))
    return Decoded({key: np.array(each) for key, each in errors.items()}, angular, n_bins)


def _ridge(inputs: Floats, target: Floats, unseen: Floats, groups: Ints) -> Floats:
    """Ridge regression; its strength by the error of the last training fold."""
    held = groups == groups.max()
    if held.all():  # one fold to train on: its last quarter judges
        held = np.arange(len(held)) >= 3 * len(held) // 4
    penalties = {
        strength: float(
            np.square(
                _solve(inputs[~held], target[~held], inputs[held], strength) - target[held]
            ).mean()
        )
        for strength in RIDGES
    }
    best = min(penalties, key=penalties.__getitem__)
    return _solve(inputs, target, unseen, best)


def _solve(inputs: Floats, target: Floats, unseen: Floats, strength: float) -> Floats:
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    x, level = (inputs - mean) / spread, target.mean(axis=0)
    weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ (target - level))
    return np.asarray((unseen - mean) / spread @ weights + level)


def _error(guess: Floats, truth: Floats, angular: bool) -> float:
    if not angular:
        return float(np.square(guess - truth).sum() / np.square(truth - truth.mean()).sum())
    turned = np.arctan2(guess[:, 1], guess[:, 0]) - np.arctan2(truth[:, 1], truth[:, 0])
    return float(np.abs(np.angle(np.exp(1j * turned))).mean())


def dwell_times(path: Ints, starts: Ints, n_states: int) -> list[Ints]:
    """Lengths of all visits of each state, bins; first and last visits of sequences included."""
    found: list[list[int]] = [[] for _ in range(n_states)]
    for first, stop in pairwise(starts.tolist()):
        part = path[first:stop]
        edges = np.concatenate([[0], np.flatnonzero(np.diff(part)) + 1, [len(part)]])
        for a, b in pairwise(edges.tolist()):
            found[part[a]].append(int(b - a))
    return [np.array(each, np.int64) for each in found]
