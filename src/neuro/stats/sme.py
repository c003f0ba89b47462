"""Standardized measurement error: how precisely a mean over trials measures an amplitude.

Luck et al. (2021), Psychophysiology 58, e13793: for a mean amplitude, the standard error of the
mean of the single trials' scores.
"""

import numpy as np
from numpy.typing import NDArray


def standardized_measurement_error(scores: NDArray[np.float64]) -> float:
    """Standardized measurement error of a mean amplitude.

    Parameters
    ----------
    scores : ndarray, shape (n_trials,)
        Mean amplitude of each trial over the window.

    Returns
    -------
    sme : float
        In the unit of the scores.

    Raises
    ------
    ValueError
        If there are fewer than two trials.
    """
    if len(scores) < 2:
        raise ValueError(f"scores must hold at least 2 trials, got {len(scores)}")
    return float(np.std(scores, ddof=1) / np.sqrt(len(scores)))
