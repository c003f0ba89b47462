"""Expectation-maximisation over all sequences, from several starts.

Starts are compared after a few iterations by the likelihood of sequences that were held out: the
likelihood is of the observations alone, so starts and priors can be compared by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuro.analyses.states.chain import Posterior
from neuro.analyses.states.design import Design, design
from neuro.analyses.states.em import Spec, em, em_from, is_exact
from neuro.analyses.states.expectation import decode, infer
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.parameters import Parameters
from neuro.analyses.states.priors import Gaussian, Hierarchy, Prior, reorder
from neuro.analyses.states.sequences import Sequences
from neuro.analyses.states.starts import one_state, start

Floats = NDArray[np.float64]
SHORT = 12
"""Iterations from each start before they are compared."""
ENOUGH = 8_000
"""Bins on which starts are compared."""


@dataclass(frozen=True)
class Fitted:
    """A fitted model.

    Parameters
    ----------
    spec : Spec
        What was fitted.
    parameters : Parameters
        Weights and chain.
    prior : Prior
        With what it learned.
    trace : tuple of float
        Log-likelihood of each iteration, nats.
    mean : ndarray, shape (n_neurons,)
        Mean counts of the training data: the model of independent constant rates.
    warnings : tuple of str
        What went less than well.
    """

    spec: Spec
    parameters: Parameters
    prior: Prior
    trace: tuple[float, ...]
    mean: Floats
    warnings: tuple[str, ...] = ()

    def posterior(self, sequences: Sequences) -> Posterior:
        """Probabilities of states, and log-likelihood of each sequence."""
        made = self._design(sequences)
        return infer(made, self.parameters, self.spec.observation, self._drivers(sequences))

    def path(self, sequences: Sequences) -> NDArray[np.int64]:
        """Most probable path of states, shape (n_bins,)."""
        made = self._design(sequences)
        return decode(made, self.parameters, self.spec.observation, self._drivers(sequences))

    def log_likelihood(self, sequences: Sequences) -> Floats:
        """Log-likelihood of each sequence, states summed out, nats."""
        return self.posterior(sequences).log_likelihood

    def reordered(self, order: NDArray[np.int64]) -> "Fitted":
        """The same model with its states in another order."""
        order = np.asarray(order)
        parameters = self.parameters
        its = torch.from_numpy(order).to(parameters.weights.device)
        variance, drive = parameters.variance, parameters.drive
        moved = replace(
            parameters,
            weights=parameters.weights[its],
            transitions=parameters.transitions[np.ix_(order, order)],
            initial=parameters.initial[order],
            variance=None if variance is None else variance[its],
            drive=None if drive is None else drive[np.ix_(order, order)],
        )
        return replace(self, parameters=moved, prior=reorder(self.prior, order))

    @property
    def n_parameters(self) -> int:
        """Free parameters: weights that are not zero, and the chain's."""
        weights = self.parameters.weights
        n_nonzero = int((weights.abs() > 1e-8).sum())
        if isinstance(self.prior, OneHot):
            rest = weights[:, self.prior.adjacency.shape[2] :].numel()
            n_nonzero = int((self.prior.adjacency != 0).sum()) + rest
        s = self.parameters.n_states
        variance = self.parameters.variance
        beside = 0 if variance is None else variance.numel()
        return n_nonzero + self.parameters.shared.numel() + s * (s - 1) + (s - 1) + beside

    def bic(self, sequences: Sequences) -> float:
        """Bayesian information criterion of the training data; less is better."""
        n = int(sequences.observed.sum())
        likelihood = float(self.log_likelihood(sequences).sum())
        return self.n_parameters * float(np.log(n)) - 2 * likelihood

    def _design(self, sequences: Sequences) -> Design:
        return design(sequences, self.spec.layout, str(self.parameters.weights.device))

    def _drivers(self, sequences: Sequences) -> Floats | None:
        return sequences.covariates if self.spec.driven else None


