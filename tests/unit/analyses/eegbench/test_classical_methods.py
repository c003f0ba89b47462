"""Every classical method: the terms on which it enters the benchmark."""

import numpy as np
import pytest

from neuro.analyses.eegbench.classical.inner import Calibration, inner_folds
from neuro.analyses.eegbench.classical.methods import classical_methods
from neuro.analyses.eegbench.classical.ridge import RidgeClassifier
from neuro.analyses.eegbench.classical.riemann import Recenter
from neuro.analyses.eegbench.method import FAMILIES, Setting
from neuro.analyses.eegbench.trials import Sensors, Trials

METHODS = classical_methods()
SFREQ, N_TIMES, N_CHANNELS = 128.0, 128, 6


def simulate(n=120, n_classes=2, seed=0):
    """Trials with a wave at 0.3 s and a rhythm that depend on the class."""
    rng = np.random.default_rng(seed)
    times = np.arange(N_TIMES) / SFREQ - 0.2
    y = rng.permutation(np.arange(n) % n_classes)
    data = np.cumsum(rng.normal(size=(n, N_CHANNELS, N_TIMES)), axis=-1)
    data -= data.mean(axis=-1, keepdims=True)
    wave = np.exp(-0.5 * ((times - 0.35) / 0.08) ** 2)
    rhythm = np.sin(2 * np.pi * 10 * times + rng.uniform(0, 6, size=(n, 1)))
    data[np.arange(n), y] += 12 * wave + 6 * rhythm
    names = tuple(f"E{i}" for i in range(N_CHANNELS))
    text = np.full(n, "")
    return Trials(
        data=(data * 1e-6).astype(np.float32),
        sensors=Sensors(names, ("eeg",) * N_CHANNELS, SFREQ, -0.2),
        y=y.astype(np.intp),
        classes=tuple("abc"[:n_classes]),
        subject=np.full(n, "01"),
        session=text,
        run=text,
        onset=np.arange(n, dtype=float),
        part=text,
    )


def predict(method, trials, train, test):
    setting = Setting(trials.sensors, N_TIMES, len(trials.classes))
    X = method.prepare(trials, setting) if method.prepare else trials.data
    groups = np.array([f"block {i * 5 // len(train)}" for i in range(len(train))])
    fitted = method.build(setting).fit(X[train], trials.y[train], groups)
    return fitted.predict_proba(X[test])


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", METHODS)
def test_probabilities_are_better_than_chance_and_the_same_again(name, n_classes):
    trials = simulate(n_classes=n_classes)
    train, test = np.arange(80), np.arange(80, 120)
    found = predict(METHODS[name], trials, train, test)
    assert found.shape == (40, n_classes)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found >= 0).all()
    hits = (found.argmax(axis=1) == trials.y[test]).mean()
    if name != "dummy":
        assert hits > 1 / n_classes + 0.2
    again = predict(classical_methods()[name], trials, train, test)
    np.testing.assert_array_equal(found, again)


@pytest.mark.parametrize("name", METHODS)
def test_a_single_class_is_refused(name):
    trials = simulate()
    only = np.flatnonzero(trials.y == 1)
    with pytest.raises(ValueError, match=r"at least 2 classes, got 60 trials of 1: class 1"):
        predict(METHODS[name], trials, only, only)


@pytest.mark.parametrize("name", METHODS)
def test_a_class_without_training_trials_has_no_probability(name):
    trials = simulate(n_classes=3)
    train = np.flatnonzero(trials.y != 1)
    found = predict(METHODS[name], trials, train, np.arange(20))
    assert found.shape == (20, 3)
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("name", METHODS)
def test_what_prepares_looks_at_each_trial_by_itself(name):
    method, trials = METHODS[name], simulate(n=20)
    assert method.family in FAMILIES
    assert method.title
    if method.prepare:
        setting = Setting(trials.sensors, N_TIMES, 2)
        whole = method.prepare(trials, setting)
        part = method.prepare(trials.take(np.arange(5, 9)), setting)
        np.testing.assert_allclose(whole[5:9], part, rtol=1e-10)


