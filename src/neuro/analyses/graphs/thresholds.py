"""Where an edge begins: at a correlation, at a density, or at a level of significance."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Sign = Literal["positive", "negative", "absolute"]
SIGNS: dict[Sign, int] = {"positive": 1, "negative": -1, "absolute": 0}
"""How the kernels call them."""


@dataclass(frozen=True)
class Absolute:
    """An edge where the correlation is above `r`.

    Parameters
    ----------
    r : float
        From 0 to below 1.
    """

    r: float

    def __post_init__(self) -> None:
        if not 0 <= self.r < 1:
            raise ValueError(f"threshold: r must be from 0 to below 1, got {self.r}")


@dataclass(frozen=True)
class Density:
    """The strongest correlations, so many that they are a share of all pairs.

    The number of edges is exact: pairs about the threshold are gathered and sorted. Pairs that tie
    there enter in order of their nodes.

    Parameters
    ----------
    share : float
        Above 0, below 1.
    """

    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"threshold: density must be above 0 and below 1, got {self.share}")


@dataclass(frozen=True)
class Significance:
    """Correlations that chance would hardly give.

    Parameters
    ----------
    alpha : float
        Level.
    correction : str
        `none`, `bonferroni` over all pairs, or `fdr` (Benjamini-Hochberg; found in a histogram of
        all pairs, at the upper edge of a bin: conservative by at most 1/32768 in r).
    n_effective : float | None
        Independent samples; None for :func:`neuro.analyses.graphs.signals.effective_length`.
    """

    alpha: float = 0.05
    correction: Literal["none", "bonferroni", "fdr"] = "bonferroni"
    n_effective: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"threshold: alpha must be above 0 and below 1, got {self.alpha}")


Threshold = Absolute | Density | Significance


def describe(threshold: Threshold) -> str:
    """A few words, e.g. `density 0.05`."""
    if isinstance(threshold, Absolute):
        return f"r > {threshold.r:g}"
    if isinstance(threshold, Density):
        return f"density {threshold.share:g}"
    return f"p < {threshold.alpha:g} ({threshold.correction})"


def critical_r(p: float, n: float) -> float:
    """Correlation of `n` independent samples with one-sided `p` under independence.

    Parameters
    ----------
    p : float
        One-sided level.
    n : float
        Samples, above 2.

    Returns
    -------
    r : float
        From Student's t with n - 2 degrees of freedom.
    """
    from scipy import stats

    if n <= 2:
        raise ValueError(f"significance needs more than 2 independent samples, got {n:g}")
    t = float(stats.t.isf(p, n - 2))
    return t / float(np.sqrt(n - 2 + t * t))


def fdr_r(counts: NDArray[np.int64], alpha: float, n: float, sided: int) -> float:
    """Smallest bin edge whose pairs above it hold Benjamini and Hochberg's bound.

    Parameters
    ----------
    counts : ndarray of int, shape (n_bins,)
        Pairs by correlation, bins over [-1, 1].
    alpha : float
        Level.
    n : float
        Independent samples.
    sided : int
        1 or 2.

    Returns
    -------
    r : float
        Threshold; 1 where nothing passes.
    """
    from scipy import stats

    edges = np.linspace(-1, 1, len(counts) + 1)[:-1]
    above = counts[::-1].cumsum()[::-1]
    usable = (above > 0) & (edges > 0)
    r = edges[usable]
    p = sided * stats.t.sf(r * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    passing = p * counts.sum() <= alpha * above[usable]
    return float(r[passing].min()) if passing.any() else 1.0
