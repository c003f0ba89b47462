"""Public names of the analysis: switching states of spike counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.choose import Candidate, cross_validate, simplest
from neuro.analyses.states.design import Layout
from neuro.analyses.states.em import Spec
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.gumbel import RelaxedOneHot
from neuro.analyses.states.history import exponential
from neuro.analyses.states.observations import Observation
from neuro.analyses.states.onehot import OneHot
from neuro.analyses.states.priors import Gaussian, Hierarchy, Lasso, Prior
from neuro.analyses.states.sequences import Sequences, gather
from neuro.io.convert import counts_of, is_of, tsd_frame_of

__all__ = [
    "Candidate",
    "Fitted",
    "Sequences",
    "compare_numbers",
    "fit_states",
    "gather",
    "infer_states",
]

PRIORS: dict[str, type[Prior]] = {
    "none": Gaussian,
    "l1": Lasso,
    "hierarchy": Hierarchy,
    "onehot": OneHot,
    "relaxed_onehot": RelaxedOneHot,
}


def fit_states(
    counts: Any,
    n_states: int,
    *,
    rng: np.random.Generator,
    bin_width: float | None = None,
    prior: str = "onehot",
    link: str = "softplus",
    n_lags: int = 5,
    shared_bias: bool = False,
    n_restarts: int = 4,
    max_iter: int = 60,
) -> Fitted:
    """Fit a hidden Markov model whose states are networks of neurons.

    Parameters
    ----------
    counts : ndarray, sequence of ndarray, Sequences or pynapple.TsGroup
        Spike counts, shape (n_bins, n_neurons): one matrix, or one for each sequence; or units
        with their spike times.
    n_states : int
        Number of states.
    rng : numpy.random.Generator
        Random numbers of the starts.
    bin_width : float, optional
        Width of the bins of a `TsGroup`, s.
    prior : {'onehot', 'hierarchy', 'l1', 'none', 'relaxed_onehot'}
        Of the weights.
    link : {'softplus', 'exp', 'sigmoid'}
        From weighted inputs to rates.
    n_lags : int
        Bins of the past that count, weighted by an exponential.
    shared_bias : bool
        Whether states differ in weights alone.
    n_restarts : int
        Starts that are compared on sequences left out.
    max_iter : int
        Iterations of EM at most.

    Returns
    -------
    fitted : Fitted
        The model; `fitted.parameters.weights` has shape (n_states, n_neurons, n_neurons).

    Raises
    ------
    ValueError
        If a name is unknown, counts are not counts, or are too few for so many states.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> from neuro.datasets.switching import Recipe, simulate
    >>> truth = simulate(Recipe(n_states=2, n_neurons=8, n_sequences=6, n_bins=500), seed=0)
    >>> fitted = neuro.states.fit_states(
    ...     list(truth.counts), 2, rng=np.random.default_rng(0), link="sigmoid", shared_bias=True,
    ...     n_restarts=2)
    >>> tuple(fitted.parameters.weights.shape)
    (2, 8, 8)
    """
    spec = _spec(n_states, prior, link, n_lags, shared_bias, n_restarts, max_iter)
    return fit(_sequences(counts, bin_width)[0], spec, rng)


def infer_states(fitted: Fitted, counts: Any, *, bin_width: float | None = None) -> Any:
    """Probability of each state in each bin.

    Parameters
    ----------
    fitted : Fitted
        Of :func:`fit_states`.
    counts : ndarray, sequence of ndarray, Sequences or pynapple.TsGroup
        Shape (n_bins, n_neurons), as for :func:`fit_states`; need not be what was fitted.
    bin_width : float, optional
        Width of the bins of a `TsGroup`, s.

    Returns
    -------
    probabilities : ndarray or pynapple.TsdFrame, shape (n_bins, n_states)
        A frame for a `TsGroup`; else sequences one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> counts = np.random.default_rng(0).poisson(0.3, (400, 4))
    >>> fitted = neuro.states.fit_states(
    ...     counts, 2, rng=np.random.default_rng(0), prior="hierarchy", n_restarts=1, max_iter=3)
    >>> probabilities = neuro.states.infer_states(fitted, counts)
    >>> probabilities.shape, bool(np.allclose(probabilities.sum(axis=1), 1))
    ((400, 2), True)
    """
    sequences, times = _sequences(counts, bin_width)
    found = fitted.posterior(sequences).states
    if times is None:
        return found
    return tsd_frame_of(found, times, [f"state {k + 1}" for k in range(found.shape[1])])


def compare_numbers(
    counts: Any,
    numbers: Sequence[int],
    *,
    rng: np.random.Generator,
    n_folds: int = 4,
    bin_width: float | None = None,
    link: str = "softplus",
    n_lags: int = 5,
    n_restarts: int = 4,
    max_iter: int = 60,
) -> tuple[list[Candidate], int]:
    """How many states? By the gain over constant rates on sequences left out.

    Parameters
    ----------
    counts : ndarray, sequence of ndarray, Sequences or pynapple.TsGroup
        Shape (n_bins, n_neurons), as for :func:`fit_states`; a single sequence is cut into
        blocks of time.
    numbers : sequence of int
        Numbers of states to try, under the prior `hierarchy`.
    rng : numpy.random.Generator
        Random numbers.
    n_folds : int
        Folds of sequences or blocks.
    bin_width : float, optional
        Width of the bins of a `TsGroup`, s.
    link, n_lags, n_restarts, max_iter
        As for :func:`fit_states`.

    Returns
    -------
    candidates : list of Candidate
        With the gain on each fold, bits per spike.
    chosen : int
        The fewest states whose loss against the best is within one standard error.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> from neuro.datasets.switching import Recipe, simulate
    >>> truth = simulate(Recipe(n_states=2, n_neurons=6, n_sequences=4, n_bins=400), seed=1)
    >>> candidates, chosen = neuro.states.compare_numbers(
    ...     list(truth.counts), [1, 2], rng=np.random.default_rng(0), n_folds=2, n_restarts=1,
    ...     link="sigmoid", max_iter=15)
    >>> [each.n_states for each in candidates], chosen
    ([1, 2], 2)
    """
    sequences = _sequences(counts, bin_width)[0]
    if sequences.n_sequences < n_folds:
        sequences = _blocks(sequences, 2 * n_folds)
    specs = {
        str(n): _spec(n, "hierarchy", link, n_lags, False, n_restarts, max_iter) for n in numbers
    }
    folds = np.arange(sequences.n_sequences) % n_folds
    candidates = cross_validate(sequences, specs, folds, rng)
    return candidates, simplest(candidates).n_states


def _spec(
    n_states: int, prior: str, link: str, n_lags: int, shared: bool, n_restarts: int, max_iter: int
) -> Spec:
    if prior not in PRIORS:
        raise ValueError(f"prior: allowed are {sorted(PRIORS)}. Got {prior!r}")
    return Spec(
        n_states,
        Layout(exponential(n_lags), shared_bias=shared),
        Observation("poisson", link),
        PRIORS[prior](),
        n_restarts=n_restarts,
        max_iter=max_iter,
    )


def _sequences(
    counts: Any, bin_width: float | None
) -> tuple[Sequences, NDArray[np.float64] | None]:
    """Sequences, and the times of bins where they are known."""
    if isinstance(counts, Sequences):
        return counts, None
    if is_of(counts, "pynapple", "TsGroup"):
        if bin_width is None:
            raise ValueError("bin_width: a TsGroup needs the width of its bins, s")
        matrix, times = counts_of(counts, bin_width)
        return gather([matrix], names=[str(unit) for unit in counts.index]), times
    matrices = [counts] if isinstance(counts, np.ndarray) and counts.ndim == 2 else list(counts)
    return gather(matrices), None


def _blocks(sequences: Sequences, n: int) -> Sequences:
    """Cut sequences into about n blocks of time."""
    length = max(sequences.n_bins // n, 1)
    starts = [
        bin_
        for first, stop in zip(sequences.starts[:-1], sequences.starts[1:], strict=True)
        for bin_ in range(int(first), max(int(stop) - length // 2, int(first) + 1), length)
    ]
    return Sequences(
        sequences.counts,
        np.array([*starts, sequences.n_bins], np.int64),
        sequences.observed,
        sequences.covariates,
        sequences.names,
    )
