"""A method applied to a matrix: chunks, threads, missing values."""

import numpy as np
import pytest

from neuro.stats.dependence.block import Block
from neuro.stats.dependence.matrix import groups, ranking, strengths
from neuro.stats.dependence.methods import METHODS


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 30))
    x[:, 4] = rng.integers(3, size=80)
    x[:, 5] = 1.0
    x[:, 6] = np.nan
    x[: 80 - 7, 7] = np.nan
    x[::5, 8:10] = np.nan
    return x, x[:, 8] + rng.normal(size=80)


@pytest.mark.parametrize("method", METHODS)
def test_every_feature_is_scored_on_its_own_samples(matrix, method):
    x, y = matrix[0], np.nan_to_num(matrix[1])
    outcome, method = Block(y[None]), METHODS[method]
    method(Block(x[:, :1].T), outcome)  # ranks of the whole outcome are known from here on
    found = strengths(x, outcome, method)
    there = ~np.isnan(x[:, 8])
    alone = method(Block(x[None, there, 8]), Block(y[None, there]))[0]
    assert found[8] == pytest.approx(alone, rel=1e-9)
    coded = method(Block(x[None, :, 4], categorical=True), outcome)[0]
    assert found[4] == pytest.approx(coded, rel=1e-9)
    assert found[5] == 0
    assert np.flatnonzero(np.isnan(found)).tolist() == [6, 7]
    assert ranking(found)[-2:].tolist() == [6, 7]
    in_pieces = strengths(x, outcome, method, memory_mb=0.01, n_jobs=2)
    np.testing.assert_allclose(in_pieces, found, rtol=1e-9, atol=1e-12)


def test_an_outcome_that_is_constant_where_a_feature_is_there_gives_no_value():
    x, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    x[y == 1, 1] = np.nan
    found = strengths(x, Block(y[None], categorical=True), METHODS["kde_score"])
    assert np.isnan(found).tolist() == [False, True]


def test_groups_are_of_one_kind_and_one_pattern(matrix):
    values, discrete = matrix[0].T, np.arange(30) == 4
    found = list(groups(values, discrete))
    assert [group.rows.tolist() for group in found[1:]] == [[4], [8, 9]]
    assert [group.block.categorical for group in found] == [False, True, False]
    assert [group.block.n for group in found] == [80, 80, 64]
