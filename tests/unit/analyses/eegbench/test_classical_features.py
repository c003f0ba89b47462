"""Features: each against scipy's, or against what was put in."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import signal, stats

from neuro.analyses.eegbench.classical import pyramid, statistics
from neuro.analyses.eegbench.classical.pyramid import LEVELS, N_FEATURES, PyramidFeatures
from neuro.analyses.eegbench.classical.shape import Shape
from neuro.analyses.eegbench.classical.spectrum import BandPass, BandPower
from neuro.analyses.eegbench.classical.statistics import NAMES, StatisticalFeatures
from neuro.analyses.eegbench.classical.windows import COMPONENTS, ComponentWindows, WindowMeans
from neuro.analyses.eegbench.method import NotApplicableError

SFREQ = 200.0


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return np.cumsum(rng.normal(size=(4, 3, 205)), axis=-1) + rng.gamma(1, size=(4, 3, 205))


def test_thirty_one_measures_of_each_channel_are_scipys(data):
    found = StatisticalFeatures(SFREQ).transform(data).reshape(4, 3, 31)
    assert len(NAMES) == 31
    measure = dict(zip(NAMES, np.moveaxis(found, -1, 0), strict=True))
    freqs, density = signal.welch(data, SFREQ, nperseg=205)
    kept = (freqs >= 0.5) & (freqs <= 45)
    freqs, density = freqs[kept], density[..., kept]
    share = density / density.sum(-1, keepdims=True)
    expected = {
        "mean": data.mean(-1),
        "sd": data.std(-1),
        "variance": data.var(-1),
        "skewness": stats.skew(data, axis=-1),
        "excess kurtosis": stats.kurtosis(data, axis=-1),
        "interquartile range": stats.iqr(data, axis=-1),
        "median": np.median(data, axis=-1),
        "minimum": data.min(-1),
        "maximum": data.max(-1),
        "root mean square": np.sqrt((data**2).mean(-1)),
        "centroid": (share * freqs).sum(-1),
        "peak frequency": freqs[density.argmax(-1)],
        "peak power": density.max(-1),
        "flatness": stats.gmean(density, axis=-1) / density.mean(-1),
        "Shannon entropy": stats.entropy(share, base=2, axis=-1),
        "normalized spectral entropy": stats.entropy(share, axis=-1) / np.log(len(freqs)),
        "Tsallis entropy": 1 - (share**2).sum(-1),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(measure[name], value, rtol=1e-9, err_msg=name)
    whole = sum(measure[name] for name in ("delta", "theta", "alpha", "beta"))
    np.testing.assert_allclose(measure["total"], whole)
    np.testing.assert_allclose(measure["relative alpha"], measure["alpha"] / whole)
    np.testing.assert_allclose(measure["theta/alpha"], measure["theta"] / measure["alpha"])


def test_spectral_shape_of_a_line_and_of_a_plain():
    freqs = np.arange(0, 60, 1.0)
    line, plain = np.full(60, 1e-9), np.ones(60)
    line[10] = 1.0
    shape = Shape(freqs, np.array([line, plain]))
    np.testing.assert_allclose(shape.centroid(), [10, 23], atol=1e-4)
    np.testing.assert_allclose(shape.below(0.5), [10, 23])
    np.testing.assert_allclose(shape.below(0.85), [10, 39])
    np.testing.assert_allclose(shape.flatness(), [0, 1], atol=1e-6)
    np.testing.assert_allclose(shape.entropy(), [0, np.log2(45)], atol=1e-5)


def test_power_is_in_the_band_where_it_was_put():
    times = np.arange(400) / SFREQ
    for kind in ("psd", "de"):
        wave = np.sin(2 * np.pi * 10 * times)[np.newaxis, np.newaxis]
        found = BandPower(kind, ["delta", "theta", "alpha", "beta"], SFREQ).transform(wave)
        assert found.argmax() == 2
    noise = np.random.default_rng(1).normal(0, 3, size=(50, 1, 2000))
    b, a = signal.butter(4, (8, 12), "band", fs=SFREQ)
    variance = signal.filtfilt(b, a, noise).var(axis=-1).mean()
    entropy = BandPower("de", ["alpha"], SFREQ).transform(noise).mean()
    assert entropy == pytest.approx(stats.norm(scale=np.sqrt(variance)).entropy(), abs=0.06)


def test_a_band_is_kept_and_the_rest_is_not():
    times = np.arange(400) / SFREQ
    for freq, gain in ((2, 0.0), (15, 1.0), (60, 0.0)):
        wave = np.sin(2 * np.pi * freq * times)[np.newaxis, np.newaxis]
        middle = BandPass(8, 32, SFREQ).transform(wave)[0, 0, 100:300]
        assert middle.std() / wave.std() == pytest.approx(gain, abs=0.02)
    high = BandPass(8, 32, 50.0).transform(np.ones((1, 1, 100)))  # 25 Hz is the highest there is
    np.testing.assert_allclose(high, 0, atol=1e-6)
    with pytest.raises(NotApplicableError, match="more than 27 samples, got 27"):
        BandPass(8, 32, SFREQ).transform(np.zeros((1, 1, 27)))
    with pytest.raises(NotApplicableError, match="lies above 5 Hz"):
        BandPass(8, 32, 10.0).transform(np.zeros((1, 1, 100)))


def test_ninety_one_measures_are_those_of_the_windows(data):
    found = PyramidFeatures(SFREQ).transform(data).reshape(4, 3, N_FEATURES)
    edges = np.round(np.linspace(0, 205, 9)).astype(int)
    column = 0
    for level in LEVELS:
        outer = edges[:: 8 // level]
        for first, last in pairwise(outer):
            part = data[..., first:last]
            expected = [
                part.mean(-1),
                part.std(-1),
                np.sqrt((part**2).mean(-1)),
                np.abs(np.diff(part, axis=-1)).sum(-1),
                np.ptp(part, axis=-1),
            ]
            got = np.moveaxis(found[..., column : column + 5], -1, 0)
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
            column += 5
    assert column == 75
    np.testing.assert_allclose(found[..., 75], data.max(-1))
    np.testing.assert_allclose(found[..., 78], data.argmin(-1) / 204)


def test_hjorth_of_a_sine_is_its_frequency():
    omega = 2 * np.pi * 5 / SFREQ
    wave = np.sin(omega * np.arange(2000))
    activity, mobility, complexity = pyramid.hjorth(wave[np.newaxis])
    assert activity[0] == pytest.approx(0.5, rel=1e-3)
    assert mobility[0] == pytest.approx(2 * np.sin(omega / 2), rel=1e-3)
    assert complexity[0] == pytest.approx(1, rel=1e-3)


def test_trials_that_are_too_short_for_a_pyramid_are_refused():
    with pytest.raises(NotApplicableError, match="at least 16 samples, got 15"):
        PyramidFeatures(SFREQ).transform(np.zeros((1, 1, 15)))


@pytest.mark.parametrize("features", [StatisticalFeatures, PyramidFeatures, BandPower])
def test_a_flat_channel_has_finite_measures(features):
    data = np.zeros((2, 2, 64))
    data[:, 1] = 1e-5
    assert np.isfinite(features(sfreq=SFREQ).transform(data)).all()


def test_measures_keep_their_digits_in_volts_on_an_offset():
    data = np.random.default_rng(2).normal(size=(1, 1, 100))
    plain, scaled = (statistics.moments(d) for d in (data, data * 1e-6 + 1e-3))
    np.testing.assert_allclose(scaled[1], plain[1] * 1e-6, rtol=1e-6)
    np.testing.assert_allclose(scaled[3], plain[3], rtol=1e-6)


def test_window_means_follow_time():
    data = np.arange(100, dtype=float)[np.newaxis, np.newaxis]  # 0.5 s from -0.1 s
    means = WindowMeans(0.05, sfreq=SFREQ, tmin=-0.1).transform(data)
    np.testing.assert_allclose(means[0], np.arange(10) * 10 + 4.5)
    means = WindowMeans(0.05, 0.0, 0.12, sfreq=SFREQ, tmin=-0.1).transform(data)
    np.testing.assert_allclose(means[0], [24.5, 34.5])
    uneven = WindowMeans(0.0125, sfreq=SFREQ, tmin=0.0).transform(data)
    assert uneven.shape == (1, 40)
    assert WindowMeans(0.001, sfreq=SFREQ, tmin=0.0).transform(data).shape == (1, 100)
    assert WindowMeans(9.0, sfreq=SFREQ, tmin=0.0).transform(data)[0, 0] == 49.5
    with pytest.raises(ValueError, match=r"has no sample in trials from 0 to 0\.5 s"):
        WindowMeans(0.05, 0.6, 0.8, sfreq=SFREQ, tmin=0.0).transform(data)
    with pytest.raises(ValueError, match="`sfreq` of WindowMeans must be the sampling rate"):
        WindowMeans().transform(data)


def test_components_are_measured_where_they_were_planted():
    times = np.arange(200) / SFREQ - 0.2
    data = -2e-6 * np.exp(-0.5 * ((times - 0.105) / 0.01) ** 2)[np.newaxis, np.newaxis]
    data += 5e-6 * np.exp(-0.5 * ((times - 0.45) / 0.04) ** 2)
    found = ComponentWindows(["N1", "P3"], SFREQ, -0.2).transform(data).reshape(2, 3)
    assert found[0, 1] == pytest.approx(-2e-6, rel=1e-3)
    assert found[1, 1] == pytest.approx(5e-6, rel=1e-3)
    for row, name in enumerate(("N1", "P3")):
        start, stop, _ = COMPONENTS[name]
        latency = start + found[row, 2] * (stop - start)
        assert latency == pytest.approx((0.105, 0.45)[row], abs=0.005)
    assert found[1, 0] == pytest.approx(data[0, 0, (times >= 0.3) & (times < 0.6)].mean(), rel=0.02)


def test_components_that_trials_do_not_hold_are_left_out_or_refused():
    data = np.zeros((2, 3, 60))
    short = ComponentWindows(sfreq=SFREQ, tmin=0.0).transform(data)  # to 0.3 s: N1, P2 and N2
    assert short.shape == (2, 3 * 3 * 3)
    with pytest.raises(NotApplicableError, match="hold no component's window"):
        ComponentWindows(sfreq=SFREQ, tmin=-0.3).transform(data)
    with pytest.raises(ValueError, match="`components` must be of N1"):
        ComponentWindows(["P9"], SFREQ, 0.0).transform(data)
