"""Stability selection: how often a feature is among the best of half of the samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.screening.covariates import check_covariates, strata
from neuro.analyses.screening.engine import screen
from neuro.analyses.screening.sources import Source, as_source
from neuro.stats.dependence.block import Block, Floats
from neuro.stats.dependence.matrix import LEAST
from neuro.stats.dependence.outcome import check_outcome


class _Subset(Source):
    """Some samples of a source."""

    def __init__(self, source: Source, samples: NDArray[np.intp]) -> None:
        self._source, self._samples = source, samples
        self.n_samples, self.n_features = len(samples), source.n_features
        self.where = source.where

    def columns(self, start: int, stop: int) -> NDArray[Any]:
        """Values of some features."""
        return self._source.columns(start, stop)[self._samples]

    def names(self, start: int, stop: int) -> list[str]:
        """Names of some features."""
        return self._source.names(start, stop)


def stability(
    features: Any,
    outcome: Any,
    n_selected: int,
    n_pairs: int,
    rng: np.random.Generator,
    **screening: Any,
) -> Floats:
    """How often each feature is selected in complementary halves (Shah & Samworth, 2013).

    Parameters
    ----------
    features, outcome : array-like
        As :func:`~neuro.analyses.screening.engine.screen` takes them.
    n_selected : int
        Features that are selected in each half: those with the largest values.
    n_pairs : int
        Pairs of halves; each category, or stratum that is conditioned on, is halved for itself.
    rng : numpy.random.Generator
        Random numbers.
    **screening
        Further arguments of :func:`~neuro.analyses.screening.engine.screen`.

    Returns
    -------
    share : ndarray, shape (n_features,)
        Share of the halves that select the feature, from 0 to 1.

    Raises
    ------
    ValueError
        As :func:`~neuro.analyses.screening.engine.screen`, or if a half, or the half of a
        stratum, has less than 8 samples.
    """
    source = as_source(features)
    if not 1 <= n_selected <= source.n_features:
        raise ValueError(f"n_selected must be from 1 to {source.n_features}, got {n_selected}")
    y = check_outcome(outcome, screening.get("outcome_kind", "auto"))
    screening["outcome_kind"] = "categorical" if y.categorical else "continuous"
    covariates = screening.pop("covariates", None)
    numbers = _strata(covariates, **screening)
    counts = np.zeros(source.n_features)
    for _ in range(n_pairs):
        for half in halves(y, rng, numbers):
            result = screen(
                _Subset(source, half),
                y.values[0, half],
                covariates=None if covariates is None else np.asarray(covariates)[half],
                **screening,
            )
            counts[result.ranking[:n_selected]] += 1
    share: Floats = counts / (2 * n_pairs)
    return share


def expected_false(n_selected: int, n_features: int, threshold: float) -> float:
    """Bound on the number of false features at a stability (Meinshausen & Bühlmann, 2010).

    Parameters
    ----------
    n_selected, n_features : int
        As in :func:`stability`.
    threshold : float
        Stability from which features count, above 0.5.
    """
    return n_selected**2 / ((2 * threshold - 1) * n_features)


def _strata(
    covariates: Any, method: str = "kde_score", adjust: str = "residualise", **_: Any
) -> NDArray[np.intp] | None:
    """Strata that the halves are screened in, if they are."""
    if covariates is None or adjust != "conditional" or method == "knn":
        return None
    return strata(check_covariates(covariates, len(covariates)), 2 * LEAST)


def halves(
    y: Block, rng: np.random.Generator, parts: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Two disjoint halves of the samples, ascending; each category is halved for itself.

    Parameters
    ----------
    y : Block
        The outcome.
    rng : numpy.random.Generator
        Random numbers.
    parts : ndarray of int, shape (n_samples,), optional
        Parts of the samples that are halved for themselves, in place of categories.
    """
    first: list[int] = []
    groups = y.codes[0] if y.categorical else np.zeros(y.n, int)
    groups = groups if parts is None else parts
    for group in np.unique(groups):
        members = rng.permutation(np.flatnonzero(groups == group))
        # An odd one goes to either side.
        first += members[: (len(members) + int(rng.integers(2))) // 2].tolist()
    chosen = np.zeros(y.n, bool)
    chosen[first] = True
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)
