"""Numbers of states, priors and baselines on one recording, by likelihood of unseen blocks."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.choose import Candidate, gain, least_bic, simplest
from neuro.analyses.states.correlation import fit_correlation
from neuro.analyses.states.design import Layout
from neuro.analyses.states.em import Spec
from neuro.analyses.states.fit import Fitted, choose_start, fit
from neuro.analyses.states.gumbel import RelaxedOneHot
from neuro.analyses.states.history import exponential, raised_cosine
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.priors import Gaussian, Hierarchy, Lasso, Prior
from neuro.analyses.states.recorded import Recorded
from neuro.analyses.states.sequences import Sequences
from neuro.analyses.states.transitions import Stickiness
from neuro.io.progress import follow

if TYPE_CHECKING:
    from neuro.config.states import States

logger = logging.getLogger(__name__)

BASELINES = ("glm", "poisson_hmm", "correlation_hmm")
TOLERANCE = 1e-4
"""Nats per bin; blocks differ by far more."""
SWEPT = "hierarchy"
"""Prior under which numbers of states are compared."""


@dataclass(frozen=True)
class Comparison:
    """What was tried, and what was chosen.

    Parameters
    ----------
    numbers : list of Candidate
        Numbers of states, under one prior.
    models : list of Candidate
        Priors and baselines, at the number of states that was chosen.
    n_states : int
        Chosen.
    prior : str
        Chosen.
    folds : list of Fitted
        Fits of the chosen model, each without one fold.
    """

    numbers: list[Candidate]
    models: list[Candidate]
    n_states: int
    prior: str
    folds: list[Fitted]


def spec_of(settings: "States", recorded: Recorded, n_states: int, prior: str) -> Spec:
    """The model that the settings ask for.

    Parameters
    ----------
    settings : States
        Section of the configuration.
    recorded : Recorded
        The recording: width of the bins, groups of units.
    n_states : int
        Number of states.
    prior : str
        One of `config.states.PriorName`.
    """
    history, width = settings.history, recorded.width
    n_lags = max(1, round(history.length / width))
    basis = None
    if history.basis == "exponential":
        basis = exponential(n_lags, width / history.decay)
    elif history.basis == "raised_cosine":
        basis = raised_cosine(n_lags, history.n_functions)
    priors: dict[str, Prior] = {
        "none": Gaussian(),
        "l1": Lasso(settings.l1),
        "hierarchy": Hierarchy(),
        "onehot": OneHot(recorded.groups),
        "relaxed_onehot": RelaxedOneHot(),
    }
    return Spec(
        n_states,
        Layout(basis, shared_bias=settings.shared_bias, silent_before=False),
        Observation(settings.family, settings.link),
        priors[prior],
        Stickiness(stay=settings.stay),
        driven=bool(settings.drivers),
        n_restarts=settings.n_restarts,
        max_iter=settings.max_iter,
        tol=TOLERANCE,
    )


def compare(recorded: Recorded, settings: "States", rng: np.random.Generator) -> Comparison:
    """Choose the number of states and the prior.

    Parameters
    ----------
    recorded : Recorded
        The recording.
    settings : States
        What is tried.
    rng : numpy.random.Generator
        Random numbers of the starts.

    Returns
    -------
    comparison : Comparison
        Bits per spike of all that was tried.
    """
    numbers = settings.numbers if settings.n_states is None else (settings.n_states,)
    swept: dict[int, tuple[Candidate, list[Fitted]]] = {
        n: _candidate(recorded, spec_of(settings, recorded, n, SWEPT), SWEPT, rng, settings)
        for n in numbers
    }
    tried = [candidate for candidate, _ in swept.values()]
    best = simplest(tried) if settings.criterion == "unseen" else least_bic(tried)
    n_states = best.n_states
    priors = settings.priors if settings.prior is None else (settings.prior,)
    found = {}
    for name in priors:
        spec = spec_of(settings, recorded, n_states, name)
        found[name] = (
            swept[n_states]
            if name == SWEPT
            else _candidate(recorded, spec, name, rng, settings, swept[n_states][1])
        )
    prior = max(priors, key=lambda name: found[name][0].mean)
    models = [found[name][0] for name in priors]
    models += _baselines(recorded, settings, n_states, rng, tried)
    return Comparison(tried, models, n_states, prior, found[prior][1])


def _candidate(
    recorded: Recorded,
    spec: Spec,
    name: str,
    rng: np.random.Generator,
    settings: "States",
    begun: Sequence[Fitted] = (),
) -> tuple[Candidate, list[Fitted]]:
    """Fit without each fold in turn; begun by fits of another prior, where there are some."""
    bits, folds = [], []
    what = f"{name}, {spec.n_states} states: fold"
    for fold in follow(range(settings.n_folds), logger, what):
        seen, unseen = _split(recorded, fold)
        first = begun[fold].parameters if begun else choose_start(seen, spec, rng, settings.device)
        fitted = fit(seen, spec, rng, settings.device, first)
        bits.append(gain(fitted, unseen))
        folds.append(fitted)
    bic = float(np.mean([f.bic(_split(recorded, i)[0]) for i, f in enumerate(folds)]))
    return Candidate(name, spec.n_states, np.array(bits), bic), folds


def _split(recorded: Recorded, fold: int) -> tuple[Sequences, Sequences]:
    """Pieces of the other folds, and of this one."""
    tested = recorded.folds == fold
    seen, unseen = np.flatnonzero(~tested), np.flatnonzero(tested)
    return recorded.pieces.select(seen), recorded.pieces.select(unseen)


def _baselines(
    recorded: Recorded,
    settings: "States",
    n_states: int,
    rng: np.random.Generator,
    tried: Sequence[Candidate],
) -> list[Candidate]:
    """One state; states without history; states with covariances."""
    single = spec_of(settings, recorded, 1, "none")
    glm, _ = _candidate(recorded, single, "glm", rng, settings)
    spec = spec_of(settings, recorded, n_states, "none")
    plain = replace(spec, layout=replace(spec.layout, basis=None, shared_bias=False))
    poisson, _ = _candidate(recorded, plain, "poisson_hmm", rng, settings)
    folds = range(settings.n_folds)
    bits = np.array([_correlation(recorded, fold, n_states, rng) for fold in folds])
    return [glm, poisson, Candidate("correlation_hmm", n_states, bits)]


def _correlation(recorded: Recorded, fold: int, n_states: int, rng: np.random.Generator) -> float:
    """Bits per spike of the counts that the baseline predicts."""
    seen, unseen = _split(recorded, fold)
    mean: NDArray[np.float64] = seen.counts.mean(axis=0)
    predicted = np.maximum(fit_correlation(seen, n_states, rng).predicted(unseen), 1e-3 * mean)
    y = unseen.counts
    difference = (y * np.log(predicted / mean) - predicted + mean).sum()
    return float(difference / y.sum() / np.log(2))
