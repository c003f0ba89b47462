from itertools import product

import numpy as np
import pytest
import scipy.stats

from neuro.stats.clusters import fewest_subjects, sign_flip_test

TIMES = np.arange(40) / 100


def waves(n, effect, seed=0):
    rng = np.random.default_rng(seed)
    shape = np.exp(-0.5 * ((TIMES - 0.2) / 0.03) ** 2)
    return rng.normal(size=(n, 40)) + effect * shape


def largest(data):
    """Largest cluster mass of one data set, as the definition says."""
    t = scipy.stats.ttest_1samp(data, 0).statistic
    limit = scipy.stats.t.ppf(0.975, len(data) - 1)
    best = 0.0
    for sign in (1, -1):
        mass = 0.0
        for value in sign * t:
            mass = mass + value if value > limit else 0.0
            best = max(best, mass)
    return best


def test_few_subjects_are_enumerated():
    data = waves(6, 1.5)
    found = sign_flip_test(data, TIMES, 5000, np.random.default_rng(0))
    null = [largest(data * np.array(signs)[:, None]) for signs in product([1, -1], repeat=6)]
    for mass, p in zip(found.mass, found.p, strict=True):
        assert p == pytest.approx(np.mean(np.array(null) >= abs(mass) - 1e-9))
    again = sign_flip_test(data, TIMES, 5000, np.random.default_rng(99))
    np.testing.assert_array_equal(found.p, again.p)  # nothing is random


def test_an_effect_of_twelve_subjects_is_found_where_it_is():
    found = sign_flip_test(waves(12, 2.0), TIMES, 1000, np.random.default_rng(0))
    assert found.p_within((0.15, 0.25), 1) <= 0.05
    assert found.p_within((0.15, 0.25), -1) > 0.05


def test_noise_is_found_as_often_as_it_should_be():
    p = [
        sign_flip_test(waves(7, 0.0, seed), TIMES, 200, np.random.default_rng(seed)).p.min(
            initial=1
        )
        for seed in range(40)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.16


def test_how_many_subjects_a_test_needs():
    assert fewest_subjects(0.05) == 6
    assert fewest_subjects(0.5) == 2
    assert fewest_subjects(1 / 32) == 6
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        sign_flip_test(waves(1, 0.0), TIMES, 100, np.random.default_rng(0))
