import numpy as np
import pytest

from neuro.stats.sme import standardized_measurement_error


def test_it_is_the_standard_deviation_of_means_over_repeated_recordings():
    rng = np.random.default_rng(0)
    recordings = 5e-6 * rng.standard_normal((4000, 40))
    errors = [standardized_measurement_error(trials) for trials in recordings[:200]]
    assert np.mean(errors) == pytest.approx(recordings.mean(axis=1).std(), rel=0.05)


def test_one_trial_has_no_error():
    with pytest.raises(ValueError, match="at least 2 trials, got 1"):
        standardized_measurement_error(np.array([1.0]))
