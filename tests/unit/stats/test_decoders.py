import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from neuro.stats.decoders import train


def data(n=60, p=20, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 3 == 0)
    x = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) * 1e-6
    return x + 1e-6 * labels[:, np.newaxis] + 1e-5, labels


@pytest.mark.parametrize(("n", "p"), [(60, 20), (30, 64), (200, 3)])
def test_direction_is_that_of_scikit_learns_discriminant_analysis(n, p):
    x, labels = data(n, p)
    trained = train(x)
    scaler = StandardScaler().fit(x)
    z = scaler.transform(x)
    np.testing.assert_allclose(trained.shrinkage, ledoit_wolf_shrinkage(z), rtol=1e-10)
    # The same ridge, as a share of the covariance within classes.
    within = sum(np.cov(z[labels == k].T, bias=True) * (labels == k).mean() for k in (0, 1))
    ratio = trained.ridge / (1 - trained.shrinkage) / (np.trace(within) / p)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=ratio / (1 + ratio))
    theirs.fit(z, labels)
    fresh, _ = data(40, p, seed=1)
    ours = trained.standardize(fresh) @ trained.weights(labels)
    expected = theirs.decision_function(scaler.transform(fresh))
    slope = np.polyfit(ours, expected, 1)
    assert slope[0] > 0
    np.testing.assert_allclose(np.polyval(slope, ours), expected, atol=1e-10 * np.ptp(expected))


def test_share_can_be_given_and_labels_come_in_rows():
    x, labels = data()
    trained = train(x, 0.3)
    assert trained.shrinkage == 0.3
    rows = np.array([labels, ~labels])
    weights = trained.weights(rows)
    np.testing.assert_allclose(weights[0], -weights[1], rtol=1e-12)
    np.testing.assert_allclose(weights[0], trained.weights(labels), rtol=1e-12)


def test_a_constant_channel_gets_no_weight():
    x, labels = data()
    x[:, 4] = 3e-6
    assert train(x).weights(labels)[4] == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_trained_is_refused():
    x, labels = data()
    with pytest.raises(ValueError, match="at least 4 trials, got 3"):
        train(x[:3])
    with pytest.raises(ValueError, match="No channel varies"):
        train(np.ones((10, 3)))
    with pytest.raises(ValueError, match="training trials of both classes"):
        train(x).weights(np.zeros_like(labels))
