from itertools import product

import numpy as np
import pytest
import scipy.signal
from scipy.stats import multivariate_normal

from neuro.analyses.meggpt.bursts import Bursts, _densities, _posterior
from neuro.analyses.meggpt.fingerprint import features, fingerprint
from neuro.analyses.meggpt.likeness import band_powers, compare
from neuro.analyses.meggpt.sessions import good_samples, standardize

SFREQ = 250.0


def bursting(seed: int, seconds: float) -> np.ndarray:
    """A rhythm of 10 Hz that is there for .6 s of each 1.5 s, in noise."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SFREQ)
    t = np.arange(n) / SFREQ
    on = t % 1.5 < 0.6
    noise = scipy.signal.lfilter([1], [1, -0.9], rng.standard_normal(n))
    data = noise / noise.std() + 3 * on * np.sin(2 * np.pi * 10 * t)
    return standardize(data[None])[0]


def test_bursts_are_found_where_they_are() -> None:
    signal = bursting(0, 30)
    model = Bursts(n_states=2).fit([signal], SFREQ, np.random.default_rng(0))
    found = model.summary(signal, SFREQ)
    assert found.rate == pytest.approx(1 / 1.5, rel=0.1)
    # Lagged copies reach over 0.2 s, so that what touches a burst may count.
    assert 0.4 < found.lifetime < 0.8
    assert found.occupancy == pytest.approx(found.lifetime * found.rate, rel=0.01)
    assert found.lifetime + found.interval == pytest.approx(1.5, rel=0.05)
    states = model.states(signal, SFREQ)
    middle = (np.arange(len(states)) + 10) / 100 % 1.5 < 0.6  # of 21 copies
    assert np.mean((states == 0) == middle) > 0.8


def test_states_have_the_probabilities_of_all_paths() -> None:
    """Against the sum over every path of six samples."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((6, 2))
    covariances = np.stack([np.eye(2), 4 * np.eye(2), np.array([[1.0, 0.8], [0.8, 1.0]])])
    transitions = rng.dirichlet(np.ones(3), size=3)
    densities = _densities(data, covariances)
    for k, each in enumerate(covariances):
        assert np.allclose(densities[:, k], multivariate_normal([0, 0], each).logpdf(data))
    paths = np.array(list(product(range(3), repeat=6)))
    log_p = densities[np.arange(6), paths].sum(1) - np.log(3)
    log_p += np.log(transitions[paths[:, :-1], paths[:, 1:]]).sum(1)
    weight = np.exp(log_p)
    gamma, pairs, total = _posterior(densities, transitions)
    assert total == pytest.approx(np.log(weight.sum()))
    expected = np.stack([(weight[:, None] * (paths == k)).sum(0) for k in range(3)], axis=1)
    assert np.allclose(gamma, expected / weight.sum())
    step = ((paths[:, :-1] == 0) & (paths[:, 1:] == 2)).sum(1)
    assert pairs[0, 2] == pytest.approx((weight * step).sum() / weight.sum())


def test_sessions_are_known_by_their_fingerprints() -> None:
    """Filters of their own; and not when what was generated is all of one session."""

    def session(pole: float, seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).standard_normal((3, 4000))
        return standardize(scipy.signal.lfilter([1], [1, -pole], noise))

    real = [session(pole, i) for i, pole in enumerate((0.2, 0.5, 0.9))]
    same = [session(pole, 9 + i) for i, pole in enumerate((0.2, 0.5, 0.9))]
    found = fingerprint(same, real)
    assert found.top1 == 1
    assert found.chance == pytest.approx(1 / 3)
    assert found.consistency > 0.9
    assert features(real[0]).shape == (3 * 210,)
    assert fingerprint([same[0]] * 3, real).top1 == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="Got 2 and 3"):
        fingerprint(same[:2], real)


def test_band_powers_are_where_rhythms_are() -> None:
    t = np.arange(5000) / SFREQ
    data = np.stack([np.sin(2 * np.pi * f * t) for f in (2, 6, 10, 20, 40)])
    powers = np.stack(list(band_powers(data, SFREQ).values()), axis=1)
    assert np.allclose(powers, np.eye(5), atol=0.02)


def test_a_session_is_like_itself_and_unlike_noise() -> None:
    signal = np.stack([bursting(i, 20) for i in range(3)])
    mixed = np.array([[1, 0.5, 0], [0, 1, 0.2], [0.3, 0, 1]]) @ signal
    itself = compare(mixed, mixed, SFREQ)
    assert np.allclose(itself.cosine, 1)
    assert itself.covariance == pytest.approx(1)
    assert itself.envelopes == pytest.approx(1)
    assert all(value == pytest.approx(1) for value in itself.bands.values())
    noise = np.random.default_rng(0).standard_normal(mixed.shape)
    assert compare(noise, mixed, SFREQ).cosine.mean() < 0.8


def test_bad_samples_are_cut_out() -> None:
    data = np.random.default_rng(0).standard_normal((2, 100))
    good = np.ones(100, dtype=bool)
    good[20:40] = False
    data[:, 30] = np.nan
    assert np.array_equal(good_samples(data, good), standardize(data[:, good]))
    with pytest.raises(ValueError, match="all samples are marked as bad"):
        good_samples(data, np.zeros(100, dtype=bool), where="run 1")
    with pytest.raises(ValueError, match="mask of 100 samples"):
        good_samples(data, good[:50])
    with pytest.raises(ValueError, match="not finite, the first at sample 30"):
        standardize(data)
