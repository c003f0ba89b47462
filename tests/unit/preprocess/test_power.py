import mne
import numpy as np
import pytest

from neuro.preprocess.power import band_power, log_mean, power, window_spectra
from neuro.preprocess.windows import cut

SFREQ, LENGTH = 200.0, 800
BANDS = {"theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0)}


def noise(seconds, n_channels=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n_channels, int(seconds * SFREQ)))


def test_the_spectrum_is_that_of_mne():
    data = noise(30)
    raw = mne.io.RawArray(data, mne.create_info(3, SFREQ, "eeg"), verbose="ERROR")
    settings = {"fmin": 1, "fmax": 45, "verbose": "ERROR"}
    direct = raw.compute_psd(
        "welch", n_fft=LENGTH, n_overlap=LENGTH // 2, window="hann", **settings
    )
    windows = cut(data, [slice(0, data.shape[1])], LENGTH, LENGTH // 2)
    psd, freqs = window_spectra(windows, SFREQ, 1, 45)
    np.testing.assert_allclose(freqs, direct.freqs, rtol=1e-12)
    np.testing.assert_allclose(psd.mean(axis=0), direct.get_data(), rtol=1e-10)


def test_multitaper_is_that_of_mne():
    epochs = mne.EpochsArray(
        noise(20).reshape(3, 5, LENGTH).swapaxes(0, 1),
        mne.create_info(3, SFREQ, "eeg"),
        verbose="ERROR",
    )
    direct = epochs.compute_psd("multitaper", 1, 45, bandwidth=2, normalization="full")
    psd, _ = window_spectra(epochs.get_data(), SFREQ, 1, 45, "multitaper", 2)
    np.testing.assert_allclose(psd, direct.get_data(), rtol=1e-10)


@pytest.mark.parametrize("method", ["welch", "multitaper"])
def test_a_sinusoid_has_half_its_squared_amplitude_in_its_band(method):
    times, amplitude = np.arange(int(40 * SFREQ)) / SFREQ, 7e-6
    data = amplitude * np.sin(2 * np.pi * 10.3 * times)[np.newaxis]
    windows = cut(data, [slice(0, data.shape[1])], LENGTH, LENGTH // 2)
    psd, freqs = window_spectra(
        windows, SFREQ, 1, 45, method, 1 if method == "multitaper" else None
    )
    theta, alpha, beta = band_power(psd.mean(axis=0), freqs, BANDS)[:, 0]
    assert alpha == pytest.approx(amplitude**2 / 2, rel=0.01)
    assert max(theta, beta) < 0.01 * alpha


def test_bands_that_touch_share_nothing():
    psd, freqs = np.ones((2, 177)), np.arange(1, 45.25, 0.25)
    parts = band_power(psd, freqs, BANDS)
    np.testing.assert_allclose(parts[:, 0], [4, 5, 17], rtol=1e-12)
    whole = band_power(psd, freqs, {"all": (4.0, 30.0)})[0]
    np.testing.assert_allclose(parts.sum(axis=0), whole, rtol=1e-12)


def test_relative_power_of_all_bands_sums_to_one():
    psd, freqs = window_spectra(noise(60).reshape(15, 3, LENGTH), SFREQ, 4, 30)
    found = power(psd, freqs, BANDS, (4, 30), 0.95)
    np.testing.assert_allclose(found.relative.mean.sum(axis=0), 1, rtol=1e-12)


def test_intervals_cover_the_truth_as_often_as_promised():
    truth, hits = 2 / SFREQ, []
    for seed in range(60):
        data = noise(80, 2, seed)
        windows = cut(data, [slice(0, data.shape[1])], LENGTH, LENGTH // 2)
        psd, freqs = window_spectra(windows, SFREQ, 4, 30)
        found = power(psd, freqs, BANDS, (4, 30), 0.95)
        hits.append((found.psd.low <= truth) & (truth <= found.psd.high))
        assert (found.psd.low > 0).all()
    assert 0.92 < np.mean(hits) < 0.97


def test_the_mean_over_channels_is_geometric():
    psd = np.array([[1.0, 2.0], [100.0, 8.0], [5.0, 5.0]])
    np.testing.assert_allclose(log_mean(psd, [0, 1]), [10, 4])
