from dataclasses import replace

import numpy as np
import pytest

from neuro.analyses.eegbench.alignment import align, mean_covariance
from neuro.analyses.eegbench.normalization import normalize
from neuro.analyses.eegbench.splits import make_folds
from neuro.config.eegbench import SplitSettings


@pytest.fixture
def mixed(make_trials):
    """Two subjects whose channels are mixed differently."""
    trials = make_trials(effect=0.0)
    data = trials.data.copy()
    data[trials.subject == "s1"] = (
        np.diag([5, 1, 0.2]).astype(np.float32) @ data[trials.subject == "s1"]
    )
    return replace(trials, data=data)


def test_training_trials_have_unit_covariance(mixed):
    fold = make_folds(mixed, "blocks", SplitSettings())[7]
    aligned = align(mixed, "euclidean", fold)
    np.testing.assert_allclose(mean_covariance(aligned, fold.train), np.eye(3), atol=0.02)


def test_the_unlabelled_target_is_whitened_by_itself_and_train_only_does_not_look(mixed):
    fold = make_folds(mixed, "leave-one-subject-out", SplitSettings())[1]
    target = align(mixed, "euclidean-target", fold)
    np.testing.assert_allclose(mean_covariance(target, fold.test), np.eye(3), atol=0.02)
    changed = mixed.data.copy()
    changed[fold.test[:5]] *= 100
    other = align(replace(mixed, data=changed), "euclidean", fold)
    blind = align(mixed, "euclidean", fold)
    np.testing.assert_array_equal(other.data[fold.test[5:]], blind.data[fold.test[5:]])


def test_normalization_is_of_each_trial_by_itself(make_trials):
    trials = make_trials()
    flat = trials.data.copy()
    flat[0, 1] = 3.0
    trials = replace(trials, data=flat)
    z = normalize(trials, "trial-z")
    np.testing.assert_allclose(z.data[1:].std(axis=-1), 1, atol=1e-5)
    assert not z.data[0, 1].any()
    assert z.sensors.unit == "arbitrary"
    alone = normalize(trials.take(np.array([4])), "robust").data
    np.testing.assert_array_equal(alone[0], normalize(trials, "robust").data[4])
    np.testing.assert_allclose(np.median(normalize(trials, "robust").data, axis=-1), 0, atol=1e-6)
    assert normalize(trials, "none") is trials
