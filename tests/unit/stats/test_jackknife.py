import numpy as np
import pytest

from neuro.stats.jackknife import jackknife_band, leave_one_out


def test_the_jackknife_of_a_mean_is_its_standard_error():
    samples = np.random.default_rng(0).normal(size=(15, 3))
    band = jackknife_band(samples.mean(axis=0), leave_one_out(samples), 0.95)
    error = samples.std(axis=0, ddof=1) / np.sqrt(15)
    np.testing.assert_allclose(band.high - band.mean, 2.1447866879 * error, rtol=1e-9)


def test_blocks_are_left_out_one_by_one():
    means = leave_one_out(np.arange(6.0), n_blocks=3)
    np.testing.assert_allclose(means, [3.5, 2.5, 1.5])


def test_blocks_cover_dependence_that_single_samples_do_not():
    rng = np.random.default_rng(1)
    hits = {5: 0, 200: 0}
    for _ in range(300):
        noise = rng.normal(size=220)
        samples = np.convolve(noise, np.ones(20), "valid")[:200]
        for n_blocks in hits:
            band = jackknife_band(samples.mean(), leave_one_out(samples, n_blocks), 0.95)
            hits[n_blocks] += bool(band.low <= 0 <= band.high)
    assert hits[5] > 0.88 * 300
    assert hits[200] < 0.6 * 300


def test_one_sample_has_no_jackknife():
    with pytest.raises(ValueError, match="at least two samples, got 1"):
        leave_one_out(np.zeros((1, 4)))
