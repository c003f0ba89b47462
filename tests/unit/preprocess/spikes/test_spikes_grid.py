"""Bins, counts and blocks."""

import numpy as np
import pytest

from neuro.io.nwb import Intervals
from neuro.preprocess.spikes.grid import NONE, count_spikes, cut_blocks, make_grid, number_within


def intervals(*pairs: tuple[float, float]) -> Intervals:
    start, stop = np.array(pairs, float).T
    return Intervals(start, stop, [f"e{i}" for i in range(len(start))])


def test_bins_lie_within_epochs() -> None:
    grid = make_grid(intervals((0, 1.05), (2, 2.3)), 0.1, "file")
    assert grid.epoch.tolist() == [0] * 10 + [1] * 3
    np.testing.assert_allclose(grid.centers[[0, 9, 10, 12]], [0.05, 0.95, 2.05, 2.25])


@pytest.mark.parametrize("seed", range(3))
def test_counts_equal_a_histogram(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spikes = [np.sort(rng.uniform(0, 10, n)) for n in (500, 0, 3)]
    grid = make_grid(intervals((0, 10)), 0.1, "file")
    counts = count_spikes(spikes, grid)
    expected = [np.histogram(s, np.append(grid.start, 10.0))[0] for s in spikes]
    np.testing.assert_array_equal(counts, expected)
    assert counts.dtype == np.uint16


def test_spikes_outside_of_bins_do_not_count() -> None:
    grid = make_grid(intervals((1, 2.05), (4, 5)), 0.5, "file")
    counts = count_spikes([np.array([0.5, 1.0, 1.2, 2.04, 3.0, 4.0, 4.99, 5.0])], grid)
    assert counts.tolist() == [[2, 0, 1, 1]]


def test_an_edge_belongs_to_the_bin_that_begins_there_whatever_the_rounding() -> None:
    grid = make_grid(intervals((0, 300)), 0.1, "file")
    edges = np.arange(3000) / 10
    assert count_spikes([edges], grid).tolist() == [[1] * 3000]


def test_many_spikes_in_a_bin_take_more_bits() -> None:
    grid = make_grid(intervals((0, 1)), 1.0, "file")
    counts = count_spikes([np.full(70_000, 0.5)], grid)
    assert counts.tolist() == [[70_000]]


def test_a_bin_longer_than_all_epochs_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"file: bin_width is 5 s, but the longest.* 2 s"):
        make_grid(intervals((0, 1), (3, 5)), 5.0, "file")


def test_bins_bear_the_number_of_their_trial() -> None:
    grid = make_grid(intervals((0, 5)), 1.0, "file")
    trials = intervals((3, 4), (1, 3))
    assert number_within(trials, grid).tolist() == [NONE, 1, 1, 0, NONE]


def test_blocks_hold_a_part_of_each_kind_of_epoch() -> None:
    epochs = intervals((0, 100), (100, 160))
    grid = make_grid(epochs, 0.5, "file")
    block = cut_blocks(grid, ["sleep", "wake"], 4, 0.0, "file")
    for epoch in (0, 1):
        its = block[grid.epoch == epoch]
        assert np.all(np.diff(its) >= 0)
        assert len(np.unique(np.bincount(its))) == 1


@pytest.mark.parametrize("gap", [0.0, 0.4, 1.0, 2.3])
def test_bins_of_different_blocks_are_a_gap_apart(gap: float) -> None:
    epochs = intervals((0, 40), (41, 80), (80, 95))
    grid = make_grid(epochs, 0.2, "file")
    block = cut_blocks(grid, ["a", "b", "a"], 5, gap, "file")
    inside = np.flatnonzero(block != NONE)
    starts, its = grid.start[inside], block[inside]
    apart = starts[1:] - (starts[:-1] + grid.width)
    assert np.all(apart[np.diff(its) != 0] >= gap - 1e-9)
    assert {*its.tolist()} == {*range(5)}


def test_blocks_without_bins_are_an_error() -> None:
    grid = make_grid(intervals((0, 10)), 0.5, "file")
    with pytest.raises(ValueError, match=r"file: blocks \[.*\] have no bins.*lower blocks"):
        cut_blocks(grid, ["a"], 10, 3.0, "file")


@pytest.mark.parametrize("end", [1e12, 1e300])
def test_times_that_cannot_be_seconds_are_an_error(end: float) -> None:
    with pytest.raises(ValueError, match="Check that times are in seconds"):
        make_grid(intervals((0, end)), 0.1, "file")
