"""Trials whose classes differ by a known deflection."""

import numpy as np
import pytest

from neuro.analyses.eegbench.method import Method
from neuro.analyses.eegbench.trials import Sensors, Trials


@pytest.fixture(scope="session")
def make_trials():
    """Function: trials of several subjects, two classes in turn, one trial per second."""

    def make(n=40, n_subjects=2, effect=1.0, n_classes=2, part=False, seed=0, onset=True):
        rng = np.random.default_rng(seed)
        y = np.tile(rng.permuted(np.arange(n) % n_classes), n_subjects)
        data = rng.normal(size=(n * n_subjects, 3, 20))
        data[:, 0, 8:14] += effect * y[:, None]
        empty = np.full(len(y), "")
        parts = np.where(np.arange(len(y)) % 2, "test", "train") if part else empty
        return Trials(
            data=data.astype(np.float32),
            sensors=Sensors(("Fz", "Cz", "Pz"), ("eeg",) * 3, 40.0, -0.1),
            y=y.astype(np.intp),
            classes=tuple("abcd"[:n_classes]),
            subject=np.repeat([f"s{k}" for k in range(n_subjects)], n),
            session=empty,
            run=empty,
            onset=np.tile(np.arange(n, dtype=float), n_subjects) if onset else empty_times(len(y)),
            part=parts,
        )

    return make


def empty_times(n):
    return np.full(n, np.nan)


class NearestMean:
    """Softmax of distances to the classes' means."""

    def fit(self, X, y, groups):
        flat = X.reshape(len(X), -1)
        self.means = np.array([flat[y == k].mean(axis=0) for k in np.unique(y)])
        return self

    def predict_proba(self, X):
        flat = X.reshape(len(X), 1, -1)
        distance = ((flat - self.means) ** 2).sum(axis=-1)
        odds = np.exp(-0.5 * (distance - distance.min(axis=1, keepdims=True)))
        return odds / odds.sum(axis=1, keepdims=True)


class Prior:
    """Shares of the classes, whatever the trial."""

    def fit(self, X, y, groups):
        self.shares = np.bincount(y) / len(y)
        return self

    def predict_proba(self, X):
        return np.tile(self.shares, (len(X), 1))


@pytest.fixture(scope="session")
def methods():
    """Two tiny methods: nearest mean, and the classes' shares."""
    return {
        "nearest": Method("nearest", "nearest mean", "classical", lambda _: NearestMean()),
        "prior": Method("prior", "shares of the classes", "baseline", lambda _: Prior()),
    }
