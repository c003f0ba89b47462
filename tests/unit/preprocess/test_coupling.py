import numpy as np
import pytest
import scipy.signal
from mne_connectivity import envelope_correlation, spectral_connectivity_epochs

from neuro.preprocess.coupling import (
    analytic_epochs,
    check_distinct,
    envelope_coupling,
    phase_coupling,
    phase_null,
)
from neuro.preprocess.windows import cut

SFREQ, BAND = 100.0, (8.0, 13.0)
N_CHANNELS, SECONDS = 8, 200
LOWER = np.tril_indices(N_CHANNELS, -1)
PLANTED = [(1, 0), (4, 3), (7, 2)]
METHODS = ["wpli", "imcoh"]


def rhythms(rng, n=N_CHANNELS):
    """Independent broad-band noise with an alpha rhythm."""
    white = rng.normal(size=(n, int(SECONDS * SFREQ)))
    sections = scipy.signal.butter(2, BAND, "band", fs=SFREQ, output="sos")
    return white + 3 * scipy.signal.sosfilt(sections, rng.normal(size=white.shape), axis=1)


def mixture(rng):
    """Every source reaches every channel, without delay."""
    return np.eye(N_CHANNELS) + 0.5 * np.abs(rng.normal(size=(N_CHANNELS, N_CHANNELS)))


def epochs_of(data, seconds=2):
    length = int(seconds * SFREQ)
    return cut(data, [slice(0, data.shape[1])], length, length)


def evaluate(data, rng, n_surrogates=199):
    found = phase_coupling(epochs_of(data), SFREQ, BAND, METHODS, n_surrogates, rng)
    analytic = analytic_epochs(data, [slice(0, data.shape[1])], SFREQ, BAND, 10)
    return found | {"aec": envelope_coupling(analytic, n_surrogates, rng)}


def delayed(data, pairs, samples=2, weight=1.0):
    """Let each pair's first channel follow its second after some samples."""
    out = data.copy()
    for follower, leader in pairs:
        out[follower, samples:] += weight * data[leader, :-samples]
    return out


def test_volume_conducted_noise_is_at_chance():
    runs, found = 30, dict.fromkeys([*METHODS, "aec"], 0)
    values = {method: [] for method in found}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        for method, one in evaluate(mixture(rng) @ rhythms(rng), rng).items():
            found[method] += bool(one.p[LOWER].min() <= 0.05)
            values[method].append(np.abs(one.edges).mean() / one.chance[LOWER].mean())
    # Of 30 runs at a rate of .05, five or more have a probability of .016.
    assert max(found.values()) <= 4, found
    for ratios in values.values():
        assert np.mean(ratios) == pytest.approx(1, abs=0.1)


def test_amplitude_that_waxes_and_wanes_does_not_fool_the_phase_measures():
    runs, found = 30, dict.fromkeys(METHODS, 0)
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        slow = scipy.signal.butter(2, 0.2, fs=SFREQ, output="sos")
        log_gain = scipy.signal.sosfiltfilt(slow, rng.normal(size=int(SECONDS * SFREQ)))
        data = mixture(rng) @ (rhythms(rng) * np.exp(log_gain / log_gain.std()))
        each = phase_coupling(epochs_of(data), SFREQ, BAND, METHODS, 199, rng)
        for method, one in each.items():
            found[method] += bool(one.p[LOWER].min() <= 0.05)
    assert max(found.values()) <= 4, found


@pytest.mark.parametrize("seed", range(3))
def test_planted_lags_are_found_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    data = delayed(rhythms(rng), PLANTED)
    for method, one in phase_coupling(epochs_of(data), SFREQ, BAND, METHODS, 499, rng).items():
        significant = {(int(i), int(j)) for i, j in np.argwhere(np.tril(one.p <= 0.05, -1))}
        assert significant == {tuple(pair) for pair in PLANTED}, method
        planted = np.isin(np.arange(len(LOWER[0])), _places(PLANTED))
        assert np.abs(one.edges)[planted].min() > np.abs(one.edges)[~planted].max()


