"""Resampled means have the spread of a mean; intervals cover the truth as often as they say."""

import numpy as np
import pytest

from neuro.stats.bootstrap import interval, resampled_means


def test_strata_keep_their_numbers() -> None:
    strata = [np.full((3, 2), 1.0), np.full((9, 2), 5.0)]
    means = resampled_means(strata, 50, np.random.default_rng(0))
    # Constant within strata: any exchange between them would change the mean.
    np.testing.assert_allclose(means, (3 * 1 + 9 * 5) / 12)


def test_spread_is_the_standard_error() -> None:
    trials = np.random.default_rng(1).standard_normal((80, 3))
    means = resampled_means([trials], 4000, np.random.default_rng(2))
    np.testing.assert_allclose(means.mean(0), trials.mean(0), atol=0.01)
    np.testing.assert_allclose(means.std(0), trials.std(0) / np.sqrt(80), rtol=0.05)


def test_same_generator_same_samples() -> None:
    trials = np.random.default_rng(1).standard_normal((20, 3))
    one, two = (resampled_means([trials], 10, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_basic_mirrors_percentile() -> None:
    samples = np.random.default_rng(0).gamma(2, size=1000)
    low, high = interval(samples, 0.9, estimate=2.0)
    assert interval(samples, 0.9, estimate=2.0, kind="basic") == pytest.approx((4 - high, 4 - low))
    assert (low, high) == pytest.approx(tuple(np.quantile(samples, [0.05, 0.95])))


def test_coverage_is_near_nominal() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        trials = rng.standard_normal((40, 1)) + 1.0
        samples = resampled_means([trials], 400, rng)[:, 0]
        low, high = interval(samples, 0.9, estimate=float(trials.mean()))
        hits += low <= 1.0 <= high
    assert 0.84 <= hits / 300 <= 0.95


def test_an_empty_stratum_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Every stratum needs a trial, got \[2, 0\]"):
        resampled_means([np.zeros((2, 1)), np.zeros((0, 1))], 10, np.random.default_rng(0))
