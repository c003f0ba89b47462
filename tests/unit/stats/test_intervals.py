"""Bands agree with scipy's intervals of the same name."""

import numpy as np
import pytest
import scipy.stats

from neuro.stats.intervals import difference_band, mean_band


def test_mean_band_is_the_t_interval() -> None:
    trials = np.random.default_rng(0).standard_normal((17, 4)) + 3
    band = mean_band(trials, 0.9)
    expected = scipy.stats.ttest_1samp(trials, 0).confidence_interval(0.9)
    np.testing.assert_allclose(band.low, expected.low)
    np.testing.assert_allclose(band.high, expected.high)
    np.testing.assert_allclose(band.mean, trials.mean(0))


def test_difference_band_is_the_welch_interval() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((9, 5)), 4 * rng.standard_normal((30, 5)) - 1
    band = difference_band(first, second, 0.95)
    test = scipy.stats.ttest_ind(first, second, equal_var=False)
    np.testing.assert_allclose(band.low, test.confidence_interval(0.95).low)
    np.testing.assert_allclose(band.high, test.confidence_interval(0.95).high)


def test_constant_data_have_a_band_of_width_zero() -> None:
    band = difference_band(np.full((3, 2), 5.0), np.full((4, 2), 2.0), 0.95)
    np.testing.assert_array_equal(band.low, [3, 3])
    np.testing.assert_array_equal(band.high, [3, 3])


def test_one_trial_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two trials, got 1"):
        mean_band(np.zeros((1, 3)), 0.95)
    with pytest.raises(ValueError, match="at least two trials, got 1"):
        difference_band(np.zeros((5, 3)), np.zeros((1, 3)), 0.95)