def test_planted_lags_are_found_through_volume_conduction():
    rng = np.random.default_rng(0)
    weak = np.eye(N_CHANNELS) + 0.1 * (mixture(rng) - np.eye(N_CHANNELS))
    found = evaluate(weak @ delayed(rhythms(rng), PLANTED), rng)
    for method in METHODS:
        assert all(found[method].p[pair] <= 0.05 for pair in PLANTED)


def test_planted_envelopes_are_found_and_nothing_else():
    rng = np.random.default_rng(5)
    data = rhythms(rng)
    slow = scipy.signal.butter(2, 0.3, fs=SFREQ, output="sos")
    for pair in PLANTED:
        gain = scipy.signal.sosfiltfilt(slow, rng.normal(size=data.shape[1]))
        data[list(pair)] *= np.exp(0.8 * gain / gain.std())
    one = evaluate(data, rng, 499)["aec"]
    significant = {(int(i), int(j)) for i, j in np.argwhere(np.tril(one.p <= 0.05, -1))}
    assert significant == {tuple(pair) for pair in PLANTED}


def test_imaginary_coherency_tells_who_leads():
    rng = np.random.default_rng(0)
    data = delayed(rhythms(rng), [(1, 0)])
    one = phase_coupling(epochs_of(data), SFREQ, BAND, ["imcoh"], 100, rng)["imcoh"]
    assert one.value[0, 1] > 0.2
    np.testing.assert_array_equal(one.value, -one.value.T)


def test_estimates_are_those_of_mne_connectivity():
    rng = np.random.default_rng(0)
    data = delayed(rhythms(rng), PLANTED)
    epochs = epochs_of(data)
    direct = spectral_connectivity_epochs(
        epochs, method=METHODS, sfreq=SFREQ, mode="fourier", fmin=8, fmax=13, faverage=True,
        verbose="ERROR",
    )  # fmt: skip
    found = phase_coupling(epochs, SFREQ, BAND, METHODS, 100, rng)
    null = phase_null(epochs, SFREQ, BAND, METHODS, np.ones((1, len(epochs))))
    for method, one in zip(METHODS, direct, strict=True):
        expected = one.get_data("dense")[..., 0][LOWER]
        np.testing.assert_allclose(found[method].edges, expected, atol=1e-12)
        np.testing.assert_allclose(null[method][0], expected, atol=1e-12)
    analytic = analytic_epochs(data, [slice(0, data.shape[1])], SFREQ, BAND, 10)
    direct = envelope_correlation(analytic, absolute=False, verbose="ERROR")
    expected = direct.get_data("dense")[..., 0].mean(axis=0)[LOWER]
    np.testing.assert_allclose(envelope_coupling(analytic, 100, rng).edges, expected, atol=1e-12)


def test_a_flip_of_one_epoch_is_its_reversal_in_time():
    rng = np.random.default_rng(0)
    epochs = epochs_of(delayed(rhythms(rng), PLANTED))[:12]
    flips = rng.choice([-1.0, 1.0], size=(1, 12))
    reversed_ = np.where(flips[0][:, None, None] < 0, epochs[..., ::-1], epochs)
    flipped = phase_null(epochs, SFREQ, BAND, METHODS, flips)
    direct = phase_null(reversed_, SFREQ, BAND, METHODS, np.ones((1, 12)))
    for method in METHODS:
        np.testing.assert_allclose(flipped[method], direct[method], atol=1e-12)


def test_envelopes_have_the_asked_length():
    data = np.random.default_rng(0).normal(size=(2, 5000))
    analytic = analytic_epochs(data, [slice(0, 2500), slice(2500, 2600)], SFREQ, BAND, 10)
    assert analytic.shape == (2, 2, 200)


def test_the_same_signal_twice_is_an_error():
    epochs = np.random.default_rng(0).normal(size=(3, 3, 50))
    epochs[:, 2] = -2 * epochs[:, 0]
    with pytest.raises(ValueError, match="channels A and C carry the same signal"):
        check_distinct(epochs, ["A", "B", "C"])
    with pytest.raises(ValueError, match="at least two channels, got 1"):
        check_distinct(epochs[:, :1], ["A"])


def _places(pairs):
    order = list(zip(*LOWER, strict=True))
    return [order.index(pair) for pair in pairs]
