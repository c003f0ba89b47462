from dataclasses import replace

import numpy as np

from neuro.analyses.eegbench.audit import cut_windows, identity, neighbors, shuffled, windows
from neuro.analyses.eegbench.splits import make_folds
from neuro.config.eegbench import SplitSettings


def test_shuffled_labels_pass_and_a_leak_fails(make_trials, methods):
    trials = make_trials(n=50, effect=2.0)
    folds = make_folds(trials, "blocks", SplitSettings())
    rng = np.random.default_rng(0)
    nearest = [methods["nearest"]]
    (found,) = shuffled(trials, folds, nearest, 20, 1, rng)
    assert found.low < 0.5 < found.high
    # Tested trials that were trained on are a leak which shuffled labels show.
    leaky = [replace(fold, test=fold.train) for fold in folds]
    (found,) = shuffled(trials, leaky, nearest, 5, 1, rng)
    assert found.verdict == "failed"
    assert found.value > 0.55


def test_overlapping_windows_are_caught_and_inflate(make_trials, methods):
    trials = make_trials(n=60, effect=0.0)
    rng = np.random.default_rng(0)
    drift = rng.normal(size=(len(trials), 3, 1)) * 3  # what all windows of a trial share
    trials = replace(trials, data=trials.data + drift.astype(np.float32))

    class Nearest:
        def fit(self, X, y, groups):
            self.X, self.y = X.reshape(len(X), -1), y
            return self

        def predict_proba(self, X):
            distance = ((X.reshape(len(X), 1, -1) - self.X) ** 2).sum(axis=-1)
            return np.eye(2)[self.y[distance.argmin(axis=1)]]

    memory = replace(methods["nearest"], build=lambda _: Nearest())
    (found,) = windows(trials, [memory], 0.5, rng)
    assert found.verdict == "caught"
    assert found.value > 0.8
    assert abs(found.clean - 0.5) < 0.12
    cut, parent = cut_windows(trials, 0.5)
    assert cut.data.shape == (360, 3, 10)
    assert np.array_equal(cut.data[1], trials.data[0, :, 5:15])
    assert parent[:4].tolist() == [0, 0, 0, 1]


def test_subjects_are_told_apart_where_they_differ(make_trials, methods):
    trials = make_trials(n=50, effect=0.0)
    nearest = [methods["nearest"]]
    (found,) = identity(trials, nearest)
    assert abs(found.value - 0.5) < 0.2
    other = trials.data.copy()
    other[trials.subject == "s1"] += 1
    (found,) = identity(replace(trials, data=other), nearest)
    assert found.value > 0.95
    assert found.chance == 0.5
    (found,) = identity(make_trials(n=60, n_subjects=1), nearest)
    assert found.detail.startswith("which of 3 parts")
    assert identity(make_trials(n_subjects=1, onset=False), nearest) == []


def test_random_trials_inflate_where_neighbors_are_alike(make_trials, methods):
    trials = make_trials(n=80, n_subjects=1, effect=0.0)
    slow = replace(trials, y=(np.arange(80) // 4) % 2)
    rng = np.random.default_rng(1)
    drift = np.repeat(rng.normal(size=(20, 3, 1)), 4, axis=0)
    slow = replace(slow, data=(slow.data * 0.1 + drift).astype(np.float32))
    (found,) = neighbors(slow, [methods["nearest"]], rng)
    assert found.test == "neighbors"
    assert np.isfinite([found.value, found.clean]).all()