def fit(
    sequences: Sequences,
    spec: Spec,
    rng: np.random.Generator,
    device: str = "cpu",
    first: Parameters | None = None,
) -> Fitted:
    """Fit a model by expectation-maximisation.

    Parameters
    ----------
    sequences : Sequences
        Training data.
    spec : Spec
        The model.
    rng : numpy.random.Generator
        Random numbers of the starts.
    device : str
        Where to compute: `cpu`, `cuda`, `auto`.
    first : Parameters or None
        Where to start, e.g. the fit with another prior; None to choose.

    Returns
    -------
    fitted : Fitted
        The model.

    Raises
    ------
    ValueError
        If the data cannot bear so many states.
    """
    made = design(sequences, spec.layout, device)
    check_size(made, spec.n_states)
    chosen = choose_start(sequences, spec, rng, device) if first is None else first
    drivers = sequences.covariates if spec.driven else None
    warm: tuple[float, ...] = ()
    if first is None and not isinstance(spec.prior, Hierarchy | Gaussian):
        # Sparse priors set in when the states are found: before, most edges would be cut.
        short = replace(spec, prior=Hierarchy(variance=0.1), max_iter=SHORT)
        chosen, _, warm = em(made, chosen, short, drivers)
    parameters, prior, trace = em(made, chosen, spec, drivers)
    mean = made.counts[made.usable].mean(0).cpu().numpy()
    found = infer(made, parameters, spec.observation, drivers).states.sum(axis=0)
    return Fitted(spec, parameters, prior, warm + trace, mean, _warn(spec, found, trace))


def choose_start(
    sequences: Sequences, spec: Spec, rng: np.random.Generator, device: str
) -> Parameters:
    """Best of several short fits, by the likelihood of data that they have not seen."""
    seen, held = hold_out(sequences, rng)
    made, other = design(seen, spec.layout, device), design(held, spec.layout, device)
    # A short fit needs a prior that bears little data and wakes no state's weights to zero.
    short = replace(spec, prior=Hierarchy(variance=0.1), max_iter=SHORT)
    kinds = [spec.starts[i % len(spec.starts)] for i in range(spec.n_restarts)]
    exact = is_exact(made)
    single = one_state(made, spec.observation, exact=exact)
    starts = [
        start(kind, made, spec.n_states, spec.observation, rng, exact=exact, single=single)
        for kind in (kinds if spec.n_states > 1 else kinds[:1])
    ]
    ends = [
        end for end, _, _ in em_from(made, starts, short, seen.covariates if spec.driven else None)
    ]
    drivers = held.covariates if spec.driven else None
    reached = [infer(other, end, spec.observation, drivers).log_likelihood.sum() for end in ends]
    return ends[int(np.argmax(reached))]


def hold_out(
    sequences: Sequences, rng: np.random.Generator, enough: int = ENOUGH
) -> tuple[Sequences, Sequences]:
    """Some sequences to fit, and about a fifth as many to judge; one sequence is cut in two."""
    if sequences.n_sequences == 1:
        sequences = cut(sequences, max(sequences.n_bins // 5, 1))
    order = rng.permutation(sequences.n_sequences)
    reach = np.cumsum(sequences.lengths[order])
    n = min(max(int(np.searchsorted(reach, enough)) + 1, 2), len(order))
    n_held = max(1, round(n / 5))
    return sequences.select(np.sort(order[n_held:n])), sequences.select(np.sort(order[:n_held]))


def cut(sequences: Sequences, length: int) -> Sequences:
    """Cut sequences into pieces of at least `length` bins, the last up to twice as long."""
    starts = [0]
    for first, stop in zip(sequences.starts[:-1], sequences.starts[1:], strict=True):
        n = max((stop - first) // length, 1)
        starts += [int(first + i * length) for i in range(1, n)] + [int(stop)]
    return replace(sequences, starts=np.array(starts, np.int64))


def check_size(made: Design, n_states: int) -> None:
    """Check that the data can bear so many states.

    Raises
    ------
    ValueError
        If a state would have fewer bins than a neuron has weights.
    """
    n = int(made.usable.sum())
    most = n // (made.n_features + 1)
    if not 1 <= n_states <= most:
        raise ValueError(
            f"n_states: must be from 1 to {most} for {n} usable bins and {made.n_features} weights "
            f"of each neuron and state (at least one bin per weight), got {n_states}"
        )


def _warn(spec: Spec, found: Floats, trace: Sequence[float]) -> tuple[str, ...]:
    warnings = []
    if (few := int((found < 0.005 * found.sum()).sum())) and spec.n_states > 1:
        warnings.append(
            f"{few} of {spec.n_states} states hold less than 0.5 % of the bins: "
            "fewer states would do"
        )
    if len(trace) >= spec.max_iter:
        warnings.append(f"EM had not come to rest after {spec.max_iter} iterations")
    return tuple(warnings)
