"""Public names of the analysis: motifs of recordings, and communities of weighted graphs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from neuro.analyses.connectomes.model import Epochs, Floats, Result, fit
from neuro.analyses.connectomes.sbm.select import find_communities
from neuro.config.connectomes import Connectomes
from neuro.io.convert import is_of, signals_of

__all__ = ["Result", "find_communities", "find_motifs"]


def find_motifs(
    traces: Any,
    sfreq: float | None = None,
    *,
    rng: np.random.Generator,
    names: Sequence[str] | None = None,
    animals: Sequence[str] | None = None,
    epochs: Epochs | None = None,
    window: float | None = 2.0,
    **settings: Any,
) -> Result:
    """Find groups of neurons that change together: which, when, and in whom.

    Parameters
    ----------
    traces : ndarray or pynapple.TsdFrame
        Shape (n_neurons, n_samples) of one animal, or (n_animals, n_neurons, n_samples) on common
        axes, NaN where an animal lacks a neuron; or a frame with a column per neuron.
    sfreq : float, optional
        Samples per second; a frame has its own.
    rng : numpy.random.Generator
        Random numbers.
    names, animals : sequence of str, optional
        Neurons and recordings; a frame has its own columns.
    epochs : mapping of str to sequence of (float, float), optional
        Onsets and ends, s from the first sample, of stimuli or behaviors, which motifs are
        tested against.
    window : float or None
        Window of the derivative (Savitzky-Golay, second order), s; None where values are
        derivatives already.
    **settings : dict
        Keys of the configuration's section `connectomes`, e.g. `rank`, `kernel`, `n_shifts`.

    Returns
    -------
    result : Result
        Motifs, largest first, with tests and communities.

    Raises
    ------
    ValueError
        If `sfreq` is lacking, a trace is constant or has gaps, or a setting is not allowed.

    Examples
    --------
    >>> import numpy as np
    >>> import neuro
    >>> from neuro.datasets.worms import simulate
    >>> worms = simulate(np.random.default_rng(0), n_worms=4, n_neurons=24, duration=120.0,
    ...                  n_motifs=2, missing=0.0)
    >>> found = neuro.connectomes.find_motifs(
    ...     worms.traces, worms.sfreq, rng=np.random.default_rng(0), rank=2, n_shifts=19,
    ...     n_restarts=2, n_folds=2)
    >>> found.adjacency.shape
    (2, 24, 24)
    >>> bool(found.tests.p.max() <= 0.05)  # both motifs are there in animals left out
    True
    """
    if is_of(traces, "pynapple", "TsdFrame"):
        traces, sfreq, own = signals_of(traces)
        names = names or own
    if sfreq is None:
        raise ValueError("sfreq: an array needs its sampling rate, Hz")
    values = np.asarray(traces, np.float64)
    values = values[np.newaxis] if values.ndim == 2 else values
    if values.ndim != 3:
        raise ValueError(
            "traces: must have shape (n_neurons, n_samples) or (n_animals, n_neurons, n_samples). "
            f"Got {values.shape}"
        )
    return fit(
        values if window is None else _derivatives(values, sfreq, window),
        animals=animals or [str(i) for i in range(len(values))],
        names=names or [str(i) for i in range(values.shape[1])],
        sfreq=sfreq,
        settings=Connectomes(**settings),
        epochs=epochs,
        rng=rng,
    )


def _derivatives(traces: Floats, sfreq: float, window: float) -> NDArray[np.float64]:
    """Derivatives of what has no gap; the rest is NaN, or refused by the fit."""
    frames = max(2 * int(window * sfreq / 2) + 1, 5)
    if frames > traces.shape[2]:
        raise ValueError(f"window: {window:g} s are more than the {traces.shape[2]} samples")
    found = savgol_filter(np.nan_to_num(traces), frames, 2, deriv=1, delta=1 / sfreq, axis=2)
    return np.where(np.isnan(traces), np.nan, found)
