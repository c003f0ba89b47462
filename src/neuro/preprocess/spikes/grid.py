"""Bins within epochs, spike counts, and blocks for training and testing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.source import Floats

Ints = NDArray[np.int64]

NONE = -1
"""Number of a bin that is in no block, or no trial."""
_ROUNDING = 1e-9
MOST_BINS = 10**9
"""Three hours in bins of 10 microseconds; more is a mistake of units or a damaged file."""


@dataclass(frozen=True)
class Grid:
    """Bins of one width, each within one epoch, in order of time.

    Parameters
    ----------
    width : float
        Of a bin, s.
    start : ndarray, shape (n_bins,)
        Where each begins, s.
    epoch : ndarray, shape (n_bins,)
        Row of its epoch.
    """

    width: float
    start: Floats
    epoch: Ints

    @property
    def centers(self) -> Floats:
        """Centers of the bins, s."""
        return self.start + self.width / 2


def make_grid(epochs: Intervals, width: float, where: str) -> Grid:
    """Lay whole bins from the beginning of each epoch.

    Parameters
    ----------
    epochs : Intervals
        In order of time, without overlap.
    width : float
        Of a bin, s.
    where : str
        The file, for messages.

    Raises
    ------
    ValueError
        If a bin is longer than every epoch.
    """
    lengths = epochs.stop - epochs.start
    n_bins = np.floor(lengths / width + _ROUNDING)
    if not n_bins.any():
        raise ValueError(
            f"{where}: bin_width is {width:g} s, but the longest epoch lasts {lengths.max():g} s; "
            "bins must be shorter"
        )
    if not (total := n_bins.sum()) <= MOST_BINS:  # NaN is no number of bins either
        raise ValueError(
            f"{where}: {lengths.sum():g} s in bins of {width:g} s would be {total:.0f} bins. Check "
            "that times are in seconds, and the sampling rate; or take longer bins"
        )
    n = n_bins.astype(np.int64)
    starts = [a + width * np.arange(k) for a, k in zip(epochs.start, n, strict=True)]
    return Grid(width, np.concatenate(starts), np.repeat(np.arange(len(n)), n))


def count_spikes(times: list[Floats], grid: Grid) -> NDArray[np.unsignedinteger]:
    """Count the spikes of each unit in each bin, `[start, start + width)`.

    Parameters
    ----------
    times : list of ndarray
        Spike times of each unit, s, in order.
    grid : Grid
        The bins.

    Returns
    -------
    counts : ndarray, shape (n_units, n_bins)
        16 bits, or 32 where they do not do.
    """
    counts = np.zeros((len(times), len(grid.start)), np.uint32)
    for row, spikes in zip(counts, times, strict=True):
        at = np.searchsorted(grid.start, spikes + _ROUNDING, side="right") - 1
        # Beyond the last whole bin of an epoch there is no bin.
        within = (at >= 0) & (spikes + _ROUNDING < grid.start[np.maximum(at, 0)] + grid.width)
        row += np.bincount(at[within], minlength=len(row)).astype(np.uint32)
    small = counts.max(initial=0) <= np.iinfo(np.uint16).max
    return counts.astype(np.uint16) if small else counts


def number_within(intervals: Intervals, grid: Grid) -> Ints:
    """Row of the interval that a bin's center lies in; -1 for none."""
    order = np.argsort(intervals.start, kind="stable")
    at = np.searchsorted(intervals.start[order], grid.centers, side="right") - 1
    row = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (grid.centers < intervals.stop[row]), row, NONE)


def cut_blocks(grid: Grid, labels: list[str], n: int, gap: float, where: str) -> Ints:
    """Number the blocks: the bins of each kind of epoch are cut into `n` contiguous parts.

    Parameters
    ----------
    grid : Grid
        The bins.
    labels : list of str
        Name of each epoch.
    n : int
        Number of blocks.
    gap : float
        Least time between the edges of bins of different blocks, s.
    where : str
        The file, for messages.

    Returns
    -------
    block : ndarray, shape (n_bins,)
        0 to `n` - 1, or -1 in a gap.

    Raises
    ------
    ValueError
        If a block has no bins left.
    """
    kinds = np.asarray(labels)[grid.epoch]
    block = np.empty(len(grid.start), np.int64)
    for kind in dict.fromkeys(labels):
        its = np.flatnonzero(kinds == kind)
        block[its] = np.arange(len(its)) * n // max(len(its), 1)
    borders = np.flatnonzero(np.diff(block) != 0)
    ends, begins = grid.start[borders] + grid.width, grid.start[borders + 1]
    middle = (ends + begins) / 2
    near = np.searchsorted(middle, grid.centers)
    padded = np.concatenate([[-np.inf], middle, [np.inf]])
    distance = np.minimum(grid.centers - padded[near], padded[near + 1] - grid.centers)
    block[distance < gap / 2 + grid.width / 2 - _ROUNDING] = NONE
    if empty := sorted({*range(n)} - {*block.tolist()}):
        raise ValueError(
            f"{where}: blocks {empty} have no bins: {len(grid.start)} bins of {grid.width:g} s do "
            f"not make {n} blocks with gaps of {gap:g} s; lower blocks.n or blocks.gap"
        )
    return block