def test_trials_of_lagged_copies_of_one_channel_do_not_stop_any_method():
    trials = simulate()
    copies = np.repeat(trials.data[:, :1], N_CHANNELS, axis=1)
    for lag in range(N_CHANNELS):
        copies[:, lag] = np.roll(copies[:, lag], lag, axis=-1)
    copies[:, 5] = copies[:, 4]
    trials.data[:] = copies
    for name, method in METHODS.items():
        found = predict(method, trials, np.arange(80), np.arange(80, 120))
        assert np.isfinite(found).all(), name


def test_inner_folds_hold_out_groups_and_know_sorted_classes():
    y = np.repeat([0, 1], 20)
    for fold in inner_folds(y, None):
        assert set(y[fold.test]) == {0, 1}
    groups = np.array([f"s{i}" for i in range(8)]).repeat(5)  # each subject has one diagnosis
    folds = inner_folds(y, groups)
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert set(y[fold.test]) == {0, 1}
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(40))
    with pytest.raises(ValueError, match="No inner validation is possible"):
        inner_folds(y, np.array(["a", "b"]).repeat(20))


def test_ridge_does_not_tune_on_trials_of_its_own_group():
    # Features name the group and nothing else: within a group they would predict well.
    rng = np.random.default_rng(0)
    groups = np.arange(40).repeat(5)
    y = rng.permutation(np.arange(40) % 2).repeat(5).astype(np.intp)
    X = np.eye(40)[groups] + 0.01 * rng.normal(size=(200, 40))
    fitted = RidgeClassifier().fit(X, y, groups.astype(str))
    mixed = rng.permutation(200)
    leaky = RidgeClassifier().fit(X[mixed], y[mixed], mixed.astype(str))
    assert leaky.penalty_ < 1e-3 * fitted.penalty_


def test_ridge_averages_as_many_neighbors_as_serve():
    rng = np.random.default_rng(3)
    y = np.arange(80) % 2
    slow, fast = rng.normal(size=(2, 80, 2, 40))
    slow += 0.35 * y[:, np.newaxis, np.newaxis]
    fast += 0.8 * (y[:, np.newaxis, np.newaxis] - 0.5) * (-1.0) ** np.arange(40)
    groups = np.arange(80).astype(str)
    assert RidgeClassifier(widths=[1, 10]).fit(slow, y, groups).width_ == 10
    assert RidgeClassifier(widths=[1, 10]).fit(fast, y, groups).width_ == 1


def test_calibrated_probabilities_are_frequencies():
    rng = np.random.default_rng(1)
    decisions = rng.normal(size=4000) * 100
    truth = 1 / (1 + np.exp(-(decisions / 50 + 1)))
    y = (rng.uniform(size=4000) < truth).astype(np.intp)
    found = Calibration(decisions, y, 2)(decisions)[:, 1]
    assert np.abs(found - truth).max() < 0.04
    reversed_ = Calibration(-decisions, y, 2)(np.array([-1.0, 1.0]))[:, 1]
    assert reversed_[1] >= reversed_[0]


def test_recentering_removes_what_differs_between_subjects():
    rng = np.random.default_rng(2)
    A = rng.normal(size=(40, 4, 30))
    C = A @ A.transpose(0, 2, 1) / 30
    mixing = rng.normal(size=(4, 4)) + 3 * np.eye(4)
    both = np.concatenate((C, mixing @ C @ mixing.T))
    groups = np.repeat(["a", "b"], 40)
    found = Recenter().fit_transform(both, None, groups)
    for part in (found[:40], found[40:]):
        values = np.log(np.linalg.eigvalsh(part.mean(axis=0)))
        assert np.abs(values).max() < 0.2
    np.testing.assert_allclose(  # the same up to a rotation
        np.linalg.eigvalsh(found[:40]), np.linalg.eigvalsh(found[40:]), rtol=1e-6
    )
    with pytest.raises(ValueError, match="at least 8 trials of a subject or block, got 3"):
        Recenter().transform(C[:3])
