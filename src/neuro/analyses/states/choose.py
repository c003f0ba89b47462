"""How many states, and which prior: by likelihood of data that were not seen, and by BIC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuro.analyses.states.em import Spec
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.metrics import null_log_likelihood
from neuro.analyses.states.sequences import Sequences

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A model and how it fared.

    Parameters
    ----------
    name : str
        Of the prior or baseline.
    n_states : int
        Number of states.
    bits : ndarray, shape (n_folds,)
        Gain over constant rates, bits per spike of each fold's unseen data.
    bic : float
        Of the fit to all data; NaN if that was not asked for.
    """

    name: str
    n_states: int
    bits: Floats
    bic: float = float("nan")

    @property
    def mean(self) -> float:
        """Mean over folds."""
        return float(self.bits.mean())

    @property
    def error(self) -> float:
        """Standard error over folds."""
        return float(self.bits.std(ddof=1) / np.sqrt(len(self.bits)))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Student's interval over folds."""
        import scipy.stats

        half = scipy.stats.t.ppf(0.5 + confidence / 2, len(self.bits) - 1) * self.error
        return self.mean - float(half), self.mean + float(half)


def cross_validate(
    sequences: Sequences,
    specs: Mapping[str, Spec],
    folds: NDArray[np.int64],
    rng: np.random.Generator,
    device: str = "cpu",
) -> list[Candidate]:
    """Score models on sequences that they have not seen.

    Parameters
    ----------
    sequences : Sequences
        All data.
    specs : mapping of str to Spec
        Models by name.
    folds : ndarray of int, shape (n_sequences,)
        Fold of each sequence; those below 0 are never tested, and always trained on.
    rng : numpy.random.Generator
        Random numbers of the starts.
    device : str
        Where to compute: `cpu`, `cuda`, `auto`.

    Returns
    -------
    candidates : list of Candidate
        One per model.

    Raises
    ------
    ValueError
        If there are fewer than two folds.
    """
    labels = [int(k) for k in np.unique(folds) if k >= 0]
    if len(labels) < 2:
        raise ValueError(
            f"cross-validation needs at least 2 folds, got {len(labels)}; with one sequence, cut "
            "it into pieces first (`neuro.analyses.states.fit.cut`)"
        )
    found = []
    for name, spec in specs.items():
        bits = [_fold(sequences, spec, folds == fold, rng, device) for fold in labels]
        found.append(Candidate(name, spec.n_states, np.array(bits)))
    return found


def _fold(
    sequences: Sequences,
    spec: Spec,
    tested: NDArray[np.bool_],
    rng: np.random.Generator,
    device: str,
) -> float:
    seen, unseen = (sequences.select(np.flatnonzero(its)) for its in (~tested, tested))
    return gain(fit(seen, spec, rng, device), unseen)


def gain(fitted: Fitted, unseen: Sequences) -> float:
    """Bits per spike over constant rates, of bins that the model can use.

    Parameters
    ----------
    fitted : Fitted
        The model.
    unseen : Sequences
        Data it has not seen.
    """
    from neuro.analyses.states.history import usable

    layout = fitted.spec.layout
    its = usable(unseen, layout.n_lags, layout.silent_before)
    kept = replace(unseen, observed=its)
    null = null_log_likelihood(kept, fitted.mean, fitted.spec.observation).sum()
    n_spikes = float(unseen.counts[its].sum())
    return float((fitted.log_likelihood(unseen).sum() - null) / n_spikes / np.log(2))


def least_bic(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate with the least BIC."""
    return min(candidates, key=lambda each: each.bic)


def simplest(candidates: Sequence[Candidate]) -> Candidate:
    """The fewest states that fare as well as the best.

    The fewest whose paired loss against the best is within one standard error of the loss.

    Parameters
    ----------
    candidates : sequence of Candidate
        With the same folds.

    Returns
    -------
    chosen : Candidate
        The choice.
    """
    best = max(candidates, key=lambda each: each.mean)
    for each in sorted(candidates, key=lambda c: c.n_states):
        loss = best.bits - each.bits
        if each is best or loss.mean() <= loss.std(ddof=1) / np.sqrt(len(loss)):
            return each
    return best
