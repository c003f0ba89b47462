"""What steps of a pipeline have in common that look at each trial by itself."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Floats = NDArray[np.float64]


class PerTrial(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A step that learns nothing: what it makes of a trial depends on that trial alone.

    Such steps, where a pipeline begins with them, are done once for all folds.
    """

    def fit(self, X: object, y: object = None) -> Self:
        """Do nothing."""
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def check_rate(step: BaseEstimator, sfreq: float | None) -> float:
    """Check that a step knows the sampling rate.

    Parameters
    ----------
    step : estimator
        Whose parameter it is.
    sfreq : float or None
        Hz.

    Raises
    ------
    ValueError
        If it does not.
    """
    if sfreq is None or not sfreq > 0:
        raise ValueError(
            f"`sfreq` of {type(step).__name__} must be the sampling rate of the trials in Hz, "
            f"got {sfreq}; give it under `parameters` where the pipeline is not run by neuro"
        )
    return float(sfreq)


def window_samples(
    name: str, start: float, stop: float, n_times: int, sfreq: float, tmin: float
) -> slice:
    """Samples of a window of time, as far as the trial has them.

    Parameters
    ----------
    name : str
        Of the window, for the message.
    start, stop : float
        Window relative to the event, s.
    n_times : int
        Samples of a trial.
    sfreq : float
        Sampling rate, Hz.
    tmin : float
        Time of the first sample, s.

    Raises
    ------
    ValueError
        If it has none.
    """
    first = max(0, round((start - tmin) * sfreq))
    last = min(n_times, round((stop - tmin) * sfreq))
    if first >= last:
        raise ValueError(
            f"{name} from {start:g} to {stop:g} s has no sample in trials from {tmin:g} to "
            f"{tmin + n_times / sfreq:g} s at {sfreq:g} Hz"
        )
    return slice(first, last)
