"""A regular grid of normal scores: linear binning, and Gaussian smoothing as a matrix."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neuro.stats.dependence.block import Floats, normal_scores

Floats32 = NDArray[np.float32]


class Grid:
    """A grid that holds all normal scores of `n` samples.

    Parameters
    ----------
    n : int
        Samples.
    bandwidth : float
        Standard deviation of the smoothing kernel, in units of the normal score.
    reach : float
        How far the grid goes, in units of the largest score.
    margin : float
        How much further, in bandwidths.
    cells : float
        Grid spacing, in bandwidths.
    most : int
        Points at most.

    Attributes
    ----------
    size : int
        Points.
    limit, step : float
        The grid goes from `-limit` to `limit` in steps.
    """

    def __init__(
        self, n: int, bandwidth: float, *, reach: float, margin: float, cells: float, most: int
    ) -> None:
        scores = normal_scores(n)
        self.limit = float(scores[-1]) * reach + margin * bandwidth
        wanted = int(np.ceil(2 * self.limit / (cells * bandwidth))) + 1
        self.size = min(max(-(-wanted // 8) * 8, 16), most)
        self.step = 2 * self.limit / (self.size - 1)
        position = (scores + self.limit) / self.step
        # Cell of each doubled rank, and its distance from the cell's lower end.
        self.cell = position.astype(np.int32)
        self.weight = position - self.cell

    def smoother(self, bandwidth: float) -> Floats:
        """Matrix that smooths along the grid; columns sum to 1, so that no mass is lost."""
        points = np.arange(self.size) * self.step
        kernel = np.exp(-0.5 * ((points[:, None] - points) / bandwidth) ** 2)
        smoothing: Floats = kernel / kernel.sum(0)
        return smoothing


@lru_cache(maxsize=64)
def grid(n: int, bandwidth: float, reach: float, margin: float, cells: float, most: int) -> Grid:
    """The grid of :class:`Grid`, made once."""
    return Grid(n, bandwidth, reach=reach, margin=margin, cells=cells, most=most)
