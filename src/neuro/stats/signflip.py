"""Sign-flip test of many statistics at once, with the distribution of their maximum.

Under the null hypothesis an epoch's contribution to a statistic is as likely to have the opposite
sign. All statistics of an epoch flip together, so their dependence is kept (Nichols & Holmes,
2002, Human Brain Mapping 15:1-25).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Flipped:
    """What the flips say of the statistics' absolute values.

    Parameters
    ----------
    chance : ndarray, shape (n_statistics,)
        Mean over flips.
    p : ndarray, shape (n_statistics,)
        Two-sided p, corrected for all the statistics by the distribution of their maximum.
    largest : ndarray, shape (n_flips,)
        That distribution.
    """

    chance: Floats
    p: Floats
    largest: Floats


def signs(n_flips: int, n_epochs: int, rng: np.random.Generator) -> Floats:
    """Random signs, shape (n_flips, n_epochs)."""
    return rng.choice([-1.0, 1.0], size=(n_flips, n_epochs))


def evaluate(observed: Floats, null: Floats) -> Flipped:
    """Compare statistics with those of flipped epochs.

    Parameters
    ----------
    observed : ndarray, shape (n_statistics,)
        Statistics of the data.
    null : ndarray, shape (n_flips, n_statistics)
        The same of each flip.

    Returns
    -------
    flipped : Flipped
        Chance levels and p values; the data count as one of the flips.
    """
    sizes = np.abs(null)
    largest = np.sort(sizes.max(axis=1))
    # A tie through rounding counts as reached: the conservative side.
    reached = len(largest) - np.searchsorted(largest, np.abs(observed) * (1 - 1e-12))
    return Flipped(sizes.mean(axis=0), (1 + reached) / (1 + len(largest)), largest)
