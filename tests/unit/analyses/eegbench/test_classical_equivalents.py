"""Faster classes give the numbers of the classes that they stand for."""

import numpy as np
import pytest
from pyriemann import classification, estimation, spatialfilters, tangentspace
from pyriemann.geometry.mean import mean_riemann
from scipy import signal, stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from neuro.analyses.eegbench.classical.covariance import trial_covariances
from neuro.analyses.eegbench.classical.equivalents import EQUIVALENTS, faster
from neuro.analyses.eegbench.classical.manifold import riemannian_mean, squared_distances
from neuro.analyses.eegbench.classical.shared import KEPT, Memo
from neuro.analyses.eegbench.classical.spectrum import band_weights, periodogram, welch

SCALE = 1e-5
"""V: what EEG is of."""


def trials(n=60, n_channels=6, n_times=50, n_classes=2):
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(n_channels, n_channels))
    data = mixing @ rng.normal(size=(n, n_channels, n_times))
    y = np.arange(n) % n_classes
    wave = np.sin(np.linspace(0, 6, n_times))
    data[:, 0] += y[:, np.newaxis] * wave
    data[:, 1] -= (y == 1)[:, np.newaxis] * wave[::-1]
    return data * SCALE, y


LIBRARY = {
    "cov-scm": estimation.Covariances("scm"),
    "cov-oas": estimation.Covariances("oas"),
    "cov-lwf": estimation.Covariances("lwf"),
    "xdawn-cov": estimation.XdawnCovariances(2, estimator="lwf", xdawn_estimator="oas"),
    "xdawn-cov-lwf": estimation.XdawnCovariances(3, estimator="oas", xdawn_estimator="lwf"),
    "erp-cov": estimation.ERPCovariances(estimator="oas", svd=3),
    "erp-cov-whole": estimation.ERPCovariances(estimator="lwf"),
    "xdawn-scm": spatialfilters.Xdawn(3, estimator="scm"),
    "xdawn-oas": spatialfilters.Xdawn(9, estimator="oas"),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_a_step_gives_what_the_librarys_gives(name):
    (X, y), theirs = trials(n_classes=3), LIBRARY[name]
    ours = faster(theirs)
    assert type(ours).__module__.startswith("neuro")
    expected = theirs.fit(X[:40], y[:40]).transform(X)
    found = ours.fit(X[:40], y[:40]).transform(X)
    if name.startswith("xdawn-s") or name.startswith("xdawn-o"):  # the sign of a filter is free
        expected, found = np.abs(expected), np.abs(found)
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


def test_tangent_space_and_minimum_distance_are_pyriemanns():
    X, y = trials()
    C = trial_covariances(X, "oas")
    for theirs in (tangentspace.TangentSpace(), classification.MDM()):
        ours = faster(theirs)
        assert type(ours) is not type(theirs)
        method = "transform" if hasattr(ours, "transform") else "predict_proba"
        expected = getattr(theirs.fit(C[:40], y[:40]), method)(C)
        np.testing.assert_allclose(
            getattr(ours.fit(C[:40], y[:40]), method)(C), expected, atol=1e-6
        )


@pytest.mark.parametrize("n_features", [5, 30, 400])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_discriminant_analysis_is_scikit_learns(n_features, n_classes):
    rng = np.random.default_rng(1)
    y = np.arange(90) % n_classes
    X = rng.normal(size=(90, n_features)) * np.logspace(-2, 1, n_features) + 3
    X[:, 0] += 0.01 * y
    X[:, 2] = 7.0  # constant
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(X[:70], y[:70])
    ours = faster(theirs).fit(X[:70], y[:70])
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)
    np.testing.assert_allclose(
        ours.decision_function(X), theirs.decision_function(X), rtol=1e-6, atol=1e-7
    )
    assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize(
    "step",
    [
        estimation.Covariances("sch"),
        estimation.XdawnCovariances(applyfilters=False),
        estimation.ERPCovariances(classes=[1]),
        spatialfilters.Xdawn(baseline_cov=np.eye(3)),
        tangentspace.TangentSpace(metric="logeuclid"),
        classification.MDM(metric="logeuclid"),
        LinearDiscriminantAnalysis(solver="svd"),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5]),
    ],
)
def test_a_step_without_an_equal_is_left(step):
    assert type(step) in EQUIVALENTS
    assert faster(step) is step


def test_the_mean_of_ill_conditioned_matrices_is_pyriemanns_in_fewer_steps():
    rng = np.random.default_rng(2)
    A = rng.normal(size=(30, 8, 10)) * np.logspace(0, 3, 8)[:, np.newaxis]
    X = A @ A.transpose(0, 2, 1)
    expected = mean_riemann(X, tol=1e-12, maxiter=200)
    np.testing.assert_allclose(riemannian_mean(X), expected, rtol=1e-7)
    np.testing.assert_allclose(squared_distances(X[:1], X[0]), 0, atol=1e-12)


def test_a_singular_matrix_is_refused_with_advice():
    X = np.array([np.eye(3), np.diag([1.0, 1.0, 0.0])])
    with pytest.raises(ValueError, match=r"1 covariance matrices are not positive.*`oas`"):
        riemannian_mean(X)


@pytest.mark.parametrize("n_times", [50, 205, 256, 700])
def test_spectra_are_scipys(n_times):
    data = np.random.default_rng(3).normal(size=(3, 2, n_times)) + 5
    freqs, density = welch(data, 250.0)
    expected = signal.welch(data, 250.0, nperseg=min(256, n_times))
    np.testing.assert_allclose(freqs, expected[0])
    np.testing.assert_allclose(density, expected[1], rtol=1e-10)
    freqs, density = periodogram(data, 250.0)
    np.testing.assert_allclose(density, signal.periodogram(data, 250.0)[1], atol=1e-12)


def test_power_of_a_band_is_the_integral_also_below_the_resolution():
    freqs = np.arange(0, 51, 2.0)
    weights = band_weights(freqs, [(0.5, 4.0), (4.0, 4.5), (10.0, 99.0)])
    np.testing.assert_allclose(np.ones(len(freqs)) @ weights, [3.5, 0.5, 40.0])
    np.testing.assert_allclose(freqs @ weights[:, 1], stats.uniform(4, 0.5).mean() * 0.5)
    with pytest.raises(ValueError, match="lies above 50 Hz"):
        band_weights(freqs, [(60.0, 70.0)])


def test_results_are_remembered_while_the_array_lives():
    memo, calls = Memo(), []
    array = np.zeros(3)

    def compute():
        calls.append(1)
        return array + 1

    for _ in range(2):
        memo("key", (array,), compute)
    assert len(calls) == 1
    memo("other", (array,), compute)
    memo("key", (array.copy(),), compute)
    assert len(calls) == 3
    keep = [np.zeros(1) for _ in range(KEPT)]
    for other in keep:
        memo("key", (other,), compute)
    memo("key", (array,), compute)
    assert len(calls) == 4 + KEPT
