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
    y = outcome.codes[0].astype(np.float64) if outcome.categorical else outcome.values[0]
    match name:
        case "AUC":
            values = [_area(row, y, weights) for row in predicted.decisions]
        case "balanced accuracy":
            right = predicted.outcomes == y
            hits = [
                (right[:, y == k] @ weights[y == k]) / max(weights[y == k].sum(), 1)
                for k in np.unique(y)
            ]
            return float(np.mean(hits))
        case "correlation":
            values = [_correlation(row, y, weights) for row in predicted.outcomes]
        case _:
            residual = np.square(predicted.outcomes - y) @ weights
            values = (1 - residual / (np.square(predicted.baseline - y) @ weights)).tolist()
    return float(np.mean(values))


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
    values = []
    for _ in range(n_bootstraps):
        samples = np.zeros(outcome.n)
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            samples += np.bincount(rng.choice(members, len(members)), minlength=outcome.n)
        values.append(evaluate(name, predicted, outcome, samples))
    tail = 50 * (1 - confidence)
    low, high = np.percentile(values, (tail, 100 - tail))
    return float(low), float(high)


def _area(decisions: Floats, y: Floats, weights: Floats) -> float:
    first, second = y == 0, y == 1
    above = np.sign(decisions[second][:, None] - decisions[first]) / 2 + 0.5
    total = weights[second].sum() * weights[first].sum()
    return float(weights[second] @ above @ weights[first] / max(total, 1))


def _correlation(values: Floats, y: Floats, weights: Floats) -> float:
    share = weights / weights.sum()
    a, b = values - share @ values, y - share @ y
    spread = (share @ a**2) * (share @ b**2)
    return float(share @ (a * b) / np.sqrt(spread)) if spread > 0 else 0.0
