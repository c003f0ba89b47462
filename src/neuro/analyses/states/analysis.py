"""Everything about one recording: chosen model, states, networks, and what they follow."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.behavior import (
    Agreement,
    Decoded,
    agreement,
    decode_covariate,
    dwell_times,
    ranges,
)
from neuro.analyses.states.compare import Comparison, compare, spec_of
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.networks import (
    Anatomy,
    Networks,
    follows_anatomy,
    follows_tuning,
    networks,
    preferred,
)
from neuro.analyses.states.recorded import Recorded

if TYPE_CHECKING:
    from neuro.config.states import States

Floats = NDArray[np.float64]
LEAST_TUNED = 0.3
"""Resultant length of a neuron whose preferred angle counts."""
LEAST_NEURONS = 4


@dataclass(frozen=True)
class Tuning:
    """Interactions against tuning to an angle.

    Parameters
    ----------
    direction, length : ndarray, shape (n_neurons,)
        Preferred angle, rad, and resultant length.
    tuned : ndarray of bool, shape (n_neurons,)
        Neurons that count.
    correlation, p : float
        Spearman's, of weights with the cosine between preferences, and its Mantel test.
    """

    direction: Floats
    length: Floats
    tuned: NDArray[np.bool_]
    correlation: float
    p: float


@dataclass(frozen=True)
class Result:
    """What an analysis of one recording finds.

    Parameters
    ----------
    comparison : Comparison
        Numbers of states, priors, baselines.
    fitted : Fitted
        The chosen model, fitted to all bins; states by their share of time, most first.
    states : ndarray, shape (n_bins, n_states)
        Probabilities.
    path : ndarray of int, shape (n_bins,)
        Most probable path.
    dwell : list of ndarray
        Lengths of the visits of each state, bins.
    networks : Networks
        Of the states.
    epochs : Agreement or None
        With the epochs, where there is more than one kind.
    covariates : dict of str to Agreement
        With each covariate.
    decoded : dict of str to Decoded
        Covariates.
    tuning : dict of str to Tuning
        By angle.
    anatomy : Anatomy or None
        Weights within and between regions, where there are several.
    """

    comparison: Comparison
    fitted: Fitted
    states: Floats
    path: NDArray[np.int64]
    dwell: list[NDArray[np.int64]]
    networks: Networks
    epochs: Agreement | None
    covariates: dict[str, Agreement]
    decoded: dict[str, Decoded]
    tuning: dict[str, Tuning]
    anatomy: Anatomy | None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return int(self.states.shape[1])


def analyse(recorded: Recorded, settings: "States", rng: np.random.Generator) -> Result:
    """Fit the states of a recording and tell what they are.

    Parameters
    ----------
    recorded : Recorded
        The recording.
    settings : States
        Section of the configuration.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    result : Result
        Everything found.
    """
    comparison = compare(recorded, settings, rng)
    spec = spec_of(settings, recorded, comparison.n_states, comparison.prior)
    fitted = fit(recorded.whole, spec, rng, settings.device)
    found = fitted.posterior(recorded.whole)
    fitted = fitted.reordered(np.argsort(-found.states.sum(axis=0)))
    states = fitted.posterior(recorded.whole).states
    path = fitted.path(recorded.whole)
    of_states = networks(fitted, recorded.whole, settings.n_shifts, rng)
    several = comparison.n_states > 1
    known = {
        name: np.isfinite(values)
        for name, values in recorded.covariates.items()
        if np.isfinite(values).sum() > 100
    }
    return Result(
        comparison=comparison,
        fitted=fitted,
        states=states,
        path=path,
        dwell=dwell_times(path, recorded.whole.starts, comparison.n_states),
        networks=of_states,
        epochs=agreement(path, recorded.epochs, settings.n_shifts, rng)
        if several and len(np.unique(recorded.epochs)) > 1
        else None,
        covariates={
            name: agreement(
                path[its],
                ranges(recorded.covariates[name][its], name in recorded.angles),
                settings.n_shifts,
                rng,
            )
            for name, its in known.items()
            if several
        },
        decoded={
            name: decode_covariate(recorded, comparison.folds, name) for name in known if several
        },
        tuning=_tuning(recorded, of_states, rng),
        anatomy=follows_anatomy(of_states.weights.mean(axis=0), recorded.regions, rng),
    )


def _tuning(recorded: Recorded, found: Networks, rng: np.random.Generator) -> dict[str, Tuning]:
    tuning = {}
    for name in sorted(recorded.angles):
        direction, length = preferred(recorded.whole.counts, recorded.covariates[name])
        tuned = length >= LEAST_TUNED
        if tuned.sum() >= LEAST_NEURONS:
            numbers = follows_tuning(found.weights.mean(axis=0), direction, tuned, rng)
            tuning[name] = Tuning(direction, length, tuned, *numbers)
    return tuning
