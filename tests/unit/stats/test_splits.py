from itertools import combinations

import numpy as np
import pytest

from neuro.stats.splits import (
    Split,
    blocked_splits,
    check_disjoint,
    contiguous_blocks,
    leave_one_group_out,
)


def imbalance(blocks, labels):
    counts = np.array([[(labels[blocks == b] == k).sum() for k in (0, 1)] for b in set(blocks)])
    return ((counts - np.bincount(labels) / len(set(blocks))) ** 2).sum()


def test_blocks_are_contiguous_and_as_balanced_as_any():
    for seed in range(5):
        labels = np.random.default_rng(seed).integers(0, 2, 12)
        blocks = contiguous_blocks(labels, 3)
        assert (np.diff(blocks) >= 0).all()
        assert set(blocks) == {0, 1, 2}
        every = [
            np.repeat([0, 1, 2], np.diff([0, *cuts, 12])) for cuts in combinations(range(1, 12), 2)
        ]
        assert imbalance(blocks, labels) == min(imbalance(one, labels) for one in every)


def test_each_block_is_tested_once_and_never_trained_on():
    blocks = contiguous_blocks(np.arange(100) % 2, 5)
    splits = blocked_splits(blocks)
    np.testing.assert_array_equal(np.concatenate([s.test for s in splits]), np.arange(100))
    for split in splits:
        assert len(split.train) + len(split.test) == 100
        assert not set(blocks[split.train]) & set(blocks[split.test])
    assert [split.name for split in splits][:2] == ["block 1", "block 2"]


def test_training_leaves_out_what_overlaps_or_is_too_near():
    starts = np.arange(10.0)
    blocks = np.repeat([0, 1], 5)
    assert [len(s.train) for s in blocked_splits(blocks, starts, starts + 1)] == [5, 5]
    assert [len(s.train) for s in blocked_splits(blocks, starts, starts + 1.5)] == [4, 4]
    near = blocked_splits(blocks, starts, starts + 1.5, gap=1)
    assert [s.train.tolist() for s in near] == [[7, 8, 9], [0, 1, 2]]
    with pytest.raises(ValueError, match="No sample to train on is left for block 1"):
        blocked_splits(blocks, starts, starts + 1, gap=20)


def test_a_group_is_left_out_whole():
    groups = ["b", "a", "b", "c", "a"]
    splits = leave_one_group_out(groups)
    assert [split.name for split in splits] == ["b", "a", "c"]
    assert splits[0].test.tolist() == [0, 2]
    assert splits[0].train.tolist() == [1, 3, 4]
    with pytest.raises(ValueError, match=r"at least 2 groups, got \['a'\]"):
        leave_one_group_out(["a", "a"])


def test_shared_samples_and_groups_are_refused():
    with pytest.raises(ValueError, match=r"one: samples \[1\] are in training and in test"):
        check_disjoint([Split("one", np.array([0, 1]), np.array([1, 2]))], [0, 0, 1])
    with pytest.raises(ValueError, match=r"one: \['s1'\] are in training and in test"):
        check_disjoint([Split("one", np.array([0]), np.array([1]))], ["s1", "s1"])


def test_more_blocks_than_samples_are_refused():
    with pytest.raises(ValueError, match="n_blocks must be from 2 to the 3 samples, got 4"):
        contiguous_blocks([0, 1, 0], 4)
