"""How good predictions are: measures, their intervals over subjects, and chance."""

from dataclasses import dataclass

import numpy as np

from neuro.analyses.screening.predict import Predicted
from neuro.stats.dependence.block import Block, Floats


@dataclass(frozen=True)
class Measure:
    """A measure of prediction.

    Parameters
    ----------
    name : str
        What is measured.
    chance : float
        Where nothing is predicted.
    """

    name: str
    chance: float


def measures(outcome: Block) -> list[Measure]:
    """Measures for an outcome; the first is the one that counts."""
    if not outcome.categorical:
        return [Measure("R2", 0.0), Measure("correlation", 0.0)]
    found = [Measure("balanced accuracy", 1 / outcome.n_levels)]
    if outcome.n_levels == 2:
        found.insert(0, Measure("AUC", 0.5))
    return found


def evaluate(
    name: str, predicted: Predicted, outcome: Block, samples: Floats | None = None
) -> float:
    """Measure predictions, each repeat for itself; their mean.

    Parameters
    ----------
    name : str
        Of :func:`measures`.
    predicted : Predicted
        The predictions.
    outcome : Block
        The outcome.
    samples : ndarray, shape (n_subjects,), optional
        How often each subject counts, for a bootstrap.

    Returns
    -------
    value : float
        The measure; R2 is relative to the mean of the training subjects.
    """
    weights = np.ones(outcome.n) if samples is None else samples
    return float(_of_draws(name, predicted, outcome, weights[None])[0])


def _of_draws(name: str, predicted: Predicted, outcome: Block, weights: Floats) -> Floats:
    """Measure for each of many draws of subjects, shape (n_draws,)."""
    y = outcome.codes[0].astype(np.float64) if outcome.categorical else outcome.values[0]
    match name:
        case "AUC":
            values = [_areas(row, y, weights) for row in predicted.decisions]
        case "balanced accuracy":
            right = (predicted.outcomes == y).astype(np.float64)
            values = [
                (weights[:, y == k] @ right[:, y == k].T).T
                / np.maximum(weights[:, y == k].sum(1), 1)
                for k in np.unique(y)
            ]
            return np.asarray(np.mean(values, axis=(0, 1)))
        case "correlation":
            values = [_correlations(row, y, weights) for row in predicted.outcomes]
        case _:
            residual = np.square(predicted.outcomes - y) @ weights.T
            values = [1 - residual / (np.square(predicted.baseline - y) @ weights.T)]
            return np.asarray(np.mean(values, axis=(0, 1)))
    return np.asarray(np.mean(values, axis=0))


def interval(
    name: str,
    predicted: Predicted,
    outcome: Block,
    rng: np.random.Generator,
    n_bootstraps: int = 1000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a measure over subjects drawn anew, within classes.

    Parameters
    ----------
    name, predicted, outcome
        As in :func:`evaluate`.
    rng : numpy.random.Generator
        Random numbers.
    n_bootstraps : int
        Draws.
    confidence : float
        Confidence level.
    """
    groups = outcome.codes[0] if outcome.categorical else np.zeros(outcome.n, int)
    draws = np.zeros((n_bootstraps, outcome.n))
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    for draw in draws:
        for own in members:
            draw += np.bincount(rng.choice(own, len(own)), minlength=outcome.n)
    values = _of_draws(name, predicted, outcome, draws)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(values, (tail, 100 - tail))
    return float(low), float(high)


def _areas(decisions: Floats, y: Floats, weights: Floats) -> Floats:
    first, second = y == 0, y == 1
    above = np.sign(decisions[second][:, None] - decisions[first]) / 2 + 0.5
    total = weights[:, second].sum(1) * weights[:, first].sum(1)
    pairs = ((weights[:, second] @ above) * weights[:, first]).sum(1)
    return np.asarray(pairs / np.maximum(total, 1))


def _correlations(values: Floats, y: Floats, weights: Floats) -> Floats:
    share = weights / weights.sum(1, keepdims=True)
    a, b = values - (share @ values)[:, None], y - (share @ y)[:, None]
    spread = (share * a**2).sum(1) * (share * b**2).sum(1)
    product = (share * a * b).sum(1)
    found = np.zeros(len(product))
    np.divide(product, np.sqrt(spread), out=found, where=spread > 0)
    return found
