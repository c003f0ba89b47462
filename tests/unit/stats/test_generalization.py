import mne
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from neuro.stats import auc
from neuro.stats.decoders import train
from neuro.stats.generalization import generalize
from neuro.stats.splits import blocked_splits, contiguous_blocks


class OurDirection(LinearDiscriminantAnalysis):
    """Scikit-learn's discriminant analysis with our share of shrinkage."""

    def fit(self, X, y):
        trained = train(X)
        within = sum(np.cov(X[y == k].T, bias=True) * (y == k).mean() for k in (0, 1))
        scale = np.trace(within) / X.shape[1]
        ratio = trained.ridge / scale
        self.solver, self.shrinkage = "lsqr", ratio / (1 - trained.shrinkage + ratio)
        return super().fit(X, y)


def decode(data, labels, n_permutations=100, n_blocks=4, seed=0):
    folds = contiguous_blocks(labels, n_blocks)
    permuted = auc.permuted_labels(labels, folds, n_permutations, np.random.default_rng(seed))
    splits = blocked_splits(folds)
    return generalize(data, labels, splits, folds, permuted), splits, folds


def simulate(seed=0, n=60, effect=1.0, n_times=6):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 2 == 0)
    data = rng.normal(size=(n, 5, n_times))
    data[labels, 1, 3:] += effect
    return data, labels


def test_the_same_as_mnes_generalizing_estimator():
    data, labels = simulate()
    found, splits, _folds = decode(data, labels)
    theirs = mne.decoding.GeneralizingEstimator(
        make_pipeline(StandardScaler(), OurDirection()), scoring="roc_auc", verbose="ERROR"
    )
    cv = [(s.train, s.test) for s in splits]
    scores = mne.decoding.cross_val_multiscore(theirs, data, labels, cv=cv, verbose="ERROR")
    pairs = [labels[s.test].sum() * (~labels[s.test]).sum() for s in splits]
    expected = np.average(scores, weights=pairs, axis=0)
    np.testing.assert_allclose(found.matrix, expected, atol=1e-10)


def test_the_diagonal_is_decoding_over_time():
    data, labels = simulate()
    found, _, folds = decode(data, labels)
    sliding = auc.areas(auc.ranks_within(found.scores, folds), labels, folds)
    np.testing.assert_array_equal(np.diag(found.matrix), sliding)
    alone, _, _ = decode(data[:, :, 4:5], labels)
    np.testing.assert_allclose(alone.matrix[0, 0], sliding[4], rtol=1e-12)


def test_permutations_are_trained_anew():
    """A permutation's area is what decoding of the permuted labels gives."""
    data, labels = simulate(n_times=2)
    folds = contiguous_blocks(labels, 4)
    splits = blocked_splits(folds)
    permuted = auc.permuted_labels(labels, folds, 3, np.random.default_rng(1))
    found = generalize(data, labels, splits, folds, permuted)
    for i, row in enumerate(permuted):
        one = generalize(data, row, splits, folds, permuted[:1])
        assert found.null[i] == pytest.approx(np.diag(one.matrix).max(), abs=1e-9)
        assert found.matrix_null[i] == pytest.approx(one.matrix.max(), abs=1e-9)


def test_noise_is_found_as_often_as_it_should_be():
    """Of 60 data sets without effect, p <= .05 for about 3: corrected for all times."""
    areas, hits = [], 0
    for seed in range(60):
        data, labels = simulate(seed, n=40, effect=0.0, n_times=3)
        found, _, _ = decode(data, labels, 99, seed=seed)
        diagonal = np.diag(found.matrix)
        areas.append(diagonal.mean())
        hits += auc.p_above(diagonal, found.null).min() <= 0.05
    assert hits <= 8
    assert np.mean(areas) == pytest.approx(0.5, abs=0.025)


def test_slow_drifts_do_not_leak_through_blocks():
    """Conditions in runs of trials and a slow drift: a shuffled split finds what is not there."""
    naive, blocked = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        labels = np.repeat(rng.permutation(np.arange(24) % 2 == 0), 5)
        drift = gaussian_filter1d(rng.normal(size=(len(labels), 8)), 4, axis=0)
        data = 5 * drift / drift.std() + rng.normal(size=drift.shape)
        found, _, _ = decode(data[:, :, np.newaxis], labels)
        blocked.append(found.matrix[0, 0])
        cv = StratifiedKFold(4, shuffle=True, random_state=seed)
        naive.append(cross_val_score(OurDirection(), data, labels, cv=cv, scoring="roc_auc").mean())
    assert np.mean(naive) > 0.7
    assert np.mean(blocked) < 0.56
