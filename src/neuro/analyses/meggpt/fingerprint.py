"""Is a generated session more like the session it imitates than like others?

The fingerprint of a session is what each channel's lagged copies share: covariances over 21 lags,
within channels (Huang et al. 2025).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
N_LAGS = 21
"""Lagged copies of a channel."""


@dataclass(frozen=True)
class Fingerprint:
    """How well sessions are recognized.

    Parameters
    ----------
    distances : ndarray, shape (n_generated, n_real)
        Correlation distance of fingerprints.
    top1 : float
        Share of generated sessions that are nearest to the one they imitate.
    chance : float
        What guessing gives.
    consistency : float
        Correlation of distances among generated with those among real sessions; NaN for fewer
        than three sessions, and where all are equally far from each other.
    """

    distances: Array
    top1: float
    chance: float
    consistency: float


def features(data: NDArray[np.floating]) -> Array:
    """Covariances of lagged copies, each channel's own.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Standardized signals.

    Returns
    -------
    features : ndarray, shape (n_channels * 210,)
        Below the diagonal of each channel's covariance of 21 lagged copies.
    """
    values = data.astype(np.float64)
    n = values.shape[1] - N_LAGS + 1
    if n < N_LAGS:
        raise ValueError(f"data: expected at least {2 * N_LAGS} samples. Got {values.shape[1]}.")
    below = np.tril_indices(N_LAGS, -1)
    rows = []
    for row in values:
        copies = np.lib.stride_tricks.sliding_window_view(row, n)
        rows.append(np.cov(copies)[below])
    return np.concatenate(rows)


def fingerprint(
    generated: Sequence[NDArray[np.floating]], real: Sequence[NDArray[np.floating]]
) -> Fingerprint:
    """Recognize sessions by their generated likenesses.

    Parameters
    ----------
    generated, real : sequence of ndarray, shape (n_channels, n_times)
        Sessions, and what imitates them, in the same order.

    Returns
    -------
    fingerprint : Fingerprint
        How well it works.

    Raises
    ------
    ValueError
        If there are fewer than two sessions, or not as many generated as real ones.
    """
    if len(generated) != len(real) or len(real) < 2:
        raise ValueError(
            "generated: expected one for each of at least 2 real sessions. "
            f"Got {len(generated)} and {len(real)}."
        )
    ours, theirs = (np.stack([features(each) for each in some]) for some in (generated, real))
    n = len(real)
    together: Array = np.asarray(np.corrcoef(ours, theirs), dtype=np.float64)
    distances = 1 - together[:n, n:]
    below = np.tril_indices(n, -1)
    among = together[:n, :n][below], together[n:, n:][below]
    vary = min(each.std() for each in among) > 0
    consistency = float(np.corrcoef(*among)[0, 1]) if n > 2 and vary else float("nan")
    top1 = float(np.mean(distances.argmin(axis=1) == np.arange(n)))
    return Fingerprint(distances, top1, 1 / n, consistency)
