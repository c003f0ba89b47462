import numpy as np
import pytest

from neuro.config.spectra import Aperiodic
from neuro.preprocess.aperiodic import Fit, fit, intervals
from neuro.preprocess.power import log_mean, window_spectra
from neuro.preprocess.windows import cut
from neuro.stats.jackknife import leave_one_out

SFREQ, RANGE = 200.0, (2.0, 45.0)


def rhythmic_noise(exponent, rng, peak=10.0, n_channels=4, seconds=180):
    """1/f^exponent noise with a rhythm of two Hz width, V."""
    n = int(seconds * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    freqs[0] = freqs[1]
    density = freqs**-exponent * (1 + 6 * np.exp(-((freqs - peak) ** 2) / 2))
    size = (n_channels, len(freqs))
    noise = rng.normal(size=size) + 1j * rng.normal(size=size)
    return 1e-5 * np.fft.irfft(np.sqrt(density) * noise, n) * np.sqrt(n)


def spectra(data):
    windows = cut(data, [slice(0, data.shape[1])], 800, 400)
    return window_spectra(windows, SFREQ, 1, 45)


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_exponent_and_alpha_peak_of_simulated_noise_are_recovered(exponent):
    for seed in range(5):
        psd, freqs = spectra(rhythmic_noise(exponent, np.random.default_rng(seed)))
        for channel in psd.mean(axis=0):
            found = fit(freqs, channel, Aperiodic(), RANGE)
            assert found.exponent == pytest.approx(exponent, abs=0.1)
            assert found.rhythm.frequency == pytest.approx(10, abs=0.25)
            assert found.r_squared > 0.95


def test_a_rhythm_that_is_split_into_peaks_keeps_its_middle():
    freqs = np.arange(2, 40.25, 0.25)
    peaks = np.array([[9.2, 0.5, 2.0], [10.8, 0.52, 2.0], [20.0, 0.2, 3.0]])
    model = 10 ** sum(h * np.exp(-((freqs - f) ** 2) / (2 * (w / 2) ** 2)) for f, h, w in peaks)
    found = Fit(0.0, 0.0, np.nan, 1.0, peaks, freqs, np.ones_like(freqs), model).rhythm
    assert found.frequency == pytest.approx(10, abs=0.05)
    assert 7.5 < found.low < 8.5
    assert 11.5 < found.high < 12.5


def test_intervals_hold_the_truth():
    psd, freqs = spectra(rhythmic_noise(1.5, np.random.default_rng(4)))
    picks = [0, 1, 2, 3]
    without = log_mean(leave_one_out(psd), picks)
    whole = fit(freqs, log_mean(psd.mean(axis=0), picks), Aperiodic(), RANGE)
    found = intervals(freqs, without, whole, Aperiodic(), RANGE, 0.95)
    assert found.exponent.low < 1.5 < found.exponent.high
    assert found.rhythm.low < 10 < found.rhythm.high
    assert found.exponent.high - found.exponent.low < 0.2
    assert found.rhythm.high - found.rhythm.low < 0.5


def test_the_knee_is_found():
    freqs = np.arange(1, 45.25, 0.25)
    found = fit(freqs, 1e-12 / (50 + freqs**2), Aperiodic(mode="knee"), (1.0, 45.0))
    assert found.exponent == pytest.approx(2, abs=0.01)
    assert found.knee == pytest.approx(50, rel=0.02)
    np.testing.assert_allclose(found.aperiodic, found.model, rtol=1e-6)


def test_a_spectrum_without_peaks_has_none():
    freqs = np.arange(1, 45.25, 0.25)
    found = fit(freqs, 1e-12 * freqs**-1.2, Aperiodic(), (1.0, 45.0))
    assert found.peaks.shape == (0, 3)
    assert found.rhythm is None
    assert found.offset == pytest.approx(-12, abs=1e-6)
    assert intervals(freqs, 1e-12 * freqs**-1.2 * np.ones((5, 1)), found, Aperiodic(), (1.0, 45.0),
                     0.95).rhythm is None  # fmt: skip
